def objective(a):
    if a > 0:
        r = "text"
    return r
