"""Which Builds are copied to their loads, and what lowering makes of the others."""

from __future__ import annotations

import numpy as np

from adfun.ir.interpret import run
from adfun.ir.nodes import Build, Error, Function, Operand, Var, f64, i64
from adfun.ir.printer import show
from adfun.ir.types import F64
from adfun.ir.walk import walk
from adfun.passes.inline import inline
from adfun.passes.lower import lower
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e
from tests.passes.ir_programs import (
    Draft,
    guarded_gather,
    in_place,
    matrix_product,
    normal_chain,
    reported,
    shared_exponential,
    size,
    total,
)
from tests.passes.test_simplify import body, expect


def builds(function: Function) -> list[str]:
    return [stmt.buffer.hint for stmt in walk(function.body.stmts) if isinstance(stmt, Build)]


def test_chains_collapse() -> None:
    expect(
        inline(normal_chain().function),
        """
        %6 = for i in 0..n with %1 = 0.0:
          x.2 = x[i]
          %2 = sub(x.2, mu)
          %3 = div(%2, sigma)
          %4 = square(%3)
          %5 = add(%1, %4)
          next %5
        %7 = i2f(n)
        %8 = log(sigma)
        %9 = mul(%7, %8)
        %10 = add(%6, %9)
        return %10
        """,
    )


def test_an_expensive_body_is_not_repeated() -> None:
    assert builds(inline(shared_exponential().function)) == ["w"]


def test_an_inner_loop_is_copied_to_its_one_load() -> None:
    assert builds(inline(matrix_product().function)) == []


def test_a_gather_repeats_elements() -> None:
    """exp(u)[g[i]]: many i may share one element."""
    d, n, m = Draft(), size("n"), size("m")
    u = d.buffer("u", m, role="param")
    g = d.buffer("g", n)
    b = d.b
    w = b.build(F64, [m], lambda k: b.op(e.exp, b.load(u, k)), "w")
    s = total(b, n, lambda i: b.load(w, [b.op(a.f2i, b.load(g, [i]))]))
    assert builds(inline(d.finish(s))) == ["w"]


def test_elements_in_arms_become_lazy() -> None:
    function = inline(guarded_gather().function)
    text = body(function)
    assert builds(function) == []
    assert text.index("if %") < text.index("log(")


def test_costly_elements_go_into_the_arms_that_need_them() -> None:
    """Each sum reads the exponentials, but only one sum is taken."""

    def function(*, both: bool) -> Function:
        d, n = Draft(), size()
        x, cond = d.buffer("x", n), d.scalar("cond")
        b = d.b
        w = b.build(F64, [n], lambda i: b.op(e.exp, b.load(x, i)), "w")
        more = lambda: [total(b, n, lambda i: b.load(w, [i]))]  # noqa: E731
        less = lambda: [total(b, n, lambda i: b.op(a.square, b.load(w, [i])))]  # noqa: E731
        (s,) = b.if_else(b.op(a.lt, f64(0.0), cond), more, less)
        return d.finish(b.op(a.add, s, more()[0]) if both else s)

    assert builds(inline(function(both=False))) == []
    assert builds(inline(function(both=True))) == ["w"]


def test_what_is_reported_is_stored() -> None:
    assert builds(inline(reported().function)) == ["fit"]


def test_changed_buffers_are_read_before() -> None:
    assert builds(inline(in_place().function)) == ["before"]


def test_a_change_later_in_the_loop_counts() -> None:
    """The Build reads y before the loop; the loop changes y after the load of its first iteration."""
    d, n = Draft(), size()
    x = d.buffer("x", n)
    b = d.b
    y = b.alloc(F64, [n], zero=True)
    old = b.build(F64, [n], lambda i: b.load(y, i), "old")

    def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
        value = b.load(old, [i64(0)])
        b.store(y, [i64(0)], b.load(x, [i]))
        return [b.op(a.add, c[0], value)]

    function = d.finish(*b.for_loop(i64(0), n, [f64(0.0)], step))
    assert builds(inline(function)) == ["old"]
    assert run(inline(function), {"x": np.arange(1.0, 4.0)}).values == (0.0,)


def test_costly_elements_stay_out_of_sequential_loops() -> None:
    """exp runs in lanes in a loop of its own; a cheap difference does not need one."""
    d, n = Draft(), size()
    x = d.buffer("x", n)
    b = d.b
    heavy = b.build(F64, [n], lambda i: b.op(e.exp, b.load(x, i)), "heavy")
    light = b.build(F64, [n], lambda i: b.op(a.sub, b.load(x, i), f64(1.0)), "light")

    def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
        scaled = b.op(a.mul, c[0], b.load(heavy, [i]))
        return [b.op(a.add, scaled, b.load(light, [i]))]

    assert builds(inline(d.finish(*b.for_loop(i64(0), n, [f64(0.0)], step)))) == ["heavy"]


def test_rows_are_made_in_the_loop_that_they_follow() -> None:
    """centred[i, j] is read for every k: one row of it lives inside the loop over i."""
    d, n, p, q = Draft(), size("n"), size("p"), size("q")
    x, mean, w = d.buffer("x", n, p), d.buffer("mean", p, role="param"), d.buffer("w", q, p)
    b = d.b
    centred = b.build(F64, [n, p], lambda ij: b.op(a.sub, b.load(x, ij), b.load(mean, [ij[1]])), "centred")

    def term(i: Var) -> Operand:
        def inner(k: Var) -> Operand:
            return b.op(
                a.square, total(b, p, lambda j: b.op(a.mul, b.load(centred, [i, j]), b.load(w, [k, j])))
            )

        return total(b, q, inner)

    function = d.finish(total(b, n, term))
    made = inline(function)
    rng = np.random.default_rng(0)
    inputs = {"x": rng.normal(size=(4, 3)), "mean": rng.normal(size=3), "w": rng.normal(size=(2, 3))}
    np.testing.assert_allclose(run(made, inputs).values, run(function, inputs).values, rtol=1e-14)
    rows = [stmt for stmt in walk(made.body.stmts) if isinstance(stmt, Build)]
    assert [len(stmt.indices) for stmt in rows] == [1]
    assert body(made).startswith("%")


def test_checks_of_a_build_stay_when_its_elements_are_lazy() -> None:
    d, n = Draft(), size()
    x, t = d.buffer("x", n), d.scalar("t")
    b = d.b

    def root(i: tuple[Var, ...]) -> Operand:
        value = b.load(x, i)
        b.check(b.op(a.le, f64(0.0), value), Error("ValueError", "math domain error"))
        return b.op(e.sqrt, value)

    roots = b.build(F64, [n], root, "roots")
    s = total(
        b, n, lambda i: b.if_else(b.op(a.lt, t, f64(0.0)), lambda: [b.load(roots, [i])], lambda: [t])[0]
    )
    function = inline(d.finish(s))
    assert builds(function) == []
    assert body(function).count("check") == 1
    assert body(function).index("check") < body(function).index("sqrt")


def test_lowering() -> None:
    d, n = Draft(), size()
    x = d.buffer("x", n, i64(1))
    b = d.b
    r = b.build(F64, [n, i64(1)], lambda ij: b.op(a.neg, b.load(x, ij)), "r")
    c = b.build(F64, [], lambda _: b.load(x, [i64(0), i64(0)]), "c")
    b.report("r", r)
    b.report("c", c)
    expect(
        lower(d.finish(f64(0.0))),
        """
        alloc built r: f64[n, 1]
        for i in 0..n:
          x.2 = x[i, 0]
          %1 = neg(x.2)
          r[i, 0] = %1
        alloc built c: f64[]
        x.3 = x[0, 0]
        c[] = x.3
        report 'r' r
        report 'c' c
        return 0.0
        """,
    )
    assert "build:" not in show(lower(normal_chain().function))


def read_at(places: list[int]) -> Function:
    """The exponential of row k of x, all of them at each of these places."""
    d, n = Draft(), size()
    x, b = d.buffer("x", i64(3), n, role="param"), d.b
    rows = b.build(F64, (i64(3), n), lambda ij: b.op(e.exp, b.load(x, ij)), "rows")

    def term(i: Var) -> Operand:
        value: Operand = f64(0.0)
        for k in places:
            value = b.op(a.add, b.op(a.mul, value, value), b.load(rows, [i64(k), i]))
        return value

    return d.finish(total(b, n, term), f64(1.0))


def test_an_expensive_body_is_copied_to_places_that_differ() -> None:
    """Each element is still computed once."""
    x = np.random.default_rng(2).normal(size=(3, 4))
    for places in ([2, 0, 1], [0, 2]):
        function = read_at(places)
        made = inline(function)
        assert builds(made) == []
        inputs = {"x": x, "n": 4}
        np.testing.assert_allclose(run(made, inputs).values, run(function, inputs).values, rtol=1e-14)


def test_an_expensive_body_is_not_copied_to_the_same_place_in_other_loops() -> None:
    d, n = Draft(), size()
    x, b = d.buffer("x", i64(3), n, role="param"), d.b
    rows = b.build(F64, (i64(3), n), lambda ij: b.op(e.exp, b.load(x, ij)), "rows")
    first = total(b, n, lambda i: b.load(rows, [i64(0), i]))
    second = total(b, n, lambda i: b.op(a.square, b.load(rows, [i64(0), i])))
    assert builds(inline(d.finish(b.op(a.mul, first, second), f64(1.0)))) == ["rows"]
