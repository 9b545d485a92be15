class Model:
    def __len__(self):
        return 2.5


def objective(a):
    return a * len(Model())
