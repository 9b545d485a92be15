"""Loops that add to whole arrays again and again, and what must not be taken for such."""

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
from adfun.ir.nodes import Buffer, For, Function, Load, Operand
from adfun.ir.walk import walk
from adfun.passes.checks import hoist_checks
from adfun.passes.fuse import fuse
from adfun.passes.inline import inline
from adfun.passes.interchange import interchange
from adfun.passes.lower import lower
from adfun.passes.simplify import simplify
from tests.passes.test_passes import assert_same

Objective = Callable[..., Any]


def predictor(a, b, X, y):
    eta = np.zeros(len(y))
    for k in range(X.shape[1]):
        eta = eta + X[:, k] * b[k]
    return a * np.sum(np.exp(eta) - y * eta)


def element_by_element(a, b, X, y):
    eta = np.ones(len(y))
    for k in range(X.shape[1]):
        for i in range(len(y)):
            eta[i] -= X[i, k] * b[k]
    return a * np.sum(eta**2)


def penalty_beside(a, b, X, y):
    eta, penalty = np.zeros(len(y)), 0.0
    for k in range(len(b)):
        eta = eta + X[:, k] * b[k]
        penalty += np.abs(b[k])
    return np.sum(eta**2) + a * penalty


def bumps(a, b, X, y):
    """A costly function of parameters between the loops: it is kept in a table."""
    f = np.zeros(len(y))
    for k in range(len(b)):
        f = f + np.exp(b[k]) * np.exp(-((y - a) ** 2))
    return np.sum((y - f) ** 2)


def groups(a, b, X, y):
    eta = a * y
    for k in range(len(b)):
        eta = eta + b[k] * (y > k)
    return np.sum(eta**2)


def recurrence(a, b, X, y):
    state = np.zeros(len(y))
    for k in range(len(b)):
        state = np.tanh(state + X[:, k] * b[k])
    return a * np.sum(state**2)


def columns(a, b, X, y):
    """Every iteration has an element of its own."""
    z = np.zeros((len(y), len(b)))
    for k in range(len(b)):
        z[:, k] = a * X[:, k] - b[k] * y
    return np.sum(np.log(np.sum(np.exp(z), axis=1)))


def survival(a, b, X, y):
    """What the loop along observations sums up, the other one sums up in turn."""
    alive, total = np.ones(len(y)), 0.0
    for k in range(X.shape[1]):
        hazard = 1.0 / (1.0 + np.exp(b[0] + X[:, k]))
        total -= 0.5 * np.sum(np.log(hazard * alive)) / a
        alive = alive * (1.0 - hazard)
    return total


def scaled_by_what_changes(a, b, X, y):
    state, total = a * np.ones(len(y)), 0.0
    for k in range(len(b)):
        total += b[k] * np.sum(state)
        state = state * X[:, k]
    return total


def shifted(a, b, X, y):
    """An index that is computed between the loops, beside what is costly."""
    f = np.zeros(len(y))
    for k in range(len(b)):
        f = f + np.exp(a * k) * b[k - 1] * X[:, k]
    return np.sum(f**2)


def watched(a, b, X, y):
    """The sum so far is of use for something else."""
    alive, total, most = np.ones(len(y)), 0.0, 0.0
    for k in range(len(b)):
        total += np.sum(alive)
        most = most + total * b[k]
        alive = alive * X[:, k]
    return total + a * most


def neighbours(a, b, X, y):
    state = np.zeros(len(y))
    for k in range(len(b)):
        for i in range(1, len(y)):
            state[i] += state[i - 1] * b[k] + a
    return np.sum(state**2)


def read_meanwhile(a, b, X, y):
    eta, total = np.zeros(len(y)), 0.0
    for k in range(len(b)):
        total += eta[0]
        eta = eta + X[:, k] * b[k]
    return np.sum(eta**2) + a * total


def over_observations(a, b, X, y):
    """Here the loop outside is the long one."""
    total = np.zeros(X.shape[1])
    for i in range(len(X)):
        total = total + a * y[i] * X[i]
    return np.sum(total**2) + np.sum(b**2)


CHANGED = (
    predictor,
    element_by_element,
    penalty_beside,
    groups,
    bumps,
    recurrence,
    columns,
    survival,
    shifted,
)
PROGRAMS = (*CHANGED, watched, scaled_by_what_changes, neighbours, read_meanwhile, over_observations)


def arguments(n: int, p: int) -> tuple[dict[str, Any], dict[str, Any]]:
    rng = np.random.default_rng(10 * n + p)
    data = {"X": rng.normal(size=(n, p)), "y": rng.normal(size=n)}
    return data, {"a": 0.7, "b": 0.3 * rng.normal(size=p)}


def loops(objective: Objective) -> Function:
    data, params = arguments(4, 3)
    kinds = {name: describe(name, value) for name, value in data.items()}
    starts = {name: describe_param(name, value) for name, value in params.items()}
    function = entry.build(read(objective), kinds, starts).function
    return check(fuse(hoist_checks(lower(inline(simplify(function))))))


@pytest.mark.parametrize("objective", PROGRAMS)
def test_values_and_gradients(objective: Objective) -> None:
    data, params = arguments(4, 3)
    obj = make_ad_fun(objective, data, params)
    for n, p in ((1, 1), (4, 3), (30, 5)):
        data, params = arguments(n, p)
        at = make_ad_fun(objective, data, params) if p != 3 else obj.with_data(data)
        point = at.par
        np.testing.assert_allclose(at.fn(), objective(**params, **data), rtol=1e-13)
        steps = 1e-6 * np.eye(len(point))
        slopes = [(at.fn(point + s) - at.fn(point - s)) / 2e-6 for s in steps]
        np.testing.assert_allclose(at.gr(), slopes, rtol=1e-6, atol=1e-7)
        slopes = [(at.gr(point + s) - at.gr(point - s)) / 2e-6 for s in steps]
        np.testing.assert_allclose(at.he(), slopes, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("objective", PROGRAMS)
def test_results_stay(objective: Objective) -> None:
    before = loops(objective)
    after = check(interchange(before))
    for n, p in ((0, 2), (4, 3), (3, 0)):
        data, params = arguments(n, p)
        if n or objective is not read_meanwhile:
            assert_same(run(after, {**data, **params}), run(before, {**data, **params}), objective.__name__)


@pytest.mark.parametrize("objective", PROGRAMS)
def test_which_are_changed(objective: Objective) -> None:
    before = loops(objective)
    after = interchange(before)
    assert (after is not before) == (objective in CHANGED)
    if objective in CHANGED:
        assert not inner_ends(after) & observations(after) and inner_ends(before) & observations(before)


def observations(function: Function) -> set[Operand]:
    """What is known as the number of observations."""
    data = (entry.item for entry in function.inputs if entry.role == "data")
    return {item.shape[0] for item in data if isinstance(item, Buffer)}


def inner_ends(function: Function) -> set[Operand]:
    """The ends of loops inside loops, apart from those of checks."""
    loops = [s for s in function.body.stmts if isinstance(s, For)]
    inner = [s for loop in loops for s in walk(loop.body.stmts) if isinstance(s, For)]
    return {s.stop for s in inner if any(isinstance(x, Load) for x in s.body.stmts)}
