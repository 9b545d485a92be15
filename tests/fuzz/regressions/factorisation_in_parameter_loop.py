# A data-only factorisation inside a loop over parameters: one of its outputs was kept, the other lost.
# data = {"x": [0.644, 0.315, 0.087, -0.149, 0.584, 0.513]}
# params = {"w": [0.074, -0.282, -0.748], "u": [0.444, 0.279, 0.409, 1.039, -0.384, 0.769]}
import numpy as np


def objective(w, x, u):
    n = len(x)
    t14 = 0.5
    for i15 in w:
        v16 = np.linalg.cholesky(x + np.eye(n))
        t14 += np.sum(np.where(u, v16, u))
    return t14
