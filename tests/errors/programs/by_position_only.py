def scaled(x, /, by=2.0):
    return x * by


def objective(a):
    return scaled(x=a)
