import numpy as np


def part(x):
    if x > 1:
        return np.ones(2) * x
    return np.ones(3) * x


def objective(a):
    return np.sum(part(a))
