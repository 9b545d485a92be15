class Model:
    def __bool__(self):
        return 1


def objective(a):
    return a if Model() else 0.0
