def objective(v):
    if v > 0:
        return 1.0
    return v[0]
