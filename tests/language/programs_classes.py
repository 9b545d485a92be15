"""Objectives that use small classes."""

from __future__ import annotations

from typing import Any

import numpy as np

R = np.random.default_rng(5)
PROGRAMS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = []


def program(name: str, source: str, data: dict[str, Any], params: dict[str, Any]) -> None:
    """Add an objective."""
    PROGRAMS.append((name, "import numpy as np\nimport math\n" + source, data, params))


Y = R.normal(size=12)

program(
    "namedtuple_params",
    """
from collections import namedtuple
P = namedtuple("P", ["a", "b"])
def unpack(theta):
    return P(a=theta[0], b=np.exp(theta[1]))
def objective(theta, y):
    p = unpack(theta)
    a, b = p
    q = p._replace(a=2.0)
    return np.sum((y - p.a) ** 2) / p.b + p[1] + a * b + q.a
""",
    dict(y=Y),
    dict(theta=np.array([0.1, 0.2])),
)
program(
    "class_model",
    """
from dataclasses import dataclass
@dataclass
class Params:
    mu: float
    sd: float = 1.0
    @property
    def var(self):
        return self.sd ** 2
class Filter:
    Q = 0.5
    def __init__(self, p):
        self.p = p
        self.m = 0.0
        self.P = 1.0
        self.ll = 0
    def step(self, y):
        self.P += self.Q
        S = self.P + self.p.var
        k = self.P / S
        v = y - self.m - self.p.mu
        self.ll += -0.5 * (np.log(S) + v ** 2 / S)
        self.m = self.m + k * v
        self.P *= 1 - k
        return v
def objective(theta, y):
    f = Filter(Params(theta[0], sd=np.exp(theta[1])))
    vs = [f.step(v) for v in y[:2]]
    for v in y[2:]:
        f.step(v)
    return -f.ll + sum(vs)
""",
    dict(y=Y),
    dict(theta=np.array([0.1, 0.2])),
)
