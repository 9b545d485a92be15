import numpy as np


def objective(v):
    return np.total(v * v)
