import numpy as np


def objective(v):
    return np.sum(np.unique(v) ** 2)
