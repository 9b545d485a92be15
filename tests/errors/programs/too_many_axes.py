import numpy as np


def objective(a, v):
    row = np.reshape(v, (3,) + (1,) * 64)
    return a * np.sum(row)
