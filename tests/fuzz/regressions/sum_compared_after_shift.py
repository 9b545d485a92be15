# found by the random programs: a sum that a loop compares, moved by a constant, lost its value
# data = {"n": 6}
# params = {"s": -0.939}
# other data = {"n": 4}
# other params = {"s": 1.134}
import numpy as np


def objective(n, s):
    total = 0
    for i in range(0, n, 2):
        if -0.8 < total - 1.5 < 0.9:
            break
        total -= np.tanh(s)
    return total
