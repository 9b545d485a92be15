def objective(a, y):
    low, high = y
    return a * low + high
