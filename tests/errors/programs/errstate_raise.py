import numpy as np


def objective(a):
    with np.errstate(divide="raise"):
        return 1.0 / a
