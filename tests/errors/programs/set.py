def objective(a):
    return sum({a, 2.0})
