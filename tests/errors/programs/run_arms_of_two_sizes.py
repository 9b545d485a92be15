import numpy as np


def objective(a, y, k):
    if a > 0:
        x = y[: k - 5]
    else:
        x = y[1:]
    return np.sum(x) + a
