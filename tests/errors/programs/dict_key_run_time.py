def objective(a, y):
    weights = {1: 0.5, 2: 2.0}
    total = 0.0
    while total < a:
        total += weights.get(int(total), 1.0)
    return a * total
