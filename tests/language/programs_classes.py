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
program(
    "values_with_operators",
    """
class Value:
    def __init__(self, data):
        self.data = data
    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data)
    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data)
    def __radd__(self, other):
        return self + other
    __rmul__ = __mul__
    def __neg__(self):
        return self * -1
    def __sub__(self, other):
        return self + (-other)
    def __pow__(self, k):
        return Value(self.data ** k)
    def __lt__(self, other):
        return self.data < other
    def __abs__(self):
        return Value(abs(self.data))
    def __iadd__(self, other):
        self.data = self.data + 10 * other
        return self

def objective(a, b):
    x, y = Value(a), Value(b)
    d = 2 * (x * y) - y ** 3 + 1 + sum([x, y, x])
    if x < 0.0:
        d = 3 * d
    d += b
    return d.data ** 2 + abs(-d).data
""",
    {},
    dict(a=-0.4, b=0.7),
)
program(
    "vectors_and_polynomials",
    """
from dataclasses import dataclass
from types import SimpleNamespace

@dataclass(frozen=True)
class Vec:
    x: float
    y: float
    z: float = 0.5
    def __add__(self, o):
        return Vec(self.x + o.x, self.y + o.y, self.z + o.z)
    def __mul__(self, s):
        return Vec(self.x * s, self.y * s, self.z * s)
    __rmul__ = __mul__
    def __matmul__(self, o):
        return self.x * o.x + self.y * o.y + self.z * o.z
    def __iter__(self):
        yield self.x
        yield self.y

class Polynomial:
    def __init__(self, *coefficients):
        self.c = list(coefficients)
    def __call__(self, x):
        r = 0
        for c in self.c[::-1]:
            r = r * x + c
        return r
    def __len__(self):
        return len(self.c)
    def __getitem__(self, k):
        return self.c[k]
    def __setitem__(self, k, v):
        self.c[k] = v

def objective(p, q):
    space = SimpleNamespace(scale=p[0], shift=np.array([1.0, 2.0]))
    vectors = [Vec(*row) for row in q]
    total = vectors[0] + space.scale * vectors[1]
    x, y = total
    poly = Polynomial(*p)
    poly[1] = x * poly[1]
    return total @ vectors[0] + poly(0.3) * len(poly) + poly[0] ** 2 + y * space.shift.sum()
""",
    {},
    dict(p=R.normal(size=3), q=R.normal(size=(2, 2))),
)
program(
    "singular_values",
    """
def objective(x, m):
    s = np.linalg.svd(x, compute_uv=False)
    return (
        np.sum(s ** 3) + np.linalg.norm(x - m, "nuc") + np.linalg.cond(x.T) + np.linalg.cond(x[:3], 1)
        + s[0] * np.linalg.svdvals(x.T)[-1]
    )
""",
    dict(m=R.normal(size=(4, 3))),
    dict(x=R.normal(size=(4, 3))),
)
program(
    "layers_with_bases",
    """
from abc import ABC, abstractmethod
from numpy.lib.stride_tricks import sliding_window_view

class Layer(ABC):
    def __init__(self, scale=1.0):
        super().__init__()
        self.scale = scale
    @abstractmethod
    def forward(self, x):
        pass
    def penalty(self):
        return 0.1 * self.scale

class Linear(Layer):
    def __init__(self, W, scale):
        super().__init__(scale=scale)
        self.W = W
    def forward(self, x):
        return self.scale * (x @ self.W)
    def penalty(self):
        return super().penalty() + np.sum(self.W ** 2)

class Sequential(Layer):
    def __init__(self, *layers):
        self.layers = layers
    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

def objective(W, v, s):
    model = Sequential(Linear(W, s), Linear(v, 2.0))
    windows = sliding_window_view(W, (2, 2)).reshape(-1, 4)
    loss = np.sum(np.tanh(model.forward(np.ones((2, 3)))) ** 2) + np.sum(windows.mean(axis=1) ** 2)
    return loss + sum(layer.penalty() for layer in model.layers)
""",
    {},
    dict(W=R.normal(size=(3, 3)), v=R.normal(size=3), s=0.7),
)
program(
    "private_names",
    """
from dataclasses import dataclass
@dataclass
class _Base:
    __a: float
    def __scaled(self, __k=2.0):
        return self.__a * __k
    def value(self, x):
        class Inner:
            def __init__(self, v):
                self.__a = v
            def get(self):
                return self.__a
        return self.__scaled(x) + Inner(x).get()
class Derived(_Base):
    def __scaled(self):
        return 100.0
    def own(self):
        return self.__scaled() + self._Base__scaled() + self._Base__a
def objective(theta):
    d = Derived(theta[0])
    return d.value(theta[1]) * d.own()
""",
    {},
    dict(theta=np.array([0.7, 1.2])),
)
program(
    "positional_patterns",
    """
from dataclasses import dataclass
from collections import namedtuple
@dataclass
class Point:
    x: float
    y: float
class Named:
    __match_args__ = ("b", "a")
    def __init__(self, a, b):
        self.a = a
        self.b = b
Pair = namedtuple("Pair", "first second")
def by_position(p, /, **rest):
    return p + rest["p"]
def total(shape):
    match shape:
        case Point(x, 2.0):
            return x
        case Point(x, y):
            return x + 10 * y
        case Named(float(b), a=1):
            return 100 * b
        case Pair(first, Point(x, y)):
            return first * x * y
        case float(x):
            return by_position(x, p=1.0)
        case object():
            return 0.5
def objective(theta):
    a, b = theta
    shapes = [Point(a, 2.0), Point(a, 3.0), Named(1, b), Pair(a, Point(b, a)), b, "text"]
    return sum(total(s) for s in shapes)
""",
    {},
    dict(theta=np.array([0.7, 1.2])),
)
program(
    "properties_that_are_kept_and_bases_that_are_named",
    """
from abc import ABC, abstractmethod
from enum import Enum, IntEnum, auto
from functools import cached_property
class Mode(Enum):
    FAST = auto()
    SLOW = auto()
class Base(ABC):
    def __init__(self, loc):
        self.loc = loc
        self.calls = 0
    @property
    @abstractmethod
    def scale(self): ...
    def nll(self, y):
        return np.sum(((y - self.loc) / self.scale) ** 2) + len(y) * np.log(self.scale)
class Model(Base):
    def __init__(self, loc, log_scale):
        super(Model, self).__init__(loc)
        self.log_scale = log_scale
    @cached_property
    def scale(self):
        self.calls += 1
        return np.exp(self.log_scale)
    def nll(self, y):
        return super().nll(y) + 1.0
def objective(theta, y):
    m = Model(*theta)
    first = m.nll(y)
    m.log_scale = 3.0
    mode = Mode.SLOW
    return first + m.nll(y[:3]) + m.calls + (mode.value if mode is Mode.SLOW else 0)
""",
    {"y": np.arange(5.0)},
    dict(theta=np.array([0.7, 0.2])),
)

program(
    "truth_of_objects",
    """
class Plain:
    pass
class Flag:
    def __init__(self, on):
        self.on = on
    def __bool__(self):
        return self.on
class Sized:
    def __init__(self, n):
        self.n = n
    def __len__(self):
        return self.n
def objective(a, k):
    total = a * k
    total += a if Plain() else 100.0
    total += 2 * a if Flag(True) else 200.0
    total += 300.0 if Flag(False) else 3 * a
    total += a * a if Flag(a > 1) else 400.0
    total += 500.0 if Sized(0) else a ** 3
    total += a * len(Sized(k)) if Sized(k) else 600.0
    return total if not Flag(a > 5) else 0.0
""",
    {"k": 3},
    {"a": 2.0},
)
program(
    "properties_that_are_set",
    """
class State:
    def __init__(self, level):
        self._level = level
        self.sets = 0
    @property
    def level(self):
        return self._level
    @level.setter
    def level(self, value):
        self.sets += 1
        self._level = np.tanh(value)
    def __iadd__(self, change):
        self.level = self.level + change
        return self
def objective(theta, y):
    s = State(0.0)
    total = 0.0
    for v in y:
        s += theta[0] * (v - s.level)
        s.level *= theta[1]
        total += (v - s.level) ** 2
    return total + s.sets
""",
    {"y": np.arange(5.0)},
    dict(theta=np.array([0.7, 0.2])),
)
program(
    "fields_of_records_and_nothing_else",
    """
from dataclasses import asdict, astuple, dataclass, fields
from functools import cached_property
@dataclass(kw_only=True)
class Rates:
    a: float
    b: float = 1.0
    def __post_init__(self):
        self.total = self.a + self.b
    @cached_property
    def ratio(self):
        return self.a / self.b
def objective(theta):
    r = Rates(a=theta[0], b=theta[1])
    value = r.ratio * r.total
    names = [f.name for f in fields(r)]
    assert len(names) == len(fields(Rates)) == 2
    return value + sum(asdict(r).values()) + sum(astuple(r)) ** 2 + sum(getattr(r, n) for n in names)
""",
    {},
    dict(theta=np.array([0.7, 1.2])),
)
program(
    "product_of_stacked_matrices",
    """
def objective(theta, y):
    rotations = [np.array([[np.cos(theta[0] * v), -np.sin(v)], [np.sin(v), theta[1]]]) for v in y]
    return np.linalg.multi_dot(rotations[:4]).sum() + np.linalg.multi_dot(np.stack(rotations[:3])).sum()
""",
    {"y": np.arange(12.0)},
    dict(theta=np.array([0.7, 1.2])),
)
