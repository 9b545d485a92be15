"""Sums go around branches: what the arms add is chosen, and added once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adfun import make_ad_fun
from adfun.binding import describe, describe_param
from adfun.frontend import entry
from adfun.frontend.origin import read
from adfun.ir.check import check
from adfun.ir.interpret import run
from adfun.ir.nodes import For
from adfun.passes.sequential import sums
from adfun.passes.simplify import simplify
from tests.passes.test_passes import assert_same

Objective = Callable[..., Any]


def goes_on_without(a, b, x):
    total = 0.0
    for i in range(len(x)):
        if x[i] < 0.1:
            continue
        total += np.exp(a * x[i]) * b
    return total


def one_or_the_other(a, b, x):
    total = a
    for value in x:
        if value > 0:
            total += np.log(1.0 + value * b**2)
        elif value > -0.5:
            total -= np.exp(a * value)
    return total


def twice_in_an_arm(a, b, x):
    total = 0.0
    for value in x:
        if value > 0:
            total -= np.sin(a * value)
            total += np.cos(b * value)
            total -= b
        else:
            total -= np.exp(b * value)
    return total


def chosen(a, b, x):
    total = 0.0
    for value in x:
        total = total if value > 0 else total - a * value
        total = total + b * value if value > -1 else total + a
    return total


def two_sums(a, b, x):
    up, down = a, b
    for value in x:
        if value > 0:
            up += a * value**2
        else:
            down += np.exp(b * value)
    return up * down


def changed(a, b, x):
    """Not a sum: one arm multiplies."""
    total = 1.0
    for value in x:
        if value > 0:
            total += a * value
        else:
            total *= b
    return total


def taken_away_from(a, b, x):
    """Not a sum: the other way round."""
    total = 1.0
    for value in x:
        total = a * value - total if value > 0 else total + b
    return total


PROGRAMS: dict[str, Objective] = {
    f.__name__: f
    for f in (goes_on_without, one_or_the_other, twice_in_an_arm, chosen, two_sums, changed, taken_away_from)
}
X = np.random.default_rng(11).normal(size=13)


def built(name: str) -> Any:
    params = {k: describe_param(k, v) for k, v in {"a": 0.4, "b": 0.8}.items()}
    return entry.build(read(PROGRAMS[name]), {"x": describe("x", X)}, params).function


@pytest.mark.parametrize("name", PROGRAMS)
def test_results(name: str) -> None:
    function = check(built(name))
    small = check(simplify(simplify(function)))
    for n in (0, 1, 13):
        inputs: dict[str, Any] = {"x": X[:n], "a": 0.4, "b": 0.8}
        assert_same(run(small, inputs), run(function, inputs), name)
    loops = [stmt for stmt in small.body.stmts if isinstance(stmt, For)]
    assert loops
    is_sum = all(len(sums(loop)) == len(loop.carried) for loop in loops)
    assert is_sum == (name not in ("changed", "taken_away_from"))


@pytest.mark.parametrize("name", PROGRAMS)
def test_values_and_gradients(name: str) -> None:
    obj = make_ad_fun(PROGRAMS[name], {"x": X}, {"a": 0.4, "b": 0.8})
    point = np.array([0.3, 0.7])
    np.testing.assert_allclose(obj.fn(point), PROGRAMS[name](*point, X), rtol=1e-13)
    slopes = [(obj.fn(point + s) - obj.fn(point - s)) / 2e-6 for s in 1e-6 * np.eye(2)]
    np.testing.assert_allclose(obj.gr(point), slopes, rtol=1e-7, atol=1e-8)
