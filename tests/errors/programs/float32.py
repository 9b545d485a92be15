import numpy as np


def objective(v):
    return np.sum(v.astype(np.float32) ** 2)
