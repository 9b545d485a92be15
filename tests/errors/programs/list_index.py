def objective(a):
    items = [a, a * a]
    return items[2]
