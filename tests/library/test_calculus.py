"""Integrals and roots of functions, against SciPy (derivatives: `tests/language/programs_physics.py`)."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adfun.library import LIBRARY

NAMES = {
    "scipy.integrate.quad",
    "scipy.integrate.fixed_quad",
    *(f"scipy.optimize.{name}" for name in ("brentq", "bisect", "brenth", "ridder")),
}
INTEGRALS: list[tuple[Callable[..., float], float, float, tuple[Any, ...]]] = [
    (lambda t: np.exp(-(t**2)), 0.0, 3.0, ()),
    (lambda t, k: np.exp(-(t**2)) * (1 + k * t), -np.inf, np.inf, (2.0,)),
    (lambda t: 1 / (1 + t**4), 0.5, np.inf, ()),
    (lambda t: np.exp(t) * t**2, -np.inf, 1.0, ()),
    (lambda t: 1 / ((t - 0.3) ** 2 + 1e-3), 0.0, 2.0, ()),
    (lambda t: np.cos(20 * t) * np.exp(-t), 3.0, -1.0, ()),
    (lambda t: 0.0 * t, 0.0, 1.0, ()),
]


def theirs(name: str) -> Callable[..., Any]:
    module, _, function = name.rpartition(".")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


@pytest.mark.parametrize("k", range(len(INTEGRALS)))
def test_quad(k: int) -> None:
    function, low, high, args = INTEGRALS[k]
    wanted, _ = theirs("scipy.integrate.quad")(function, low, high, args=args)
    found, error = LIBRARY["scipy.integrate.quad"](function, low, high, args=args)
    assert found == pytest.approx(wanted, rel=1e-12, abs=1e-14)
    assert error <= max(1.49e-8, 1.49e-8 * abs(wanted))


def test_fixed_quad() -> None:
    for n in (3, 8):
        arguments = (lambda t: np.exp(-t), 0.3, 2.0, (), n)
        wanted = theirs("scipy.integrate.fixed_quad")(*arguments)
        assert LIBRARY["scipy.integrate.fixed_quad"](*arguments)[0] == pytest.approx(wanted[0], rel=1e-14)


@pytest.mark.parametrize("name", sorted(name for name in NAMES if "optimize" in name))
def test_root(name: str) -> None:
    for function, low, high in (
        (lambda x: np.cos(x) - x, 0.0, 1.0),
        (lambda x: x**3 - 2.0, 2.0, -1.0),
        (lambda x: np.exp(x) - 1e-6, -50.0, 3.0),
        (lambda x: x - 1.0, 1.0, 2.0),
    ):
        assert LIBRARY[name](function, low, high) == pytest.approx(
            theirs(name)(function, low, high), abs=1e-11
        )
    with pytest.raises(ValueError, match="different signs"):
        LIBRARY[name](lambda x: x * x + 1.0, 0.0, 1.0)


def test_every_name_has_a_case() -> None:
    assert {name for name in LIBRARY if LIBRARY[name].__module__ == "adfun.library.calculus"} == NAMES
