def objective(a):
    if a > 0:
        r = "text"
    else:
        r = a
    return r
