def objective(a):
    return abs(a * 2j)
