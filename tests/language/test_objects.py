"""Methods and callable objects as objectives; what they refer to may change between two compilations."""

from __future__ import annotations

import enum
import functools
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.spatial.distance  # noqa: F401

import adfun


def _agree(objective: Callable[[float], Any], a: float = 3.0) -> float:
    """The compiled value, which must be that of the objective as it is now."""
    value = adfun.make_ad_fun(objective, {}, {"a": a}).fn()
    assert value == pytest.approx(float(objective(a)), rel=1e-12)
    return value


class Base:
    weight = 3.0

    def __init__(self, y: np.ndarray, rate: float = 2.0) -> None:
        self.y = y
        self.rate = rate

    def mean(self, a: float) -> float:
        return a * self.rate

    def nll(self, a: float, scale: float = 2.0) -> float:
        return np.sum((self.y - self.mean(a)) ** 2) / scale


@functools.lru_cache(maxsize=8)
def triangle(n: int) -> int:
    return n * (n + 1) // 2


class Kind(enum.Enum):
    EXACT = 0
    CENSORED = "c"


class Derived(Base):
    def mean(self, a: float) -> float:
        return super().mean(a) + 1

    def __call__(self, a: float) -> float:
        return self.nll(a) + 0.5

    @functools.cached_property
    def total(self) -> float:
        return float(np.sum(self.y))

    @property
    def half(self) -> float:
        return self.rate / 2

    @half.setter
    def half(self, value: float) -> None:
        self.rate = 2 * value + 1

    def doubled(self, a: float) -> float:
        other = Derived(self.y)
        other.half = a
        return other.rate + other.half * a

    def inherited(self, a: float) -> float:
        return super().nll(a) + super(Derived, self).mean(a) * self.total  # noqa: UP008

    @classmethod
    def of_class(cls, a: float) -> float:
        return cls.weight * a

    @staticmethod
    def static(a: float) -> float:
        return a * a


MODEL = Derived(np.arange(4.0))
BOUND = MODEL.nll
TERMS = [1.0, 2.0]
OFFSETS = np.ones(3)


@functools.lru_cache
def cached(a: float) -> float:
    return 2 * a


def through_global(a: float) -> float:
    return MODEL.nll(a)


def through_alias(a: float) -> float:
    return BOUND(a) * 2


@pytest.mark.parametrize(
    "objective",
    [
        *(MODEL.nll, MODEL, MODEL.of_class, Derived.of_class, MODEL.static, Derived.static, cached),
        *(MODEL.inherited, MODEL.doubled),
    ],
)
def test_objective_that_is_no_plain_function(objective: Callable[[float], float]) -> None:
    _agree(objective)


def test_arguments_of_a_method_are_those_without_self() -> None:
    made = adfun.make_ad_fun(MODEL.nll, {"scale": 4.0}, {"a": 3.0})
    assert made.names == ["a"]
    assert made.fn() == MODEL.nll(3.0, 4.0)
    with pytest.raises(adfun.ArgumentError, match=r"nll\(\) has no argument 'self'"):
        adfun.make_ad_fun(MODEL.nll, {"self": 1.0}, {"a": 3.0})


@pytest.mark.parametrize("objective", [MODEL.nll, MODEL, through_global, through_alias])
def test_changed_attribute_is_seen(
    objective: Callable[[float], float], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _agree(objective)
    monkeypatch.setattr(MODEL, "rate", 7.0)
    changed = _agree(objective)
    monkeypatch.setattr(MODEL, "y", np.arange(6.0))
    assert len({before, changed, _agree(objective)}) == 3


def test_changed_closure_is_seen() -> None:
    def make(factor: float) -> tuple[Callable[[float], float], Callable[[float], None]]:
        def objective(a: float) -> float:
            return factor * a

        def change(value: float) -> None:
            nonlocal factor
            factor = value

        return objective, change

    objective, change = make(2.0)
    assert _agree(objective) == 6.0
    change(5.0)
    assert _agree(objective) == 15.0


def test_changed_contents_are_seen() -> None:
    def objective(a: float, table: dict[str, list[float]] = {"w": [2.0]}) -> float:  # noqa: B006
        return a * sum(TERMS) * OFFSETS.sum() * table["w"][0]

    before = _agree(objective)
    TERMS.append(5.0)
    try:
        changed = _agree(objective)
    finally:
        TERMS.pop()
    objective.__defaults__[0]["w"][0] = 4.0  # type: ignore[index]
    assert len({before, changed, _agree(objective)}) == 3


def test_names_that_other_libraries_import_too() -> None:
    """SciPy's modules import `partial` and `namedtuple` for themselves."""

    def objective(a: float) -> float:
        def line(x: float, slope: float, level: float) -> float:
            return slope * x + level

        return functools.partial(line, slope=a, level=2.0)(3.0)

    assert _agree(objective) == 11.0
    partial = functools.partial
    assert _agree(lambda a: partial(np.multiply, a)(2.0)) == 6.0


def test_functions_that_remember_their_results() -> None:
    def objective(a: float) -> float:
        return a * triangle(3) + (a**2 if Kind(0) is Kind.EXACT and Kind("c").name == "CENSORED" else 0.0)

    assert _agree(objective) == 27.0
    obj = pickle.loads(pickle.dumps(adfun.make_ad_fun(objective, {}, {"a": 3.0})))
    assert obj.fn() == 27.0


def test_values_that_no_member_of_an_enum_has() -> None:
    with pytest.raises(adfun.CompileError, match="Kind has no such member"):
        adfun.make_ad_fun(lambda a: a if Kind(7) is Kind.EXACT else 1.0, {}, {"a": 3.0})
    with pytest.raises(adfun.CompileError, match="the value of Kind must be known"):
        adfun.make_ad_fun(lambda a: a if Kind(a) is Kind.EXACT else 1.0, {}, {"a": 3.0})


class Private:
    __rate = 3.0

    def __init__(self, level: float) -> None:
        self.__level = level
        self._Private__other = 1.0

    def __line(self, __x: float) -> float:
        return self.__rate * __x + self.__level + self.__other  # type: ignore[attr-defined, no-any-return]

    def value(self, a: float) -> float:
        inner = lambda x: self.__line(x)  # noqa: E731
        return inner(a) * 2.0


class Inherits(Private):
    __rate = 100.0


def test_private_names() -> None:
    for model in (Private(2.0), Inherits(2.0)):
        assert _agree(model.value) == 24.0
        assert _agree(lambda a, model=model: model.value(a) + a) == 27.0
    obj = pickle.loads(pickle.dumps(adfun.make_ad_fun(Private(2.0).value, {}, {"a": 3.0}, cache=False)))
    assert obj.fn() == 24.0
    assert obj.hvp([3.0], [1.0]) == 0.0
    with pytest.raises(adfun.CompileError, match="__level"):
        adfun.make_ad_fun(lambda a: Private(a).__level, {}, {"a": 3.0})
