import numpy as np


def objective(a):
    return np.sum(np.eye(10**9)) * a
