# A loop target that its body augments kept its last value where that means nothing.
# data = {"x": [0.4], "y": [0.9, -0.3, 0.2], "c": 0.3}
# params = {"s": 0.7, "b": [0.3, 0.2]}
import numpy as np


def objective(x, y, c, s, b):
    total = s
    for v in y:
        if y[0] <= x[0]:
            continue
        for e in b:
            e /= 1.5
        if not c >= v:
            total *= 0.8
            break
        v = np.tanh(v)
    return total + v
