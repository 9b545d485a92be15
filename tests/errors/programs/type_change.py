def objective(a, y):
    r = None
    for e in y:
        r = (a, e)
    return r[0]
