"""Objectives as function objects, with classes that stand outside of them: in the module or in a function."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass
class Normal:
    mu: float
    sd: float = 1.0
    weights: list[float] = field(default_factory=lambda: [1.0, 2.0])

    @property
    def var(self) -> float:
        return self.sd**2

    def shifted(self, by: float) -> Normal:
        return Normal(self.mu + by, self.sd)


@dataclass(slots=True)
class Scaled(Normal):
    k: int = 3
    SCALE = 2.5

    def total(self) -> float:
        return self.mu * self.k * self.SCALE + self.var


class Pair(NamedTuple):
    a: float
    b: float = 2.0

    def product(self) -> float:
        return self.a * self.b


class Point(NamedTuple):
    x: float
    y: float


class Base:
    rate = 0.5

    def __init__(self, a: float) -> None:
        self.a = a

    def scaled(self) -> float:
        return self.a * self.rate

    @staticmethod
    def square(x: float) -> float:
        return x * x

    @classmethod
    def above(cls, a: float) -> Base:
        return cls(a + 1)


class Derived(Base):
    rate = 0.25

    def both(self) -> float:
        return self.scaled() + self.square(self.a)

    def __call__(self, x: float) -> float:
        return x * self.a


class Mode(enum.Enum):
    LINEAR = 1
    LOG = 2


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 4


SCALED = Scaled(1.5, 0.5)
DERIVED = Derived(3.0)
PAIR = Pair(3.0)


def dataclass_made(a: float) -> float:
    return Normal(a).shifted(2.0).var + Normal(a, 2 * a).var + Normal(mu=a).mu + sum(Normal(a).weights)


def dataclass_inherited(a: float) -> float:
    return Scaled(a, 2.0).total() + SCALED.total() * a + SCALED.mu


def named_tuple(a: float) -> float:
    pair = Pair(a)
    x, y = pair
    return pair.product() + x * y + PAIR.product() * a + PAIR.b + pair._replace(b=3.0).b + Point(a, 2.0).x


def methods(a: float) -> float:
    d = Derived(a)
    return d.both() + Derived.above(a).a + d(2.0) + DERIVED.both() * a + Derived.square(a) + Base.rate


def enums(a: float) -> float:
    mode = Mode.LOG
    level = Level.LOW if a > 0 else Level.HIGH
    same = a if Mode.LINEAR is Mode.LINEAR else 0.0
    other = 2 * a if mode == Mode.LINEAR else 5 * a
    return (
        same
        + other
        + Mode.LOG.value
        + Level.HIGH * a
        + (1 if Level.LOW < Level.HIGH else 2)
        + mode.value * level
    )


def is_instance(a: float) -> float:
    d = Derived(a)
    return a * (isinstance(d, Base) + 2 * isinstance(d, Normal) + 4 * isinstance(Normal(a), (Normal, Base)))


def list_of_objects(a: float) -> float:
    return sum(p.var * p.mu for p in [Normal(a, s) for s in (1.0, 2.0)])


def changed_in_a_loop(a: float) -> float:
    state = Base(a)
    for _ in range(1000):
        state.a = state.a * 0.99 + a
    return state.scaled()


def _local() -> Callable[[float], float]:
    @dataclass
    class Local:
        z: float

        def square(self) -> float:
            return self.z**2

    def local_class(a: float) -> float:
        return Local(a).square()

    return local_class


OBJECTIVES = [
    dataclass_made,
    dataclass_inherited,
    named_tuple,
    methods,
    enums,
    is_instance,
    list_of_objects,
    changed_in_a_loop,
    _local(),
]
