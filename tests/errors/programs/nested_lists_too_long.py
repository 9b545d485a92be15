import numpy as np


def objective(a):
    return np.sum(np.array([[a] * 10**4] * 10**4))
