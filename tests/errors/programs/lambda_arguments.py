def objective(a):
    f = lambda s, t: s * t
    return f(a)
