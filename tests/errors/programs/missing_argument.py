def objective(a):
    def scale(x, factor):
        return x * factor

    return scale(a)
