from dataclasses import dataclass


@dataclass(frozen=True)
class Point:
    x: float


def objective(a):
    p = Point(a)
    p.x = 2.0
    return p.x
