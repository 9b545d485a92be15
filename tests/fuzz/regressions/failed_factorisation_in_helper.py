# A failed factorisation does not assign; the same in a helper called in a loop.
# data = {"x": [-0.417, -0.107, -0.184, 0.764]}
# params = {"u": [-0.906, -0.193, -0.039, 0.446]}
import numpy as np


def logdet(m):
    try:
        f_ = np.linalg.cholesky(m)
    except np.linalg.LinAlgError:
        return 100.0
    return 2 * np.sum(np.log(np.diag(f_)))


def objective(x, u):
    r = u[1]
    f = r
    try:
        r = r + 1
        f = np.linalg.cholesky(np.outer(x, u))[0, 0]
        r = 0
    except np.linalg.LinAlgError:
        r = u[0] + r
    for k in range(len(x)):
        r += k * logdet(np.outer(x, x) + (k - 1) * np.eye(4) * u[3]) + u[2]
    return 0.5 + r + f
