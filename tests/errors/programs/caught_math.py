import math


def objective(a):
    try:
        return math.log(a - 2.0)
    except ValueError:
        return 1e10
