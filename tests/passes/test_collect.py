"""Which sums get a row of their own, and that this changes no result."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adfun import make_ad_fun
from adfun.ir.check import check
from adfun.ir.interpret import run
from adfun.ir.nodes import Accum, Alloc, Function, Operand, Var, i64
from adfun.ir.walk import walk
from adfun.passes.collect import collect
from adfun.primitives import arithmetic as a
from tests.passes.ir_programs import Draft, size
from tests.passes.test_passes import assert_same

NONE: list[Operand] = []
X = np.random.default_rng(3).normal(size=(4, 2))


def differences(kind: str) -> Function:
    """g[i, k] += (x[i, k] - x[j, k])^2, and twice as much at j."""
    d, n, m = Draft(), size("n"), size("m")
    x, g = d.buffer("x", n, m), d.buffer("g", n, m, role="gradient")
    b = d.b

    def row(i: Var, _: Any) -> list[Operand]:
        def other(j: Var, _: Any) -> list[Operand]:
            def entry(k: Var, _: Any) -> list[Operand]:
                value = b.op(a.square, b.op(a.sub, b.load(x, [i, k]), b.load(x, [j, k])))
                if kind == "read":
                    b.report("g", b.load(g, [i, k]))
                column = b.op(a.isub, b.op(a.isub, m, i64(1)), k) if kind == "turned" else k
                b.accum(g, [i, column], value)
                if kind == "both":
                    b.accum(g, [j, k], b.op(a.add, value, value))
                return NONE

            b.for_loop(i64(0), i64(1) if kind == "part" else m, NONE, entry)
            return NONE

        b.for_loop(i64(0), i64(2) if kind == "few" else n, NONE, other)
        return NONE

    b.for_loop(i64(0), n, NONE, row)
    return d.finish(b.load(x, [i64(0), i64(0)]))


def rows(function: Function) -> int:
    """How many rows are collected in each iteration."""
    return sum(isinstance(stmt, Alloc) and stmt.zero for stmt in walk(function.body.stmts))


@pytest.mark.parametrize(
    ("kind", "count"), [("own", 1), ("both", 1), ("read", 0), ("turned", 0), ("part", 0), ("few", 0)]
)
def test_sums_of_a_row(kind: str, count: int) -> None:
    function = check(differences(kind))
    inputs: dict[str, Any] = {"x": X, "g": np.zeros((4, 2))}
    after = check(collect(function))
    assert rows(after) == count
    assert_same(run(after, inputs), run(function, inputs), kind)


def test_a_sum_in_every_iteration_has_no_row() -> None:
    """It would be added up once, and moved once more."""
    d, n, m = Draft(), size("n"), size("m")
    x, g = d.buffer("x", n, m), d.buffer("g", n, m, role="gradient")
    b = d.b

    def row(i: Var, _: Any) -> list[Operand]:
        def entry(k: Var, _: Any) -> list[Operand]:
            b.accum(g, [i, k], b.load(x, [i, k]))
            return NONE

        b.for_loop(i64(0), m, NONE, entry)
        return NONE

    b.for_loop(i64(0), n, NONE, row)
    function = d.finish(b.load(x, [i64(0), i64(0)]))
    after = collect(function)
    assert after is function and sum(isinstance(s, Accum) for s in walk(after.body.stmts)) == 1


def test_sums_without_an_index_stay() -> None:
    d, n = Draft(), size("n")
    x, g = d.buffer("x", n), d.buffer("g", role="gradient")

    def add(i: Var, _: Any) -> list[Operand]:
        d.b.accum(g, [], d.b.load(x, [i]))
        return NONE

    d.b.for_loop(i64(0), n, NONE, add)
    function = d.finish(d.b.load(x, [i64(0)]))
    assert collect(function) is function


def test_distances_between_all_rows() -> None:
    """Several blocks of lanes and what is left over, against the formula."""
    text = """
import numpy as np

def objective(x):
    d = x[:, None, :] - x[None, :, :]
    return np.sum(1 / (1 + np.sum(d**2, axis=2)))
"""
    x = np.random.default_rng(1).normal(size=(37, 3))
    obj = make_ad_fun(text, {}, {"x": x})
    d = x[:, None, :] - x[None, :, :]
    slope = -4 / (1 + np.sum(d**2, axis=2)) ** 2
    np.testing.assert_allclose(obj.gr().reshape(x.shape), np.sum(slope[:, :, None] * d, axis=1), rtol=1e-11)
