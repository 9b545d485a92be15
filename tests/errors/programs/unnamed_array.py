import numpy as np


def table():
    return np.arange(4.0)


def objective(a):
    table()[0] = a
    return a * table()[1]
