def objective(a):
    return a * * a
