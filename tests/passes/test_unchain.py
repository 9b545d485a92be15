"""Which sums start anew, and that they come out the same."""

from __future__ import annotations

from typing import Any

import numpy as np

from adfun.ir.check import check
from adfun.ir.interpret import run
from adfun.ir.nodes import For, Function, Operand, Var, f64, i64
from adfun.ir.walk import walk
from adfun.passes.fuse import fuse
from adfun.passes.unchain import unchain
from adfun.primitives import arithmetic as a
from tests.passes.ir_programs import Draft, size


def two_sums(*, alone: bool = True, other_range: bool = False) -> Function:
    """The sum of x, and from there on that of x y; unless `alone`, terms depend on the sum so far."""
    d, n = Draft(), size()
    m = size("m") if other_range else n
    x, y, b = d.buffer("x", n, role="param"), d.buffer("y", m), d.b

    def first(i: Var, total: tuple[Var, ...]) -> list[Operand]:
        return [b.op(a.add, total[0], b.load(x, [i]))]

    def second(i: Var, total: tuple[Var, ...]) -> list[Operand]:
        term = b.op(a.mul, b.load(x, [i]), b.load(y, [i]))
        return [b.op(a.add, total[0], term if alone else b.op(a.mul, term, total[0]))]

    (total,) = b.for_loop(i64(0), n, [f64(0.5)], first)
    (total,) = b.for_loop(i64(0), m, [total], second)
    return d.finish(total, f64(1.0))


def inputs(count: int, **sizes: int) -> dict[str, Any]:
    rng = np.random.default_rng(3)
    return {"x": rng.normal(size=count), "y": rng.normal(size=count), "n": count, **sizes}


def loops_in(function: Function) -> int:
    return sum(isinstance(stmt, For) for stmt in walk(function.body.stmts))


def test_sums_over_the_same_range_become_one_loop() -> None:
    function = two_sums()
    assert loops_in(fuse(function)) == 2
    made = check(fuse(check(unchain(function))))
    assert loops_in(made) == 1
    for count in (0, 1, 7):
        given = inputs(count)
        want = 0.5 + given["x"].sum() + given["x"] @ given["y"]
        np.testing.assert_allclose(run(made, given).values[0], want, rtol=1e-14)


def test_others_go_on() -> None:
    for function in (two_sums(alone=False), two_sums(other_range=True)):
        assert unchain(function) is function
