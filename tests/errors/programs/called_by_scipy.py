from scipy.optimize import newton


def objective(a):
    return newton(lambda x: x * x - a, 1.0)
