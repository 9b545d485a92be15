"""What leaves a loop because it is the same in every iteration, what stays, and which calls are shared."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adfun.ir.check import check
from adfun.ir.interpret import run
from adfun.ir.nodes import Buffer, For, Function, KernelCall, Operand, Var, f64, i64
from adfun.ir.types import F64, I64
from adfun.ir.walk import walk
from adfun.passes.adjoint import adjoint
from adfun.passes.fuse import fuse
from adfun.passes.invariant import hoist
from adfun.passes.lower import lower
from adfun.passes.settle import settle
from adfun.passes.simplify import simplify
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e
from adfun.primitives import kernels
from adfun.primitives.loops import accumulate
from tests.passes.ir_programs import Draft, size, total
from tests.passes.test_passes import assert_same
from tests.passes.test_simplify import expect

SPD = np.array([[2.0, 0.3], [0.3, 1.5]])


def calls(stmts: Any) -> list[str]:
    return [stmt.kernel.name for stmt in stmts if isinstance(stmt, KernelCall)]


def log_densities(square: bool) -> tuple[Function, dict[str, Any]]:
    """sum over t of log(det L) - |L^-1 x_t|^2, with everything about the covariance inside the loop."""
    d, n, m, k = Draft(), size("n"), size("m"), size("k")
    c = d.buffer("c", k, k if square else size("l"), role="param")
    x = d.buffer("x", n, m)
    b = d.b

    def step(t: Var, carried: tuple[Var, ...]) -> list[Operand]:
        matrix = b.build(F64, c.shape, lambda ij: b.op(a.mul, f64(2.0), b.load(c, ij)))
        factor, _ = b.call(kernels.cholesky, (matrix,), [(F64, c.shape), I64])
        assert isinstance(factor, Buffer)
        row = b.build(F64, (k,), lambda i: b.op(a.mul, b.load(x, (t, i64(0))), b.load(c, (i[0], i64(0)))))
        solved = kernels.solve_triangle(b, factor, row, True, False)
        squares = total(b, k, lambda i: b.op(a.square, b.load(solved, [i])))
        logs = total(b, k, lambda i: b.op(e.log, b.load(factor, [i, i])))
        return [b.op(a.add, carried[0], b.op(a.sub, logs, squares))]

    (result,) = b.for_loop(i64(0), n, [f64(0.0)], step)
    return d.finish(result), {"c": SPD, "x": np.arange(6.0).reshape(3, 2)}


def test_a_factorisation_leaves_the_loop_and_is_differentiated_once() -> None:
    function, inputs = log_densities(square=True)
    before = run(check(function), inputs)
    made = check(hoist(function))
    assert_same(run(made, inputs), before, "hoist")
    assert calls(made.body.stmts) == ["cholesky"]
    (loop,) = [s for s in made.body.stmts if isinstance(s, For) and calls(walk((s,)))]
    assert calls(walk((loop,))) == ["trsolve"]
    assert not any(stmt.op is e.log for stmt in walk((loop,)) if hasattr(stmt, "op"))
    gradient = adjoint(fuse(lower(made)))
    assert calls(gradient.body.stmts) == ["cholesky", "cholesky_adjoint"]
    empty = {**inputs, "x": np.zeros((0, 2))}
    assert run(made, empty).values[0] == 0.0


def test_a_call_whose_sizes_a_check_stands_for_stays() -> None:
    function, _ = log_densities(square=False)
    assert "cholesky" not in calls(hoist(function).body.stmts)


def test_what_reads_changing_storage_stays() -> None:
    d, n = Draft(), size()
    x = d.buffer("x", n)
    b = d.b
    state = b.alloc(F64, (n,), zero=True, hint="state")

    def step(t: Var, s: tuple[Var, ...]) -> list[Operand]:
        b.store(state, (t,), b.load(x, (t,)))
        return [b.op(a.add, s[0], total(b, n, lambda i: b.load(state, [i])))]

    (result,) = b.for_loop(i64(0), n, [f64(0.0)], step)
    function = check(d.finish(result))
    assert hoist(function) is function


def test_equal_calls_are_one() -> None:
    d, n = Draft(), size()
    x = d.buffer("x", n, n)
    b = d.b
    one, two = (kernels.product(b, x, x) for _ in range(2))
    other = kernels.product(b, x, x, True)
    values = [b.load(y, (i64(0), i64(0))) for y in (one, two, other)]
    function = simplify(d.finish(b.op(a.add, b.op(a.mul, values[0], values[1]), values[2])))
    assert calls(function.body.stmts) == ["gemm", "gemm"]
    x00 = SPD[0] @ SPD[:, 0]
    assert run(function, {"x": SPD}).values[0] == pytest.approx(x00 * x00 + x00)


def test_first_sums_become_stores_and_copies_go() -> None:
    d, n = Draft(), size()
    x, out = d.buffer("x", n), d.buffer("out", n, role="output")
    b = d.b
    copy, sums = (b.alloc(F64, (n,), zero=True, hint=hint) for hint in ("copy", "sums"))
    accumulate(b, copy, lambda i: b.load(x, i))
    accumulate(b, sums, lambda i: b.op(e.exp, b.load(copy, i)))
    b.accum(sums, (i64(0),), f64(1.0))
    accumulate(b, out, lambda i: b.load(sums, i))
    expect(
        simplify(settle(d.finish())),
        """
        alloc sums: f64[n]
        for i in 0..n:
          copy = x[i]
          %1 = exp(copy)
          sums[i] = %1
        sums[0] += 1.0
        for i.2 in 0..n:
          sums.2 = sums[i.2]
          out[i.2] = sums.2
        """,
    )


def test_a_sum_that_reaches_elements_twice_stays() -> None:
    d, n = Draft(), size()
    x, out = d.buffer("x", n, n), d.buffer("out", n, role="output")
    b = d.b
    sums, square = b.alloc(F64, (n,), zero=True), b.alloc(F64, (n, n), zero=True)

    def row(i: Var, _: tuple[Var, ...]) -> list[Operand]:
        b.accum(square, (i, i), f64(1.0))

        def cell(j: Var, _: tuple[Var, ...]) -> list[Operand]:
            b.accum(sums, (j,), b.load(x, (i, j)))
            b.accum(square, (i, j), b.load(x, (i, j)))
            return []

        b.for_loop(i64(0), n, (), cell)
        return []

    b.for_loop(i64(0), n, (), row)
    b.accum(out, (i64(0),), f64(1.0))
    accumulate(b, out, lambda i: b.op(a.mul, b.load(sums, i), b.load(square, (i[0], i[0]))))
    function = check(d.finish())
    assert settle(function) is function
