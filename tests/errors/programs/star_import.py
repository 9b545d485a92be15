from numpy import *


def objective(v):
    return exp(v[0])
