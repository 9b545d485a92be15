# found by the random programs: what one arm of an `if` decides while the other raises, decided a later `if`
# data = {"C": [[0.1, 0.4], [0.6, -0.3], [1.2, 0.5]], "c": 0.5}
# params = {"a": 0.6}
# other data = {"C": [[0.7, 0.4], [0.2, 0.3]], "c": 0.9}
# other params = {"a": -1.4}
def objective(C, c, a):
    total = 0.0
    for row in C:
        if not a:
            raise ValueError
        if row[0] > c:
            break
        total += a * row[1]
    return total
