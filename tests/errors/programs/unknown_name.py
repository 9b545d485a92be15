import numpy as np


def objective(a, y):
    return np.sum((y - a) ** 2) + penalty
