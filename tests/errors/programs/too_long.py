def objective(a):
    weights = [0.5] * 10**9
    return a * weights[0]
