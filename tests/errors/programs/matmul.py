import numpy as np


def objective(a):
    return np.sum(np.ones((2, 3)) @ (a * np.ones((2, 3))))
