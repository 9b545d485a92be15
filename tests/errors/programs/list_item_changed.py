import numpy as np


def objective(a, v):
    rows = [v * 1.0, v * 2.0]
    k = 0
    while k < a:
        rows[k][0] = a
        k += 1
    return rows[1][0]
