"""What is computed once for all iterations of an outer loop, and what has to stay where it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adfun.ir.check import check
from adfun.ir.interpret import run
from adfun.ir.nodes import Error, For, Function, Let, Operand, Stmt, Var, f64, i64
from adfun.ir.walk import walk
from adfun.passes.adjoint import adjoint
from adfun.passes.tabulate import tabulate
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e
from tests.passes.ir_programs import Draft, size
from tests.passes.test_passes import assert_same

X, A = np.array([0.5, -1.0, 2.0, 0.1]), np.array([0.3, -0.2, 0.7])


def nested(stop: str = "k", *, guarded: bool = False, of: Any = e.exp, shift: bool = False) -> Function:
    """sum over i < n, k < `stop` of x[i] * of(2 a[k]), of all k or of those with k < i only."""
    d, n = Draft(), size("n")
    bound = size(stop)
    x, values = d.buffer("x", n), d.buffer("a", size("k") if stop != "k" else bound, role="param")
    if stop != "k":
        d.buffer("w", bound)
    b = d.b

    def row(i: Var, outer: tuple[Var, ...]) -> list[Operand]:
        def cell(k: Var, inner: tuple[Var, ...]) -> list[Operand]:
            def term() -> list[Operand]:
                place = b.op(a.iadd, k, i) if shift else k
                value = b.op(of, b.op(a.mul, f64(2.0), b.load(values, [place])))
                return [b.op(a.mul, b.load(x, [i]), value)]

            if not guarded:
                return [b.op(a.add, inner[0], term()[0])]
            found = b.if_else(b.op(a.ilt, k, i), term, lambda: [f64(0.0)])
            return [b.op(a.add, inner[0], found[0])]

        return list(b.for_loop(i64(0), bound, [outer[0]], cell))

    (result,) = b.for_loop(i64(0), n, [f64(0.0)], row)
    return d.finish(result)


def deepest(stmts: Any, op: Any) -> int:
    """In how many loops an operation stands at most; -1 where it is not found."""

    def depth(stmt: Stmt) -> int:
        if isinstance(stmt, For):
            inside = deepest(stmt.body.stmts, op)
            return inside + 1 if inside >= 0 else -1
        return 0 if any(isinstance(s, Let) and s.op is op for s in walk((stmt,))) else -1

    return max((depth(stmt) for stmt in stmts), default=-1)


@pytest.mark.parametrize("stop", ["k", "m"])
def test_a_table_is_made_before_the_outer_loop(stop: str) -> None:
    function = check(nested(stop))
    inputs = {"x": X, "a": A} if stop == "k" else {"x": X, "a": A, "w": A}
    before = run(function, inputs)
    made = check(tabulate(function))
    assert deepest(function.body.stmts, e.exp) == 2 and deepest(made.body.stmts, e.exp) == 1
    assert_same(run(made, inputs), before, "tabulate")
    gradients = [run(adjoint(f), inputs).buffers["g_a"] for f in (function, made)]
    np.testing.assert_allclose(gradients[1], gradients[0], rtol=1e-14)


def test_elements_that_are_left_out_do_not_spoil_the_gradient() -> None:
    """log(0) stays out of the sum, and its derivative; that of sin(inf) would come in as 0 times NaN."""
    inputs = {"x": X[:3], "a": np.array([0.4, 0.6, 0.0])}
    for of, made_again in ((e.log, True), (e.exp, True), (e.sin, False)):
        function = check(nested(guarded=True, of=of))
        made = check(tabulate(function))
        assert (deepest(made.body.stmts, of) == 1) is made_again
        last = {e.log: 0.0, e.exp: 500.0, e.sin: np.inf}[of]
        given = {**inputs, "a": np.array([0.4, 0.6, last])}
        before = run(adjoint(function), given)
        assert np.isfinite(before.buffers["g_a"]).all()
        assert_same(run(adjoint(made), given), before, "gradient")


def test_what_the_outer_loop_moves_stays() -> None:
    function = check(nested(shift=True))
    assert tabulate(function) is function


def test_no_iterations() -> None:
    made = tabulate(nested())
    assert run(made, {"x": X[:0], "a": A}).values[0] == 0.0
    assert run(made, {"x": X, "a": A[:0]}).values[0] == 0.0


@pytest.mark.parametrize("row", [0, 1, 2])
def test_a_row_by_a_known_number_gets_a_table(row: int) -> None:
    """But only where there is such a row: before the loops nothing has been checked."""
    d, n, m = Draft(), size("n"), size("m")
    b = d.b
    x, values = d.buffer("x", n), d.buffer("a", i64(2), m, role="param")

    def each(i: Var, outer: tuple[Var, ...]) -> list[Operand]:
        def cell(k: Var, inner: tuple[Var, ...]) -> list[Operand]:
            if row == 2:
                b.check(b.op(a.ilt, i, i64(0)), Error("IndexError", "no such row"))
            value = b.op(e.log, b.load(values, [i64(row), k]))
            return [b.op(a.add, inner[0], b.op(a.mul, b.load(x, [i]), value))]

        return list(b.for_loop(i64(0), m, [outer[0]], cell))

    (result,) = b.for_loop(i64(0), n, [f64(0.0)], each)
    function = check(d.finish(result))
    made = check(tabulate(function))
    assert deepest(made.body.stmts, e.log) == (2 if row == 2 else 1)
    inputs = {"x": X, "a": np.array([[1.0, 2.0, 3.0], [0.5, 0.7, 0.2]])}
    if row < 2:
        assert_same(run(made, inputs), run(function, inputs), "tabulate")
    nothing = {**inputs, "x": X[:0]}
    assert run(made, nothing).values == run(function, nothing).values
