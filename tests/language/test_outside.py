"""Classes from outside an objective that is given as a function object."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import adfun
from tests.language import outside


@pytest.mark.parametrize("objective", outside.OBJECTIVES, ids=lambda f: f.__name__)
def test_as_python(objective: Callable[[float], float]) -> None:
    made = adfun.make_ad_fun(objective, {}, {"a": 1.3})
    for a in (1.3, -0.4):
        assert made.fn([a]) == pytest.approx(objective(a), rel=1e-12)


def test_changed_class_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module in the cache belongs to the classes as they were."""
    before = adfun.make_ad_fun(outside.methods, {}, {"a": 1.3}).fn()
    monkeypatch.setattr(outside.Derived, "rate", 10.0)
    after = adfun.make_ad_fun(outside.methods, {}, {"a": 1.3}).fn()
    assert after == pytest.approx(outside.methods(1.3)) != before
    monkeypatch.setattr(outside.Derived, "both", lambda self: 7.0 * self.a)
    assert adfun.make_ad_fun(outside.methods, {}, {"a": 1.3}).fn() == pytest.approx(outside.methods(1.3))


def test_enum_in_a_text() -> None:
    source = """
from enum import Enum
class Mode(Enum):
    A = 1
    B = "x"
def objective(a):
    m = Mode.B
    return a * 2 if m is Mode.B and m.value == "x" and Mode.A != 1 else a
"""
    assert adfun.make_ad_fun(source, {}, {"a": 1.3}).fn() == 2.6
