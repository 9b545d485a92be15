"""The visitors, and the copier with replaced variables and buffers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from adfun.ir.builder import Builder
from adfun.ir.check import check
from adfun.ir.interpret import run
from adfun.ir.nodes import Alloc, Block, Buffer, For, Function, If, Let, Load, Store, Var, f64, i64
from adfun.ir.printer import show
from adfun.ir.types import F64, I64
from adfun.ir.walk import Copier, defined, emit_block, operands, walk, written_within
from adfun.primitives import arithmetic as a
from tests.ir.test_printer import everything
from tests.passes import ir_programs
from tests.passes.ir_programs import Draft, size


def test_walk_is_in_program_order() -> None:
    kinds = [type(stmt).__name__ for stmt in walk(everything().body.stmts)]
    assert (
        kinds
        == (
            "Build Load Let KernelCall Let Check Alloc Alloc Alloc Grow For Load Store Accum While Let Let "
            "If Let If Store Report Report"
        ).split()
    )


def test_operands_and_definitions() -> None:
    stmts = everything().body.stmts
    for stmt in walk(stmts):
        if isinstance(stmt, Let):
            assert operands(stmt) == stmt.args
            assert defined(stmt) == (stmt.var,)
    loop = next(s for s in stmts if isinstance(s, For))
    assert operands(loop) == (i64(0), loop.stop, f64(0.0))
    assert defined(loop) == (loop.carried[0].result,)
    arm = next(s for s in stmts if isinstance(s, If))
    assert operands(arm) == (arm.cond,)


def test_written_within() -> None:
    stmts = everything().body.stmts
    assert {b.hint for b in written_within(stmts)} == {"h", "s", "g", "tape"}


@pytest.mark.parametrize("program", ir_programs.ALL, ids=lambda p: p.__name__)
def test_a_copy_means_the_same(program: Callable[[], ir_programs.Case]) -> None:
    case = program()
    copy = _copy(case.function)
    np.testing.assert_allclose(run(copy, case.inputs).values, run(case.function, case.inputs).values)
    theirs = {x for stmt in walk(case.function.body.stmts) for x in defined(stmt)}
    ours = {x for stmt in walk(copy.body.stmts) for x in defined(stmt)}
    assert theirs.isdisjoint(ours)


def test_everything_can_be_copied() -> None:
    once = _copy(everything())
    assert show(_copy(once)) == show(once)


def _copy(function: Function) -> Function:
    copier = Copier(Builder())
    yields = copier.block(function.body)
    return check(Function(function.name, function.inputs, copier.builder.finish(*yields)))


def test_replacement() -> None:
    d, n = Draft(), size()
    t = d.scalar("t")
    x, y = d.buffer("x", n), d.buffer("y", n)
    inner = Builder()
    block = inner.finish(inner.op(a.add, inner.load(x, [i64(0)]), t))
    (first,) = emit_block(d.b, block)
    (second,) = emit_block(d.b, block, {t: f64(2.0)}, {x: y})
    function = check(d.finish(first, second))
    values = run(function, {"t": 1.0, "x": [10.0], "y": [20.0]}).values
    assert values == (11.0, 22.0)


def test_copying_applies_what_the_builder_knows() -> None:
    """A condition that a replacement decides opens the arm; what is equal is shared."""
    d = Draft()
    t, u = d.scalar("t"), d.scalar("u")
    inner = Builder()
    (r,) = inner.if_else(inner.op(a.lt, t, u), lambda: [inner.op(a.mul, u, u)], lambda: [t])
    block = inner.finish(inner.op(a.add, r, inner.op(a.mul, u, u)))
    (value,) = emit_block(d.b, block, {t: f64(1.0), u: f64(3.0)})
    assert value is f64(18.0)


def test_exact_builder_hands_stores_on() -> None:
    """A stored value is known until the buffer changes, also past blocks that leave it alone."""
    d, n = Draft(), size()
    t = d.scalar("t")
    d.b = b = Builder(exact=True)
    y, z = b.alloc(F64, [n], zero=True), b.alloc(F64, [n], zero=True)
    b.store(y, [i64(0)], t)
    before = b.load(y, [i64(0)])
    copier = Copier(b)
    loop = _storing_loop(d, z)
    copier.stmt(loop)
    past_other = b.load(y, [i64(0)])
    past_own = b.load(z, [i64(0)])
    copier.stmt(loop)
    assert before is t
    assert past_other is t
    assert b.load(z, [i64(0)]) is not past_own
    kinds = [type(stmt) for stmt in b.scopes[0].stmts]
    assert kinds == [Alloc, Alloc, Store, For, Load, For, Load]


def _storing_loop(d: Draft, z: Buffer) -> For:
    index = Var(I64, "i")
    return For(index, i64(0), i64(3), (), Block((Store(z, (index,), f64(1.0), d.b.span),)), d.b.span)
