"""Which loops are split around their recurrence, and that this changes no result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adfun import make_ad_fun
from adfun.ir.check import check
from adfun.ir.interpret import run
from adfun.ir.nodes import For, Function, Operand, Var, f64, i64
from adfun.ir.walk import walk
from adfun.passes.split import split
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e
from tests.passes.ir_programs import Draft, size
from tests.passes.test_passes import assert_same

Y = np.random.default_rng(3).normal(size=40)
INPUTS = {"start": 1.5, "x": np.abs(Y)}


def volatility(*, costly: bool) -> Function:
    """A recurrence in h, and a sum over terms of h."""
    d, n = Draft(), size()
    start = d.scalar("start")
    x = d.buffer("x", n)
    b = d.b

    def step(t: Var, carried: tuple[Var, ...]) -> list[Operand]:
        h, total = carried
        value = b.load(x, [t])
        term = b.op(e.log, h) if costly else h
        following = b.op(a.add, b.op(a.mul, f64(0.9), h), b.op(a.square, value))
        return [following, b.op(a.add, total, b.op(a.sub, term, value))]

    _, total = b.for_loop(i64(0), n, [start, f64(0.0)], step)
    return d.finish(total)


def loops(function: Function) -> list[For]:
    return [stmt for stmt in walk(function.body.stmts) if isinstance(stmt, For)]


def test_what_the_recurrence_does_not_need_follows_it() -> None:
    function = volatility(costly=True)
    after = check(split(function), "split")
    core, rest = loops(after)
    assert len(core.carried) == len(rest.carried) == 1
    assert e.log in {getattr(stmt, "op", None) for stmt in rest.body.stmts}
    assert_same(run(after, INPUTS), run(function, INPUTS), "split")


def test_cheap_work_stays() -> None:
    function = volatility(costly=False)
    assert split(function) is function


# -- whole objectives -------------------------------------------------------------------------------


def garch(y: Any, a: float, b: float) -> Any:
    h, nll = 1.0, 0.0
    for t in range(len(y)):
        nll += np.log(h) + (y[t] - a) ** 2 / h
        h = 0.1 + np.exp(a) * y[t] ** 2 + b**2 * h
    return nll + h


def needed_at_once_and_later(y: Any, a: float, b: float) -> Any:
    h, total = 1.0, 0.0
    for t in range(len(y)):
        z = 0.9 * h
        total += np.log(z) + np.exp(-z * y[t] ** 2) * a
        h = z + 0.1 + b * y[t] ** 2
    return total + h


def state_in_an_array(y: Any, a: float, b: float) -> Any:
    state, total = np.array([a, b, a * b]), 0.0
    for t in range(1, len(y)):
        push = np.exp(-np.abs(y[t] - np.array([a, 0.5, b]))) + np.sin(y[t - 1] * b)
        state = np.array([state[1], state[2], np.tanh(state[0])]) + 0.3 * push
        total += np.log1p(state[0] ** 2) * np.exp(-y[t] * a)
    return total + np.sum(state)


def shift_register(y: Any, a: float, b: float) -> Any:
    before, earlier, total = a, b, 0.0
    for t in range(3, len(y) - 2):
        total += np.exp(-((y[t] - before) ** 2)) * np.cos(earlier - b)
        earlier = before
        before = y[t] * a
    return total + before * earlier


def extreme_so_far(y: Any, a: float, b: float) -> Any:
    most, total = -np.inf, 0.0
    for t in range(len(y)):
        most = np.maximum(most, np.exp(a * y[t]) + np.log1p(np.exp(b * y[t])))
        total += np.sqrt(1 + most**2) / (1 + np.exp(-most))
    return total


def stored_on_the_way(y: Any, a: float, b: float) -> Any:
    path, costs = np.zeros(len(y)), np.zeros(len(y))
    x = a
    for t in range(len(y)):
        x = b * x + y[t]
        path[t] = x
        costs[t] = np.exp(-(x**2)) * np.log1p(np.exp(x)) + np.sin(path[t])
        if x > 0.5:
            costs[t] += np.exp(-x) * np.cos(a * x)
    return np.sum(costs * path[::-1])


def history(y: Any, a: float, b: float) -> Any:
    path, total = np.zeros(len(y)), 0.0
    path[0] = a
    for t in range(1, len(y)):
        path[t] = b * path[t - 1] + y[t]
        total += np.exp(-(path[t] ** 2)) * np.log1p(np.exp(path[t - 1]))
    return total


def nothing_to_do(y: Any, a: float, b: float) -> Any:
    h, total = a, 0.0
    for t in range(len(y) - 1000):
        total += np.log(h) + np.exp(h * y[t])
        h = b * h + y[t]
    return total + h


@pytest.mark.parametrize(
    "objective",
    [
        garch,
        needed_at_once_and_later,
        state_in_an_array,
        shift_register,
        extreme_so_far,
        stored_on_the_way,
        history,
        nothing_to_do,
    ],
    ids=lambda f: f.__name__,
)
def test_objectives_stay(objective: Callable[..., Any]) -> None:
    params = {"a": 0.3, "b": 0.6}
    compiled = make_ad_fun(objective, {"y": Y}, params)
    x, step = np.array(list(params.values())), 1e-6
    assert compiled.fn(x) == pytest.approx(objective(Y, *x), rel=1e-12)
    slopes = [(objective(Y, *(x + d)) - objective(Y, *(x - d))) / (2 * step) for d in step * np.eye(2)]
    np.testing.assert_allclose(compiled.gr(x), slopes, rtol=2e-6, atol=1e-7)
    shift = np.array([step, 0.0])
    curvature = (compiled.gr(x + shift) - compiled.gr(x - shift)) / (2 * step)
    np.testing.assert_allclose(compiled.he(x)[0], curvature, rtol=2e-6, atol=1e-6)


def test_a_check_still_comes_before_what_it_guards() -> None:
    def objective(y: Any, pick: Any, a: float) -> Any:
        h, total = 1.0, 0.0
        for t in range(len(pick)):
            if h < 0.5:
                raise ValueError("too small")
            total += np.exp(-a * y[pick[t]]) * np.log1p(np.exp(y[pick[t]])) + np.log(h)
            h = h * 0.9 + a
        return total

    compiled = make_ad_fun(objective, {"y": Y, "pick": np.array([1, 5, 7, 100_000_000])}, {"a": 0.0})
    with pytest.raises(IndexError):
        compiled.fn([1.0])
    with pytest.raises((IndexError, ValueError)):
        compiled.fn([-1.0])
