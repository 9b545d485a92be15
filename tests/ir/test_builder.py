"""What a builder knows of memory, and how far out it emits."""

from __future__ import annotations

from adfun.ir.builder import Builder
from adfun.ir.nodes import Alloc, For, Operand, Store, Var, f64, i64
from adfun.ir.types import F64, I64
from adfun.primitives import arithmetic as a


def test_a_store_at_a_known_place_leaves_others_known() -> None:
    b = Builder(exact=True)
    x = b.alloc(F64, (i64(2), i64(2)), zero=True)
    b.store(x, (i64(0), i64(0)), f64(1.0))
    b.store(x, (i64(0), i64(1)), f64(2.0))
    assert b.load(x, (i64(0), i64(0))) == f64(1.0)
    b.store(x, (i64(0), i64(0)), f64(3.0))
    assert b.load(x, (i64(0), i64(0))) == f64(3.0)
    assert b.load(x, (i64(0), i64(1))) == f64(2.0)


def test_a_store_at_any_place_leaves_nothing_known() -> None:
    k = Var(I64, "k")
    for index in ((k, i64(0)), (i64(1),)):  # (the second: by row-major position)
        b = Builder(exact=True)
        x = b.alloc(F64, (i64(2), i64(2)), zero=True)
        b.store(x, (i64(0), i64(1)), f64(2.0))
        b.store(x, index, f64(5.0))
        assert isinstance(b.load(x, (i64(0), i64(1))), Var)


def test_a_store_at_a_known_place_changes_what_stands_at_a_variable_one() -> None:
    b, k = Builder(exact=True), Var(I64, "k")
    x = b.alloc(F64, (i64(2),), zero=True)
    before = b.load(x, (k,))
    assert b.load(x, (k,)) is before
    b.store(x, (i64(0),), f64(1.0))
    assert b.load(x, (k,)) is not before


def test_what_an_arm_stores_is_unknown_after_it() -> None:
    b, k = Builder(exact=True), Var(I64, "k")
    x = b.alloc(F64, (i64(2),), zero=True)
    b.store(x, (i64(0),), f64(1.0))
    b.store(x, (i64(1),), f64(2.0))

    def then() -> list[Operand]:
        b.store(x, (i64(0),), f64(3.0))
        return []

    b.if_else(b.op(a.ilt, k, i64(5)), then, list)
    assert isinstance(b.load(x, (i64(0),)), Var)
    assert b.load(x, (i64(1),)) == f64(2.0)


def test_further_out_is_before_the_loops_that_change_nothing_of_it() -> None:
    b, n = Builder(), Var(I64, "n")

    def body(i: Var, _: tuple[Var, ...]) -> list[Operand]:
        with b.further_out([f64(1.0)]):
            table = b.alloc(F64, (i64(1),), zero=False)
            b.store(table, (i64(0),), f64(1.0))
        with b.further_out([i]):
            b.store(table, (i64(0),), b.op(a.i2f, i))
        return []

    b.for_loop(i64(0), n, [], body)
    outside = b.finish().stmts
    assert [type(stmt) for stmt in outside] == [Alloc, Store, For]
    assert isinstance(outside[-1], For) and any(isinstance(stmt, Store) for stmt in outside[-1].body.stmts)
