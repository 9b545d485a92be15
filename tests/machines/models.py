"""Objectives that refer to all kinds of things, in a module that other processes cannot import."""

from __future__ import annotations

import enum
from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
from scipy.special import gammaln
from scipy.stats import norm

import adfun

SCALE = np.array([1.0, 2.0, 4.0])
LIMITS = {"low": -3.0, "high": np.float32(3.5)}
STEPS = [abs, lambda x: x * 2.0,
         lambda x: x +
         np.pi]  # fmt: skip
SETTINGS = SimpleNamespace(power=2, unused=object())
Pair = namedtuple("Pair", "left right", defaults=(0.5,))


class Kind(enum.Enum):
    NORMAL = "normal"
    OTHER = 7


class Window(NamedTuple):
    start: int
    stop: int = 3

    def of(self, values: Any) -> Any:
        return values[self.start : self.stop]


class Base:
    offset = 0.25

    def __init__(self, weight: float) -> None:
        self.weight = weight
        self.log = open  # what no objective looks at

    def apply(self, x: Any) -> Any:
        return self.weight * x + self.offset


@dataclass
class Prior:
    mean: float
    sd: float = 1.5
    notes: list[float] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return 1 / self.sd**2

    def __call__(self, x: Any) -> Any:
        return -norm.logpdf(x, self.mean, self.sd)


class Derived(Base):
    offset = 0.75

    @staticmethod
    def shifted(x: Any) -> Any:
        return x + 1


BASE, PRIOR, WINDOW, PAIR = Derived(1.25), Prior(0.5), Window(1), Pair(0.1)


def factorial(n: int) -> int:
    return 1 if n < 2 else n * factorial(n - 1)


def passed_on(settings: Any, x: Any) -> Any:
    return x**settings.power


def made(weights: Any, kind: Kind = Kind.NORMAL) -> Callable[..., Any]:
    """An objective that is a closure."""

    def objective(a: Any, log_s: Any, y: Any, *, family: Kind = kind) -> Any:
        mean = passed_on(SETTINGS, a) * SCALE[0] + Derived.shifted(a)
        for step in STEPS:
            mean = step(mean)
        total = np.sum(weights * norm.logpdf(y, np.clip(mean, LIMITS["low"], LIMITS["high"]), np.exp(log_s)))
        if family is Kind.NORMAL:
            total = total - PRIOR(a) * PRIOR.precision
        total = total + BASE.apply(log_s) + np.sum(WINDOW.of(y)) * PAIR.right + PAIR.left
        adfun.report(total=total)
        return -total + gammaln(factorial(4))

    return objective
