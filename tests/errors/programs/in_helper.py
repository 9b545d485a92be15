import numpy as np


def density(x, mu):
    return np.sum(x - offset - mu)


def objective(a, y):
    return density(y, a)
