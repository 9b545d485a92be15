import numpy as np


def objective(v):
    return np.sum(v * v, axes=0)
