import numpy as np


def objective(a, y):
    np.save("result", y)
    return a * np.sum(y)
