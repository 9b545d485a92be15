# A failed factorisation of a larger matrix inside try: the handler runs, and the gradient is not NaN.
# data = {"x": [-0.417, -0.107, -0.184, 0.764]}
# params = {"u": [-0.906, -0.193, -0.039, 0.446]}
import numpy as np


def objective(x, u):
    r = 0.0
    try:
        f_ = np.linalg.cholesky(np.outer(x, u))
        r = f_[0, 0]
    except np.linalg.LinAlgError:
        r = u[0]
    return 0.5 + r
