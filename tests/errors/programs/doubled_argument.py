def objective(a):
    def scale(x, factor):
        return x * factor

    return scale(a, 2.0, x=3.0)
