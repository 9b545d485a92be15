def objective(a):
    pairs = []
    t = a
    while t < 10.0:
        t = 2 * t
        pairs.append((t, "x"))
    return pairs[-1][0]
