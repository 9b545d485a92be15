def objective(a):
    r = 0.0
    for e in a:
        r += e
    return r
