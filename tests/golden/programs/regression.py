import numpy as np


def objective(x, y, a, b, log_sigma):
    resid = y - (a + b * x)
    return 0.5 * np.sum(resid**2) / np.exp(2 * log_sigma) + len(y) * log_sigma
