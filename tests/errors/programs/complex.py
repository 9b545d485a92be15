import numpy as np


def objective(a):
    return abs(np.arcsin(a * 2j))
