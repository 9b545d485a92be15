"""Which loops become one, and what keeps loops apart."""

from __future__ import annotations

import numpy as np
import pytest

from adfun.ir.check import check
from adfun.ir.interpret import run
from adfun.ir.nodes import Alloc, Buffer, Error, For, Function, If, Operand, Var, f64, i64
from adfun.ir.types import F64, I64
from adfun.ir.walk import walk
from adfun.passes.checks import hoist_checks
from adfun.passes.fuse import fuse
from adfun.passes.lower import lower
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e
from tests.passes.ir_programs import (
    Draft,
    guarded_gather,
    in_place,
    shared_exponential,
    size,
    total,
    two_pass_gradient,
)
from tests.passes.test_simplify import body, expect

NONE: list[Operand] = []


def loops(function: Function) -> int:
    return sum(isinstance(stmt, For) for stmt in walk(check(function).body.stmts))


def allocs(function: Function) -> int:
    return sum(isinstance(stmt, Alloc) for stmt in walk(function.body.stmts))


def test_value_and_gradient_are_one_pass() -> None:
    expect(
        fuse(two_pass_gradient().function),
        """
        %8 = for i in 0..n with %1 = 0.0:
          y.2 = y[i]
          g.2 = g[i]
          u.2 = u[g.2]
          %2 = exp(u.2)
          %3 = sub(y.2, %2)
          %4 = square(%3)
          %5 = add(%1, %4)
          %6 = mul(-2.0, %3)
          %7 = mul(%6, %2)
          ubar[g.2] += %7
          next %5
        return %8
        """,
    )


def test_stored_elements_are_handed_on() -> None:
    function = fuse(lower(in_place().function))
    assert (loops(function), allocs(function)) == (1, 0)


def test_sums_over_one_array_share_a_loop() -> None:
    """The third loop has another range, so the exponentials stay stored."""
    function = fuse(lower(shared_exponential().function))
    assert (loops(function), allocs(function)) == (2, 1)


def test_nested_loops_merge_as_well() -> None:
    d, n, m = Draft(), size("n"), size("m")
    x = d.buffer("x", n, m)
    b = d.b
    rows = b.build(F64, [n, m], lambda ij: b.op(e.exp, b.load(x, ij)), "rows")
    s = total(b, n, lambda i: total(b, m, lambda j: b.load(rows, [i, j])))
    function = fuse(lower(d.finish(s)))
    assert (loops(function), allocs(function)) == (2, 0)


Use = tuple[str, int]


def loop_over(d: Draft, x: Buffer, n: Operand, use: Use) -> None:
    """A loop that adds x[i + shift] to a sum, or sets it."""
    kind, shift = use
    write = kind == "store"

    def body(i: Var, c: tuple[Var, ...]) -> list[Operand]:
        index = d.b.op(a.iadd, i, i64(shift))
        if write:
            d.b.store(x, [index], d.b.op(a.i2f, i))
            return []
        return [d.b.op(a.add, c[0], d.b.load(x, [index]))]

    results = d.b.for_loop(i64(0), n, [] if write else [f64(0.0)], body)
    if results:
        d.b.report("s", results[0])


@pytest.mark.parametrize(
    ("first", "second", "merged"),
    [
        (("store", 0), ("load", 0), True),
        (("load", 0), ("store", 0), True),
        (("load", 1), ("load", 0), True),
        (("store", 1), ("load", 1), True),
        (("store", 1), ("load", 0), False),
        (("store", 0), ("load", 1), False),
        (("load", 1), ("store", 0), False),
    ],
)
def test_dependences(first: Use, second: Use, merged: bool) -> None:
    d, n = Draft(), size()
    d.buffer("given", n)
    b = d.b
    last = b.op(a.isub, n, i64(1))
    x = b.alloc(F64, [n], zero=True, hint="x")
    loop_over(d, x, last, first)
    loop_over(d, x, last, second)
    b.report("x", x)
    function = d.finish(f64(0.0))
    after = fuse(function)
    assert loops(after) == (1 if merged else 2)
    inputs = {"given": np.zeros(5)}
    before, now = run(function, inputs).reports, run(after, inputs).reports
    np.testing.assert_array_equal(now["x"], before["x"])
    assert now["s"] == before["s"]


@pytest.mark.parametrize("between", [False, True])
def test_branches_on_one_condition_become_one(between: bool) -> None:
    d, n = Draft(), size()
    x, cond = d.buffer("x", n), d.scalar("cond", role="data")
    b = d.b
    positive = b.op(a.lt, f64(0.0), cond)

    def sums(factor: Operand) -> Operand:
        squares = lambda i: b.op(a.mul, factor, b.op(a.square, b.load(x, [i])))  # noqa: E731
        (found,) = b.if_else(positive, lambda: [total(b, n, squares)], lambda: [factor])
        return found

    first = sums(f64(2.0))
    if between:
        b.store(b.alloc(F64, [], zero=False), (), first)
        first = b.op(e.exp, first)
    second = sums(first)
    function = d.finish(b.op(a.sub, first, second))
    fused = check(fuse(function))
    assert sum(isinstance(stmt, If) for stmt in walk(fused.body.stmts)) == (2 if between else 1)
    for value in (1.0, -1.0):
        inputs = {"cond": value, "x": np.linspace(-1.0, 2.0, 5)}
        assert run(fused, inputs).values == pytest.approx(run(function, inputs).values)


def test_a_path_through_another_statement_keeps_loops_apart() -> None:
    """The second loop divides by the logarithm of the first one's sum."""
    d, n = Draft(), size()
    x = d.buffer("x", n)
    b = d.b
    s = total(b, n, lambda i: b.load(x, [i]))
    scale = b.op(e.log, s)
    t = total(b, n, lambda i: b.op(a.div, b.load(x, [i]), scale))
    assert loops(fuse(d.finish(t))) == 2


def test_statements_between_move_out_of_the_way() -> None:
    """What the second loop needs goes before both, what needs the first goes behind."""
    d, n = Draft(), size()
    x, t = d.buffer("x", n), d.scalar("t")
    b = d.b
    s = total(b, n, lambda i: b.load(x, [i]))
    b.report("root", b.op(e.sqrt, s))
    scratch = b.alloc(F64, [i64(1)], zero=True)
    b.store(scratch, [i64(0)], b.op(e.exp, t))
    u = total(b, n, lambda i: b.op(a.mul, b.load(x, [i]), b.load(scratch, [i64(0)])))
    function = fuse(d.finish(u))
    assert loops(function) == 1
    text = body(function)
    assert text.index("exp") < text.index("for i") < text.index("sqrt")


def test_accumulations_commute() -> None:
    d, n, m = Draft(), size("n"), size("m")
    x, g = d.buffer("x", n), d.buffer("g", n, elem=I64)
    out = d.buffer("out", m, role="gradient")
    b = d.b

    def scatter(scale: float) -> None:
        def step(i: Var, _: tuple[Var, ...]) -> list[Operand]:
            b.accum(out, [b.load(g, [i])], b.op(a.mul, f64(scale), b.load(x, [i])))
            return NONE

        b.for_loop(i64(0), n, [], step)

    scatter(2.0)
    scatter(3.0)
    assert loops(fuse(d.finish(f64(0.0)))) == 1


def test_costly_parallel_work_does_not_join_a_recurrence() -> None:
    d, n = Draft(), size()
    x = d.buffer("x", n)
    b = d.b
    w = b.build(F64, [n], lambda i: b.op(e.exp, b.load(x, i)), "w")

    def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
        return [b.op(a.add, b.op(a.mul, c[0], f64(0.5)), b.load(w, [i]))]

    assert loops(fuse(lower(d.finish(*b.for_loop(i64(0), n, [f64(0.0)], step))))) == 2


@pytest.mark.parametrize(("length", "left"), [(400, 1), (600, 2)])
def test_loops_do_not_become_longer_than_compilers_like(length: int, left: int) -> None:
    d, n = Draft(), size()
    x = d.buffer("x", n)
    b = d.b

    def part(factor: float) -> Operand:
        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            value: Operand = b.load(x, [i])
            for _ in range(length):
                value = b.op(e.sin, value)
            return [b.op(a.add, c[0], b.op(a.mul, value, f64(factor)))]

        return b.for_loop(i64(0), n, [f64(0.0)], step)[0]

    total = b.op(a.add, part(1.0), part(2.0))
    assert loops(fuse(d.finish(total))) == left


def test_recurrences_through_memory_are_sequential() -> None:
    d, n = Draft(), size()
    x = d.buffer("x", n)
    b = d.b
    w = b.build(F64, [n], lambda i: b.op(e.exp, b.load(x, i)), "w")
    y = b.alloc(F64, [b.op(a.iadd, n, i64(1))], zero=True, hint="y")

    def step(i: Var, _: tuple[Var, ...]) -> list[Operand]:
        b.store(y, [b.op(a.iadd, i, i64(1))], b.op(a.mul, b.load(y, [i]), b.load(w, [i])))
        return NONE

    b.for_loop(i64(0), n, [], step)
    b.report("y", y)
    assert loops(fuse(lower(d.finish(f64(0.0))))) == 2


def test_guarded_loads_stay_behind_their_checks() -> None:
    """Loop B reads y[i] below n, which only the check makes safe; loop A reads x."""
    d, n, m = Draft(), size("n"), size("m")
    x, y, t = d.buffer("x", n), d.buffer("y", m), d.scalar("t")
    b = d.b
    s = total(b, n, lambda i: b.op(a.mul, b.load(x, [i]), t))
    b.check(b.op(a.lt, s, f64(100.0)), Error("ValueError", "too large"))
    b.check(b.op(a.ile, n, m), Error("IndexError", "too short"))
    u = total(b, n, lambda i: b.op(a.mul, b.load(x, [i]), b.load(y, [i])))
    function = fuse(d.finish(s, u))
    assert loops(function) == 2
    with pytest.raises(IndexError, match="too short"):
        run(function, {"x": np.ones(3), "y": np.ones(2), "t": 1.0})


def test_checks_of_data_leave_the_loop() -> None:
    case = guarded_gather()
    function = check(hoist_checks(lower(case.function)))
    text = body(function)
    assert text.count("for i") == 3
    assert text.index("check") < text.index("u[")
    bad = case.inputs | {"g": np.array([0, 3, 1, 1, 2])}
    with pytest.raises(IndexError, match="index 3 is out of bounds for axis 0 with size 3"):
        run(function, bad)


def test_checks_of_parameters_stay() -> None:
    d, n = Draft(), size()
    x = d.buffer("x", n, role="param")
    b = d.b

    def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
        value = b.load(x, [i])
        b.check(b.op(a.le, f64(0.0), value), Error("ValueError", "math domain error"))
        return [b.op(a.add, c[0], b.op(e.sqrt, value))]

    function = d.finish(*b.for_loop(i64(0), n, [f64(0.0)], step))
    assert hoist_checks(function) is function


def test_storage_of_one_iteration_moves_into_it() -> None:
    """An accumulator of n by m elements shrinks to a row, one of n elements to a register."""
    d, n, m = Draft(), size("n"), size("m")
    x = d.buffer("x", n, m)
    out = d.buffer("out", n, m, role="gradient")
    b = d.b
    rows = b.alloc(F64, [n, m], zero=True, hint="rows")
    sums = b.alloc(F64, [n], zero=True, hint="sums")

    def spread(i: Var, _: tuple[Var, ...]) -> list[Operand]:
        def inner(j: Var, _: tuple[Var, ...]) -> list[Operand]:
            b.accum(rows, [i, b.op(a.ifloordiv, j, i64(2))], b.load(x, [i, j]))
            return NONE

        b.for_loop(i64(0), m, [], inner)
        b.accum(sums, [i], b.load(x, [i, i64(0)]))
        return NONE

    def gather(i: Var, _: tuple[Var, ...]) -> list[Operand]:
        def inner(j: Var, _: tuple[Var, ...]) -> list[Operand]:
            b.accum(out, [i, j], b.op(a.mul, b.load(rows, [i, j]), b.load(sums, [i])))
            return NONE

        b.for_loop(i64(0), m, [], inner)
        return NONE

    b.for_loop(i64(0), n, [], spread)
    b.for_loop(i64(0), n, [], gather)
    function = d.finish(f64(0.0))
    fused = fuse(function)
    expect(
        fused,
        """
        for i in 0..n:
          alloc rows: f64[m] = 0
          for i.2 in 0..m:
            %1 = ifloordiv(i.2, 2)
            x.2 = x[i, i.2]
            rows[%1] += x.2
          x.3 = x[i, 0]
          for i.3 in 0..m:
            rows.2 = rows[i.3]
            %2 = mul(rows.2, x.3)
            out[i, i.3] += %2
        return 0.0
        """,
    )
    inputs = {"x": np.arange(12.0).reshape(3, 4)}
    np.testing.assert_array_equal(run(fused, inputs).buffers["out"], run(function, inputs).buffers["out"])


def test_storage_that_outlives_an_iteration_stays() -> None:
    d, n = Draft(), size()
    x = d.buffer("x", n)
    b = d.b
    y = b.alloc(F64, [n], zero=True, hint="y")

    def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
        b.accum(y, [i], b.load(x, [i]))
        return [b.op(a.add, c[0], b.load(y, [b.op(a.isub, b.op(a.isub, n, i64(1)), i)]))]

    function = d.finish(*b.for_loop(i64(0), n, [f64(0.0)], step))
    assert body(fuse(function)).startswith("alloc y: f64[n] = 0")
