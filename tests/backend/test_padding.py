"""Rows that end where vectors end: recurrences over small arrays, against the interpreter and NumPy."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from tests.backend.native import Module, entry, flat
from tests.backend.test_statements import ALL, GS, GX, N, P, function, run, values

from adfun import make_ad_fun
from adfun.backend.lanes.cost import choose
from adfun.backend.padding import pad
from adfun.backend.usage import count_reads
from adfun.ir.builder import Builder
from adfun.ir.nodes import For, Function, Operand, Var, f64, i64
from adfun.ir.types import F64
from adfun.ir.walk import walk
from adfun.native import cpu
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary

INPUTS = (*ALL, GS, GX)


def recurrence(b: Builder, size: Operand, way: str) -> Operand:
    """for t: new[i] = tanh(sum_j old[j] / (i + j + 1)), stored in the way at hand; old[i] = new[i]"""
    old = b.alloc(F64, [size], zero=True)
    sums = b.alloc(F64, [size, size], zero=True)
    b.for_loop(i64(0), size, [], lambda i, _: b.store(old, [i], b.op(a.i2f, i)) or [])

    def turn(t: Var, c: tuple[Var, ...]) -> list[Operand]:
        new = b.alloc(F64, [size], zero=way == "arms")

        def row(i: Var, _: tuple[Var, ...]) -> list[Operand]:
            def element(j: Var, d: tuple[Var, ...]) -> list[Operand]:
                below = b.op(a.i2f, b.op(a.iadd, b.op(a.iadd, i, j), i64(1)))
                b.accum(sums, [j, i], below)
                return [b.op(a.add, d[0], b.op(a.div, b.load(old, [j]), below))]

            (made,) = b.for_loop(i64(0), size, [f64(0.1)], element)
            value = b.op(elementary.tanh, made)
            if way == "arms":
                low = b.op(a.lt, value, f64(0.5))
                twice = b.op(a.mul, f64(2.0), value)
                b.if_else(low, lambda: b.store(new, [i], twice) or [], list)
                b.accum(new, [i], value)
            else:
                b.store(new, [i], value)
            return []

        b.for_loop(i64(0), size, [], row)
        if way == "in parts":
            b.if_else(b.op(a.ilt, i64(1), size), lambda: b.store(new, [i64(1)], f64(0.7)) or [], list)
        b.for_loop(i64(0), size, [], lambda i, _: b.store(old, [i], b.load(new, [i])) or [])
        first = b.if_else(b.op(a.ilt, i64(0), size), lambda: [b.load(new, [i64(0)])], lambda: [f64(0.0)])
        return [b.op(a.add, c[0], first[0])]

    (last,) = b.for_loop(i64(0), P, [f64(0.0)], turn)

    def total(i: Var, c: tuple[Var, ...]) -> list[Operand]:
        def within(j: Var, d: tuple[Var, ...]) -> list[Operand]:
            return [b.op(a.add, d[0], b.load(sums, [i, j]))]

        return [b.op(a.add, b.for_loop(i64(0), size, [c[0]], within)[0], b.load(old, [i]))]

    return b.for_loop(i64(0), size, [last], total)[0]


def agree(fn: Function, n: int) -> Module:
    module, given = Module(entry(fn)), values(n)
    expected = run(fn, {k: v for k, v in given.items() if k in {i.name for i in INPUTS}})
    outcome = module.call("fn", given)
    assert outcome.status == 0
    wanted = np.array([float(v) for v in expected.values])
    np.testing.assert_allclose(outcome.values[: wanted.size], wanted, rtol=1e-13)
    gradient = flat(fn, expected.buffers)
    np.testing.assert_allclose(outcome.gradient[: gradient.size], gradient, rtol=1e-13)
    return module


@pytest.mark.parametrize("way", ["whole", "arms", "in parts"])
@pytest.mark.parametrize("n", [0, 1, 3, 7, 8, 9, 16, 21])
def test_rows_of_unknown_length(n: int, way: str) -> None:
    fn = function(lambda b: recurrence(b, N, way), INPUTS)
    assert "& (-8)" in agree(fn, n).emitted.text


@pytest.mark.parametrize("way", ["whole", "arms", "in parts"])
@pytest.mark.parametrize("k", [2, 3, 4, 5, 6, 7, 8, 9, 11, 16])
def test_rows_of_known_length(k: int, way: str) -> None:
    fn = function(lambda b: recurrence(b, i64(k), way), INPUTS)
    text = agree(fn, 3).emitted.text
    end = -(-k // 8) * 8
    assert (f"double b[{end}]" in re.sub(r"b\d+", "b", text)) == (k > 2)


def test_copies_run_in_lanes_where_they_read_whole_vectors() -> None:
    """What was written in parts as well is copied element by element."""
    for way, wanted in (("whole", True), ("arms", True), ("in parts", False)):
        fn = function(lambda b, way=way: recurrence(b, i64(5), way), INPUTS)
        plain = set(choose(fn, count_reads(fn.body)))
        padded, padding = pad(fn, plain)
        moved = [loop for loop in walk(padded.body.stmts) if isinstance(loop, For) and padding.copies(loop)]
        assert bool(moved) == wanted, way


STATES = """
import numpy as np
from scipy.special import logsumexp

def objective(log_rates, logits, y):
    k = len(log_rates)
    log_p = logits - logsumexp(logits, axis=1, keepdims=True)
    state = np.full(k, -np.log(k))
    for t in range(len(y)):
        state = logsumexp(state[:, None] + log_p, axis=0) + y[t] * log_rates - np.exp(log_rates)
        if y[t] > 4:
            state = state - 0.1 * state.max()
    return -logsumexp(state)
"""


@pytest.mark.parametrize("target", ["native", "generic", "x86-64-v3"])
def test_one_module_for_any_number_of_states(target: str) -> None:
    """Rows of unknown length are padded; the values are NumPy's, the slopes their differences."""
    if target == "x86-64-v3" and cpu.lacks(target):
        pytest.skip(f"no {target} here")
    space: dict[str, Any] = {}
    exec(STATES, space)
    rng = np.random.default_rng(8)
    data = {"y": rng.poisson(3.0, 19).astype(float)}
    for k in (1, 2, 3, 7, 8, 9, 17):
        params = {"log_rates": np.linspace(0.0, 2.0, k), "logits": rng.normal(size=(k, k))}
        obj = make_ad_fun(STATES, data, params, target=target)
        assert ("& (-8)" in obj.cpp) == (k > 1)
        x = obj.par
        np.testing.assert_allclose(obj.fn(x), space["objective"](**params, **data), rtol=1e-12)
        slopes = obj.gr(x)
        for place in range(0, x.size, 1 + x.size // 7):
            step = np.zeros(x.size)
            step[place] = 1e-6
            difference = (obj.fn(x + step) - obj.fn(x - step)) / 2e-6
            np.testing.assert_allclose(slopes[place], difference, rtol=1e-6, atol=1e-7)
