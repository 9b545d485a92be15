def objective(a):
    r = a * a
