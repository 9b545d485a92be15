# found by the random programs: a loop with `continue` and a `return` that is never reached returned nothing
# data = {"x": [0.0, 0.25, 0.5, 0.75, 1.0]}
# params = {"a": 0.3, "t": 1.0}
# other data = {"x": [0.4, 0.1, 0.6]}
# other params = {"a": -0.3, "t": 0.5}
def objective(x, a, t):
    for i in range(len(x)):
        if x[i] <= 0.3:
            continue
        if 3 % 2 == 0:
            return a
        t *= 0.8 + a
    return t
