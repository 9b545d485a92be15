import numpy as np


def objective(a, k):
    return a * np.sum(np.ones((10**6 * k, 10**6 * k)))
