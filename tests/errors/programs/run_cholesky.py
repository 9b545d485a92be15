import numpy as np


def objective(a):
    m = a * np.array([[1.0, 2.0], [2.0, 1.0]])
    return np.linalg.cholesky(m)[0, 0]
