import numpy as np


def objective(v):
    return np.sum(v.loc * v)
