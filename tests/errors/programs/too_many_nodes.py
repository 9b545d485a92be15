import numpy as np


def objective(a):
    nodes, weights = np.polynomial.legendre.leggauss(10**6)
    return np.sum(weights * np.exp(-a * nodes))
