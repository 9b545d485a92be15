"""Sums into two neighbouring rows: what two iterations have for one row is added in one place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adfun import make_ad_fun
from adfun.ir.check import check
from adfun.ir.interpret import run
from adfun.ir.nodes import Accum, For, Function, Operand, Var, f64, i64
from adfun.ir.walk import walk
from adfun.passes.meet import meet
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e
from tests.passes.ir_programs import Draft, size


def differences(kind: str = "rows", first: int = 0) -> Function:
    """for i in first..n: for j in 0..m: d = x[i + 1, j] - x[i, j];  g[i, j] -= d;  g[i + 1, j] += d"""
    draft, rows, m = Draft(), size("rows"), size("m")
    b, n = draft.b, draft.b.op(a.isub, rows, i64(1))
    x = draft.buffer("x", rows, m, role="param")
    g = draft.buffer("g_x", rows, m, role="gradient")

    def element(i: Operand, j: Operand, total: Operand) -> list[Operand]:
        later = b.op(a.iadd, i, i64(2 if kind == "far" else 1))
        row = i if kind == "far" else later
        difference = b.op(a.sub, b.load(x, [row, j]), b.load(x, [i, j]))
        if kind == "costly":
            difference = b.op(e.exp, difference)
        if kind == "running":
            difference = b.op(a.mul, difference, total)
        if kind == "read":
            difference = b.op(a.add, difference, b.load(g, [i, j]))
        b.accum(g, [i, j], b.op(a.neg, difference))
        b.accum(g, [later, j], difference)
        return [b.op(a.add, total, b.op(a.square, difference))]

    def outer(i: Var, c: tuple[Var, ...]) -> list[Operand]:
        return [b.for_loop(i64(0), m, [c[0]], lambda j, d: element(i, j, d[0]))[0]]

    stop = b.op(a.isub, n, i64(1)) if kind == "far" else n
    if kind == "columns":  # the loop over rows is inside

        def columns(j: Var, c: tuple[Var, ...]) -> list[Operand]:
            return [b.for_loop(i64(first), stop, [c[0]], lambda i, d: element(i, j, d[0]))[0]]

        (total,) = b.for_loop(i64(0), m, [f64(0.0)], columns)
    else:
        (total,) = b.for_loop(i64(first), stop, [f64(0.0)], outer)
    return draft.finish(total)


def most_sums(function: Function) -> int:
    """How many sums the innermost loop with the most of them has."""
    loops = [stmt for stmt in walk(function.body.stmts) if isinstance(stmt, For)]
    return max(sum(isinstance(s, Accum) for s in loop.body.stmts) for loop in loops)


@pytest.mark.parametrize("first", [0, 2])
@pytest.mark.parametrize("kind", ["rows", "columns"])
def test_rows_are_added_to_once(kind: str, first: int) -> None:
    function = check(differences(kind, first))
    made = check(meet(function))
    assert most_sums(function) == 2
    assert most_sums(made) == 1
    for n in (0, 1, 2, 3, 7):
        inputs = {"x": np.random.default_rng(n).normal(size=(n + 1, 3)), "rows": n + 1, "m": 3}
        before, after = run(function, inputs), run(made, inputs)
        np.testing.assert_allclose(after.values[0], before.values[0], rtol=1e-14)
        np.testing.assert_allclose(after.buffers["g_x"], before.buffers["g_x"], rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("kind", ["far", "costly", "running", "read"])
def test_others_stay(kind: str) -> None:
    function = differences(kind)
    assert meet(function) is function


WALK = """
import numpy as np
from scipy import stats

def objective(u, log_sd, y):
    sd = np.exp(log_sd)
    total = -np.sum(stats.norm.logpdf(y, u, 0.5))
    for t in range(1, len(u)):
        total -= np.sum(stats.norm.logpdf(u[t], u[t - 1], sd))
    total += 0.1 * np.sum((u[1:] - 0.9 * u[:-1]) ** 2)
    return total
"""


@pytest.mark.parametrize("columns", [2, 3, 8, 11])
@pytest.mark.parametrize("rows", [1, 2, 9, 40])
def test_random_walks_of_several_states(rows: int, columns: int) -> None:
    space: dict[str, Any] = {}
    exec(WALK, space)
    rng = np.random.default_rng(rows)
    y = rng.normal(size=(rows, columns))
    params = {"u": rng.normal(size=(rows, columns)), "log_sd": np.linspace(-1.0, 0.5, columns)}
    obj = make_ad_fun(WALK, {"y": y}, params)
    np.testing.assert_allclose(obj.fn(), space["objective"](**params, y=y), rtol=1e-12)
    slopes, x = obj.gr(obj.par), obj.par
    for place in range(0, x.size, 1 + x.size // 9):
        step = np.zeros(x.size)
        step[place] = 1e-6
        np.testing.assert_allclose(
            slopes[place], (obj.fn(x + step) - obj.fn(x - step)) / 2e-6, rtol=1e-5, atol=1e-6
        )
