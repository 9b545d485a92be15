from dataclasses import dataclass


@dataclass
class Point:
    x: float
    y: float


def objective(a):
    match Point(a, 2.0):
        case Point(x, y, z):
            return x
    return a
