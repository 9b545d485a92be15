# An adjoint that is taken out of a buffer before a loop, and was read again after it: it is zero by then.
# data = {"x": [0.4, -1.2, 0.7]}
# params = {"u": [0.3, 0.2], "s": 0.7}
import numpy as np


def objective(x, u, s):
    grown = []
    for i in range(len(x)):
        if s < 0.1:
            continue
        grown.append(np.sum(np.outer(x, u)))
    return np.dot(grown, grown)
