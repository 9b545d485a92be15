"""The checker accepts well-formed functions and names the statement that breaks a rule."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from adfun.diagnostics.internal import InternalError
from adfun.diagnostics.spans import NOWHERE
from adfun.ir.check import check
from adfun.ir.nodes import (
    Accum,
    Alloc,
    Block,
    Buffer,
    Build,
    Carried,
    Check,
    Error,
    For,
    Function,
    Grow,
    If,
    Input,
    Let,
    Load,
    Stmt,
    Store,
    Var,
    While,
    b1,
    f64,
    i64,
)
from adfun.ir.types import F64, I64
from adfun.primitives import arithmetic as a
from tests.passes import ir_programs

N = Var(I64, "n")
X = Buffer(F64, (N,), "input", "x")
G = Buffer(F64, (N,), "output", "g")
T = Var(F64, "t")
INPUTS = (Input("t", "param", T), Input("x", "data", X), Input("g", "gradient", G))


def function(*stmts: Stmt, yields: tuple[Var, ...] = ()) -> Function:
    return Function("fn", INPUTS, Block(stmts, yields))


@pytest.mark.parametrize("program", ir_programs.ALL, ids=lambda p: p.__name__)
def test_accepts(program: Callable[[], ir_programs.Case]) -> None:
    made = program().function
    assert check(made) is made


def undefined() -> Function:
    return function(Let(Var(F64), a.add, (T, Var(F64, "u")), NOWHERE))


def twice() -> Function:
    v = Var(F64)
    return function(Let(v, a.add, (T, T), NOWHERE), Let(v, a.mul, (T, T), NOWHERE))


def out_of_scope() -> Function:
    v = Var(F64)
    body = Block((Let(v, a.add, (T, T), NOWHERE),))
    return function(For(Var(I64), i64(0), N, (), body, NOWHERE), yields=(v,))


def wrong_argument() -> Function:
    return function(Let(Var(F64), a.add, (T, N), NOWHERE))


def wrong_result() -> Function:
    return function(Let(Var(I64), a.add, (T, T), NOWHERE))


def wrong_select() -> Function:
    return function(Let(Var(F64), a.select, (b1(True), T, N), NOWHERE))


def wrong_rank() -> Function:
    return function(Load(Var(F64), X, (i64(0), i64(0)), NOWHERE))


def real_index() -> Function:
    return function(Load(Var(F64), X, (T,), NOWHERE))


def changed_input() -> Function:
    return function(Store(X, (i64(0),), T, NOWHERE))


def built_twice() -> Function:
    b = Buffer(F64, (N,), "built")
    stores = [Store(b, (i64(k),), T, NOWHERE) for k in (0, 1, 0)]
    return function(Alloc(b, False, NOWHERE), *stores)


def built_here_and_there() -> Function:
    b = Buffer(F64, (N,), "built")
    one, two = (Store(b, (i64(k),), T, NOWHERE) for k in (0, 1))
    return function(Alloc(b, False, NOWHERE), one, For(Var(I64), i64(0), N, (), Block((two,)), NOWHERE))


def built_accumulated() -> Function:
    b = Buffer(F64, (N,), "built")
    body = Block((), (f64(0.0),))
    return function(Build(b, (Var(I64),), body, NOWHERE), Accum(b, (i64(0),), T, NOWHERE))


def too_few_yields() -> Function:
    carried = (Carried(Var(F64), f64(0.0), Var(F64)),)
    return function(For(Var(I64), i64(0), N, carried, Block(()), NOWHERE))


def other_type_carried() -> Function:
    carried = (Carried(Var(F64), f64(0.0), Var(I64)),)
    return function(For(Var(I64), i64(0), N, carried, Block((), (f64(1.0),)), NOWHERE))


def arms_differ() -> Function:
    return function(If(b1(True), Block((), (T,)), Block((), (N,)), (Var(F64),), NOWHERE))


def while_without_test() -> Function:
    return function(While((), Block(()), Block(()), NOWHERE))


def check_of_number() -> Function:
    return function(Check(T, Error("ValueError", ""), (), NOWHERE))


def grown_array() -> Function:
    b = Buffer(F64, (N,), "alloc")
    return function(Alloc(b, True, NOWHERE), Grow(b, N, NOWHERE))


def wrong_storage() -> Function:
    inputs = (Input("x", "data", Buffer(F64, (N,), "output")),)
    return Function("fn", inputs, Block(()))


REFUSED: dict[Callable[[], Function], str] = {
    undefined: "is not visible here",
    twice: "is defined twice",
    out_of_scope: "is not visible here",
    wrong_argument: "types (f64, i64) where (f64, f64) belong",
    wrong_result: "of another type than its primitive's",
    wrong_select: "where (b1, f64, f64) belong",
    wrong_rank: "index of length 2, rank 1",
    real_index: "types (f64,) where (i64,) belong",
    changed_input: "an input is changed",
    built_twice: "a built buffer is changed",
    built_here_and_there: "a built buffer is changed",
    built_accumulated: "a built buffer is changed",
    too_few_yields: "a block yields ()",
    other_type_carried: "a carried value changes its type",
    arms_differ: "a block yields (i64,)",
    while_without_test: "a block yields ()",
    check_of_number: "where (b1,) belong",
    grown_array: "not growable",
    wrong_storage: "has storage output",
}


@pytest.mark.parametrize("make", REFUSED, ids=lambda f: f.__name__)
def test_refuses(make: Callable[[], Function]) -> None:
    with pytest.raises(InternalError) as caught:
        check(make(), "some pass")
    assert REFUSED[make] in caught.value.what
    assert caught.value.stage == "some pass"


def test_names_the_statement_and_the_line() -> None:
    bad = Let(Var(F64, "v"), a.add, (T, Var(F64, "u")), ir_programs.LINE)
    with pytest.raises(InternalError) as caught:
        check(function(bad), "fuse")
    text = str(caught.value)
    assert "v = add(t, u)" in text
    assert "after the pass: fuse" in text
    assert "objective.py:1:8: return (x ** 2).sum()" in text
