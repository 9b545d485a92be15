# found by the random programs: an element that is selected twice was read after its first change
# data = {"g": [0, 1, 1, 2, 0, 2, 2, 1], "v": [0.3, 0.5, -0.2, 1.0]}
# params = {"s": 0.7}
# other data = {"g": [3, 3, 0], "v": [0.3, 0.5, -0.2, 1.0, 0.4]}
# other params = {"s": -0.4}
import numpy as np


def objective(g, v, s):
    w = v * s
    np.add.at(w, g, 0.5 * np.arctan(w[g]))
    z = v + s
    z[g] = z[g] ** 2 + w[g]
    z[g] += z[g] * s
    return np.sum(w * np.arange(len(w))) + np.sum(z * v)
