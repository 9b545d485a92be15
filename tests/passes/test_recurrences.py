"""Loops that count, that differ at first, and that hand values on through memory."""

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
from adfun.ir.nodes import For, Function, If, Load, While
from adfun.ir.types import I64
from adfun.ir.walk import walk, written
from adfun.passes.peel import peel
from adfun.passes.relay import relay
from adfun.passes.simplify import simplify
from tests.passes.test_passes import assert_same

Objective = Callable[..., Any]


def lag_one(a, b, x):
    h = np.zeros(len(x) + 1)
    h[0] = a
    for t in range(len(x)):
        h[t + 1] = 0.5 + b * h[t] + x[t]
    return np.sum(np.log(1.0 + h**2))


def from_one(a, b, x):
    h = np.zeros(len(x))
    h[:] = a
    for t in range(1, len(x)):
        h[t] = 0.5 + b * np.sin(h[t - 1]) * x[t]
    return np.sum(h**2)


def lag_three(a, b, x):
    h = np.zeros(len(x) + 3)
    h[1] = a
    for t in range(3, len(x) + 3):
        h[t] = b * h[t - 1] - 0.3 * h[t - 3] + x[t - 3] * a
    return np.sum(h**2)


def backwards(a, b, x):
    n = len(x)
    h = np.zeros(n + 1)
    h[n] = a
    for t in range(n - 1, -1, -1):
        h[t] = np.tanh(b * h[t + 1] + x[t])
    return np.sum(h)


def two_states(a, b, x):
    z = np.zeros((len(x) + 1, 2))
    z[0] = [a, 1.0]
    for t in range(len(x)):
        new = b * z[t, 0] * z[t, 1]
        z[t + 1, 0] = z[t, 0] - new + x[t]
        z[t + 1, 1] = 0.7 * z[t, 1] + np.sin(new)
    return np.sum(z**2)


def stored_twice(a, b, x):
    """The second store is the one that the next iteration sees."""
    h = np.zeros(len(x) + 2)
    for t in range(len(x)):
        h[t + 2] = a * x[t]
        h[t + 1] = b * np.cos(h[t]) + h[t + 1]
    return np.sum(h**2)


def corrected(a, b, x):
    """Of two stores to one place the last one counts."""
    z = np.zeros((len(x) + 1, 2))
    z[0] = [a, 1.0]
    for t in range(len(x)):
        z[t + 1] = [z[t, 1] * b, np.sin(z[t, 0]) + x[t]]
        z[t + 1] /= 1.0 + np.sum(z[t + 1] ** 2)
    return np.sum(z**2)


def read_after(a, b, x):
    """What was stored in this iteration is not what the one before left."""
    h = np.zeros(len(x) + 1)
    h[0] = a
    for t in range(len(x)):
        before = h[t]
        h[t] = before * b
        h[t + 1] = h[t] + before * x[t]
    return np.sum(h**2)


def elsewhere(a, b, x):
    """A store at a place that data decide may be any."""
    h = np.zeros(len(x) + 1)
    h[0] = a
    for t in range(len(x)):
        h[int(abs(x[t])) % (len(x) + 1)] = b
        h[t + 1] = h[t] * 0.5 + x[t]
    return np.sum(h**2)


def sometimes(a, b, x):
    h = np.zeros(len(x) + 1)
    h[0] = a
    for t in range(len(x)):
        if x[t] > 0:
            h[t + 1] = h[t] * b + 1.0
    return np.sum(h**2)


def first_is_given(a, b, x):
    h = np.zeros(len(x))
    for t in range(len(x)):
        if t == 0:
            h[t] = a
        else:
            h[t] = a + b * h[t - 1] * x[t]
    return np.sum(np.log(1.0 + h**2))


def appended(a, b, x):
    e = []
    for t in range(len(x)):
        if t > 0:
            e.append(x[t] - a - b * e[t - 1])
        else:
            e.append(x[0] - a)
    return np.sum(np.array(e) ** 2)


def last_item(a, b, x):
    s = [a]
    for value in x:
        s.append(0.9 * s[-1] + b * value)
    return np.sum(np.array(s[1:]) ** 2)


def ternary(a, b, x):
    total, h = 0.0, np.zeros(len(x))
    for t in range(len(x)):
        before = h[t - 1] if t >= 1 else a
        h[t] = np.sin(before) * b + x[t]
        total += h[t] ** 2
    return total


def nested(a, b, x):
    s = [a]
    for i in range(3):
        for j in range(len(x)):
            s.append(np.sin(s[-1]) * b + x[j] * i)
    return np.sum(np.array(s))


def counted(a, b, x):
    k, total = 0, a
    while k < len(x):
        total += np.sin(b * x[k])
        k += 1
    return total * k


def counted_down(a, b, x):
    k, total = len(x) - 1, a
    while k >= 0:
        total = np.sin(total) + b * x[k]
        k -= 2
    return total + k * a


def counted_ahead(a, b, x):
    k, total = 0, a
    while k + 2 <= len(x):
        total += b * x[k] * x[k + 1]
        k += 3
    return total * (1 + k)


def halving(a, b, x):
    k, total = len(x), a
    while k > 1:
        total += b * k
        k = k // 2
    return total


PROGRAMS: dict[str, Objective] = {
    f.__name__: f
    for f in (
        lag_one, from_one, lag_three, backwards, two_states, stored_twice, corrected, read_after, elsewhere,
        sometimes, first_is_given, appended, last_item, ternary, nested, counted, counted_down, counted_ahead,
        halving,
    )
}  # fmt: skip
CHANGED = {
    "relay": {
        "lag_one", "from_one", "lag_three", "backwards", "two_states", "stored_twice", "corrected",
        "last_item", "first_is_given", "appended", "ternary", "nested",
    },
    "peel": {"first_is_given", "appended", "ternary"},
}  # fmt: skip
X = np.random.default_rng(7).normal(size=9)
PARAMS = {"a": 0.4, "b": 0.8}


def arguments(n: int) -> dict[str, Any]:
    return {"x": X[:n]}


def built(name: str) -> Function:
    data = {k: describe(k, value) for k, value in arguments(5).items()}
    params = {k: describe_param(k, value) for k, value in PARAMS.items()}
    return entry.build(read(PROGRAMS[name]), data, params).function


@pytest.mark.parametrize("name", PROGRAMS)
def test_values_and_gradients(name: str) -> None:
    function = PROGRAMS[name]
    obj = make_ad_fun(function, arguments(5), PARAMS)
    for n in (2, 3, 5, 9):
        at = obj.with_data(arguments(n))
        point = np.array([0.3, 0.7])
        np.testing.assert_allclose(at.fn(point), function(*point, X[:n]), rtol=1e-13)
        slopes = [(at.fn(point + s) - at.fn(point - s)) / 2e-6 for s in 1e-6 * np.eye(2)]
        np.testing.assert_allclose(at.gr(point), slopes, rtol=1e-7, atol=1e-8)
        slopes = [(at.gr(point + s) - at.gr(point - s)) / 2e-6 for s in 1e-6 * np.eye(2)]
        np.testing.assert_allclose(at.he(point), slopes, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", PROGRAMS)
def test_passes_change_no_result(name: str) -> None:
    function = check(built(name))
    small = check(simplify(function))
    peeled = check(peel(small))
    relayed = check(relay(peeled))
    assert (peeled is not small) == (name in CHANGED["peel"])
    assert (relayed is not peeled) == (name in CHANGED["relay"])
    for n in (0, 1, 2, 5):
        inputs = {**arguments(n), **PARAMS}
        for made in (small, peeled, relayed):
            assert_same(run(made, inputs), run(function, inputs), name)


@pytest.mark.parametrize("name", sorted(CHANGED["relay"] - {"stored_twice", "corrected"}))
def test_no_value_goes_through_memory(name: str) -> None:
    function = relay(peel(simplify(built(name))))
    for loop in walk(function.body.stmts):
        if isinstance(loop, For):
            stored = {b for s in walk(loop.body.stmts) if not isinstance(s, Load) for b in written(s)}
            assert not [s for s in walk(loop.body.stmts) if isinstance(s, Load) and s.buffer in stored]
            assert not any(isinstance(s, If) for s in loop.body.stmts)
            assert not [c for c in loop.carried if c.param.type is I64]


@pytest.mark.parametrize("name", ["counted", "counted_down", "counted_ahead", "halving"])
def test_counting_while_becomes_for(name: str) -> None:
    stmts = list(walk(simplify(built(name)).body.stmts))
    assert any(isinstance(s, While) for s in stmts) == (name == "halving")
