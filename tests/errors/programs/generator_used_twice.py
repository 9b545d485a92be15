import numpy as np


def objective(a, v):
    squares = (x**2 for x in v)
    return a * sum(squares) + max(squares)
