def objective(a):
    rules = []
    t = a
    while t < 10.0:
        t = 2 * t
        rules.append(lambda x: x + 1)
    return rules[-1](t)
