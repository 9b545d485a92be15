def objective(a, v):
    pairs = []
    for e in v:
        pairs.append((a * e, "x"))
    return pairs[-1][0]
