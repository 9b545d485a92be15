import numpy as np
from scipy import sparse


def objective(a, y):
    diagonal = sparse.diags(y)
    return np.sum(abs(diagonal + a * diagonal))
