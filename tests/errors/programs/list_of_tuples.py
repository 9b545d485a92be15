def objective(a, y):
    pairs = []
    for e in y:
        pairs.append((a * e, "x"))
    return pairs[-1][0]
