# In lanes a carried adjoint was halved in place before a product with it went into a sum.
# data = {}
# params = {"b": [1.725, 0.826], "w": [-1.354, -1.052, 0.254]}
import functools


def objective(b, w):
    offset = 0.5
    for e9 in w:
        offset /= functools.reduce(lambda p, e14: 0.5 * p + e14 * e9, b, 0.0)
    return offset
