"""What is kept from one loop for the next, and that this changes no result."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adfun.ir.check import check
from adfun.ir.interpret import run
from adfun.ir.nodes import Buffer, Function, Let, Load, Operand, Var, f64, i64
from adfun.ir.types import F64
from adfun.ir.walk import walk
from adfun.passes.share import share
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e
from tests.passes.ir_programs import Draft, size, total
from tests.passes.test_passes import assert_same


def softmax(kind: str) -> Function:
    """In every row the exponentials are summed up, then divided by the sum."""
    d, n, m = Draft(), size("n"), size("m")
    x, g = d.buffer("x", n, m), d.buffer("g", m, role="gradient")
    b = d.b

    def row(t: Var, _: Any) -> list[Operand]:
        work = b.alloc(F64, (m,), zero=False)

        def fill(k: Var, _: Any) -> list[Operand]:
            b.store(work, [k], b.op(a.mul, b.load(x, [t, k]), f64(0.5)))
            return []

        b.for_loop(i64(0), m, [], fill)
        s = total(b, m, lambda k: b.op(e.exp, b.load(work, [k])))
        if kind == "changed":
            b.for_loop(i64(0), m, [], fill)
            b.store(work, [i64(0)], s)

        def share_out(k: Var, _: Any) -> list[Operand]:
            place = b.op(a.iadd, b.op(a.ineg, k), i64(2)) if kind == "reversed" else k
            b.accum(g, [k], b.op(a.div, b.op(e.exp, b.load(work, [place])), s))
            return []

        b.for_loop(i64(0), m, [], share_out)
        return []

    if kind == "outside":
        row(b.op(a.iadd, i64(1), i64(0)), ())  # type: ignore[arg-type]
    else:
        b.for_loop(i64(0), n, [], row)
    return d.finish(f64(0.0))


@pytest.mark.parametrize(
    ("kind", "shared"), [("plain", True), ("changed", False), ("reversed", False), ("outside", False)]
)
def test_exponentials_are_computed_once(kind: str, shared: bool) -> None:
    function = softmax(kind)
    after = check(share(function), "share")
    count = sum(isinstance(stmt, Let) and stmt.op is e.exp for stmt in walk(after.body.stmts))
    assert count == (1 if shared else 2)
    inputs = {"x": np.random.default_rng(1).normal(size=(4, 3)), "g": np.zeros(3)}
    assert_same(run(after, inputs), run(function, inputs), kind)


def products(kind: str) -> Function:
    """For every t the rows of a matrix times a vector, squared and summed up, then used again."""
    d, n, m, p = Draft(), size("n"), size("m"), size("p")
    x, q = d.buffer("x", n, p), d.buffer("q", m, m, p, role="param")
    g = d.buffer("g", m, m, role="gradient")
    b = d.b

    def row(t: Var, c: Any) -> list[Operand]:
        def centred(k: Var) -> Buffer:
            work = b.alloc(F64, (p,), zero=False)

            def fill(i: Var, _: Any) -> list[Operand]:
                shift = b.op(a.i2f, t if kind == "other shift" and k is second else k)
                b.store(work, [i], b.op(a.sub, b.load(x, [t, i]), shift))
                return []

            b.for_loop(i64(0), p, [], fill)
            if kind == "changed":
                b.store(work, [i64(0)], b.op(a.i2f, i64(k is second)))
            return work

        second: Var | None = None

        def element(work: Buffer, k: Operand, j: Var) -> Operand:
            return total(b, p, lambda i: b.op(a.mul, b.load(work, [i]), b.load(q, [k, j, i])))

        def squares(k: Var, s: tuple[Var, ...]) -> list[Operand]:
            work = centred(k)
            return [b.op(a.add, s[0], total(b, m, lambda j: b.op(a.square, element(work, k, j))))]

        (top,) = b.for_loop(i64(0), m, [f64(0.0)], squares)

        def again(k: Var, _: Any) -> list[Operand]:
            nonlocal second
            second = k
            work = centred(k)

            def use(j: Var, _: Any) -> list[Operand]:
                b.accum(g, [k, j], b.op(a.div, element(work, k, j), top))
                return []

            return list(b.for_loop(i64(0), m, [], use))

        b.for_loop(i64(0), m, [], again)
        return [b.op(a.add, c[0], top)]

    return d.finish(*b.for_loop(i64(0), n, [f64(0.0)], row))


@pytest.mark.parametrize(("kind", "shared"), [("plain", True), ("other shift", False), ("changed", False)])
def test_what_inner_loops_add_up_is_kept(kind: str, shared: bool) -> None:
    function = products(kind)
    after = check(share(function), "share")
    count = sum(isinstance(stmt, Load) and stmt.buffer.hint == "q" for stmt in walk(after.body.stmts))
    assert count == (1 if shared else 2)
    rng = np.random.default_rng(2)
    inputs = {"x": rng.normal(size=(4, 2)), "q": rng.normal(size=(3, 3, 2)), "g": np.zeros((3, 3))}
    assert_same(run(after, inputs), run(function, inputs), kind)


def test_recurrences_are_not_taken_for_each_other() -> None:
    """exp of a carried value, in two loops that carry different things."""
    d, n, m = Draft(), size("n"), size("m")
    x, g = d.buffer("x", n, m), d.buffer("g", m, role="gradient")
    b = d.b

    def row(t: Var, c: Any) -> list[Operand]:
        def loop(factor: float) -> Operand:
            def step(k: Var, s: tuple[Var, ...]) -> list[Operand]:
                grown = b.op(a.add, s[0], b.op(a.mul, f64(factor), b.load(x, [t, k])))
                b.accum(g, [k], b.op(e.exp, grown))
                return [grown]

            return b.for_loop(i64(0), m, [f64(0.0)], step)[0]

        return [b.op(a.add, c[0], b.op(a.add, loop(0.5), loop(0.25)))]

    function = d.finish(*b.for_loop(i64(0), n, [f64(0.0)], row))
    inputs = {"x": np.random.default_rng(3).normal(size=(4, 3)), "g": np.zeros(3)}
    assert_same(run(check(share(function), "share"), inputs), run(function, inputs), "")
