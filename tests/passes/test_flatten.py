"""Loops through whole arrays that become one, and those that do not."""

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
from adfun.ir.nodes import For, Function
from adfun.ir.walk import walk
from adfun.passes.checks import hoist_checks
from adfun.passes.flatten import flatten
from adfun.passes.fuse import fuse
from adfun.passes.inline import inline
from adfun.passes.lower import lower
from adfun.passes.simplify import simplify
from tests.passes.test_passes import assert_same

Objective = Callable[..., Any]


def residuals(U, X):
    return np.sum(np.exp(U) - X * U)


def element_by_element(U, X):
    total = 0.0
    for i in range(U.shape[0]):
        for j in range(U.shape[1]):
            total += np.sin(U[i, j]) * U[i, j]
    return total


def steps_of_data(U, X):
    return np.sum((X[1:] - X[:-1]) ** 2 * U[1:])


def steps_of_parameters(U, X):
    """What every row adds to two rows would be waited for."""
    return np.sum((U[1:] - U[:-1]) ** 2)


def by_row(U, X):
    return np.sum(np.sum(U * X, axis=1) ** 2)


def weighted(U, X):
    return np.sum(U**2 * np.arange(U.shape[1]))


def part(U, X):
    return np.sum(U[:, 1:] ** 2)


def unequal(U, X):
    """Nothing tells that rows of X are as long as those of U."""
    total = 0.0
    for i in range(U.shape[0]):
        for j in range(U.shape[1]):
            total += (U[i, j] - X[i, j]) ** 2
    return total


FLAT = (residuals, element_by_element, steps_of_data)
PROGRAMS = (*FLAT, unequal, steps_of_parameters, by_row, weighted, part)


def arguments(n: int, p: int) -> tuple[dict[str, Any], dict[str, Any]]:
    rng = np.random.default_rng(10 * n + p)
    return {"X": rng.normal(size=(n, p))}, {"U": rng.normal(size=(n, p))}


def loops(objective: Objective) -> Function:
    data, params = arguments(4, 3)
    kinds = {name: describe(name, value) for name, value in data.items()}
    starts = {name: describe_param(name, value) for name, value in params.items()}
    function = entry.build(read(objective), kinds, starts).function
    return check(fuse(hoist_checks(lower(inline(simplify(function))))))


def has_nests(function: Function) -> bool:
    inner = (s for loop in function.body.stmts if isinstance(loop, For) for s in walk(loop.body.stmts))
    return any(isinstance(s, For) and s.carried for s in inner)


@pytest.mark.parametrize("objective", PROGRAMS)
def test_results_stay(objective: Objective) -> None:
    before = loops(objective)
    after = check(flatten(before))
    assert has_nests(before) and has_nests(after) != (objective in FLAT)
    for n, p in ((2, 2), (5, 3), (3, 1), (0, 2)):
        data, params = arguments(n, p)
        assert_same(run(after, {**data, **params}), run(before, {**data, **params}), objective.__name__)


@pytest.mark.parametrize("objective", PROGRAMS)
def test_gradients(objective: Objective) -> None:
    for n, p in ((2, 2), (9, 3), (40, 7)):
        data, params = arguments(n, p)
        obj = make_ad_fun(objective, data, params)
        np.testing.assert_allclose(obj.fn(), objective(**params, **data), rtol=1e-12)
        steps = 1e-6 * np.eye(n * p)
        slopes = [(obj.fn(obj.par + s) - obj.fn(obj.par - s)) / 2e-6 for s in steps]
        np.testing.assert_allclose(obj.gr(), slopes, rtol=1e-6, atol=1e-6)
