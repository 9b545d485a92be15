"""What re-emission and dead code elimination leave of hand-built functions."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import numpy as np
import pytest

from adfun.ir.check import check
from adfun.ir.interpret import run
from adfun.ir.nodes import Check, Error, Function, Let, Operand, Var, f64, i64
from adfun.ir.printer import show
from adfun.ir.types import F64, I64
from adfun.ir.walk import walk
from adfun.passes.dead import eliminate
from adfun.passes.simplify import simplify
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e
from tests.passes.ir_programs import Draft, empty_and_single, recurrence, reported, size, total

DIFFER = Error("ValueError", "sizes differ: {0} and {1}")


def body(function: Function) -> str:
    """The printed body, without the line of inputs."""
    return dedent(show(check(function)).split("\n", 1)[1])


def expect(function: Function, text: str) -> None:
    assert body(function) == dedent(text).lstrip("\n")


def test_known_control_flow_opens_up() -> None:
    expect(
        simplify(empty_and_single().function),
        """
        x.2 = x[0]
        %1 = mul(t, x.2)
        %2 = lt(t, %1)
        %3 = select(%2, t, %1)
        return %3
        """,
    )


def test_dead_and_invariant_carried_values_go() -> None:
    function = simplify(recurrence().function)
    loop = body(function).splitlines()[0]
    assert loop == "%8, %9 = for i in 0..n with %1 = 0.0, %2 = 0.0:"


def test_twins_become_one() -> None:
    d, n = Draft(), size()
    x = d.buffer("x", n)

    def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
        value = d.b.load(x, [i])
        return [d.b.op(a.add, c[0], value), d.b.op(a.add, value, c[1]), d.b.op(a.sub, c[2], value)]

    s, t, u = d.b.for_loop(i64(0), n, [f64(0.0)] * 3, step)
    expect(
        simplify(d.finish(s, t, u)),
        """
        %5, %6 = for i in 0..n with %1 = 0.0, %2 = 0.0:
          x.2 = x[i]
          %3 = add(%1, x.2)
          %4 = sub(%2, x.2)
          next %3, %4
        return %5, %5, %6
        """,
    )


def test_twins_need_the_same_recurrence() -> None:
    """s and t start alike and are updated from each other, but with different terms."""
    d, n = Draft(), size()
    x = d.buffer("x", n)

    def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
        return [d.b.op(a.add, c[1], d.b.load(x, [i])), d.b.op(a.mul, c[0], f64(2.0))]

    s, t = d.b.for_loop(i64(0), n, [f64(1.0)] * 2, step)
    function = d.finish(s, t)
    inputs = {"x": np.arange(1.0, 6.0)}
    assert run(simplify(function), inputs).values == run(function, inputs).values
    assert run(function, inputs).values[0] != run(function, inputs).values[1]


def test_safe_loads_leave_their_loops() -> None:
    """x[i] is in range wherever i is; w[k] may not be, and stays behind the test of the loop."""
    d, n, m = Draft(), size("n"), size("m")
    x, w = d.buffer("x", n), d.buffer("w", m)
    k = d.scalar("k", role="data", type=I64)
    b = d.b
    s = total(b, n, lambda i: total(b, m, lambda j: b.op(a.mul, b.load(x, [i]), b.load(w, [k]))))
    text = body(simplify(d.finish(s)))
    assert text.index("x.2 = x[i]") < text.index("for i.2 in 0..m")
    assert text.index("w.2 = w[k]") > text.index("for i.2 in 0..m")


def test_ranges_follow_triangles_and_shifts() -> None:
    """for i in 1..n: for j in 0..i: x[i - 1] and y[j] with axes of length n are in range."""
    d, n = Draft(), size()
    x = d.buffer("x", n)
    b = d.b

    def outer(i: Var, c: tuple[Var, ...]) -> list[Operand]:
        def inner(j: Var, c: tuple[Var, ...]) -> list[Operand]:
            def innermost(_: Var, c: tuple[Var, ...]) -> list[Operand]:
                return [b.op(a.add, c[0], b.op(a.mul, b.load(x, [b.op(a.isub, i, i64(1))]), b.load(x, [j])))]

            return list(b.for_loop(i64(0), i64(3), [c[0]], innermost))

        return list(b.for_loop(i64(0), i, [c[0]], inner))

    text = body(simplify(d.finish(*b.for_loop(i64(1), n, [f64(0.0)], outer))))
    assert text.index("x.2 = x[%2]") < text.index("for i.2 in 0..i")
    assert text.index("x.3 = x[i.2]") < text.index("in 0..3")


def test_equal_sizes_have_one_name() -> None:
    d, n, m, k = Draft(), size("n"), size("m"), size("k")
    x, y, z = d.buffer("x", n), d.buffer("y", m), d.buffer("z", k)
    b = d.b
    s = total(b, n, lambda i: b.load(x, [i]))
    for left, right in ((n, m), (k, m), (k, i64(3))):
        b.check(b.op(a.ieq, left, right), DIFFER, left, right)
    t = total(b, m, lambda i: b.load(y, [i]))
    u = total(b, k, lambda i: b.load(z, [i]))
    text = body(simplify(d.finish(s, t, u)))
    assert text.count("in 0..3") == 3
    assert text.count("check") == 3
    with pytest.raises(ValueError, match="sizes differ: 3 and 2"):
        run(simplify(d.finish(s, t, u)), {"x": np.zeros(3), "y": np.zeros(2), "z": np.zeros(3)})


def test_written_only_buffers_go_and_checks_stay() -> None:
    d, n = Draft(), size()
    x = d.buffer("x", n)
    b = d.b
    scratch = b.alloc(F64, [n], zero=True)

    def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
        value = b.load(x, [i])
        b.check(b.op(a.lt, f64(0.0), value), Error("ValueError", "not positive"))
        b.store(scratch, [i], b.op(e.log, value))
        b.accum(scratch, [i], value)
        return [b.op(a.add, c[0], value)]

    b.for_loop(i64(0), n, [f64(0.0)], step)
    expect(
        eliminate(d.finish(f64(1.0))),
        """
        for i in 0..n:
          x.2 = x[i]
          %1 = lt(0.0, x.2)
          check %1 else ValueError 'not positive'
        return 1.0
        """,
    )


def test_a_dead_build_leaves_its_checks() -> None:
    d, n, m = Draft(), size("n"), size("m")
    x = d.buffer("x", n, m)
    b = d.b

    def element(index: tuple[Var, ...]) -> Operand:
        value = b.load(x, index)
        b.check(b.op(a.lt, f64(0.0), value), Error("ValueError", "not positive"))
        return b.op(e.log, value)

    b.build(F64, [n, m], element)
    expect(
        eliminate(d.finish(f64(1.0))),
        """
        for i in 0..n:
          for j in 0..m:
            x.2 = x[i, j]
            %1 = lt(0.0, x.2)
            check %1 else ValueError 'not positive'
        return 1.0
        """,
    )


def test_liveness_passes_through_loops() -> None:
    """A carried value lives when another living one needs it, however late in the loop."""
    d, n = Draft(), size()
    d.buffer("x", n)
    b = d.b

    def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
        first, second, third, dead = c
        return [second, third, b.op(a.add, third, f64(1.0)), b.op(a.add, dead, first)]

    results = b.for_loop(i64(0), n, [f64(0.0), f64(1.0), f64(2.0), f64(3.0)], step)
    text = body(eliminate(d.finish(results[0])))
    assert text.splitlines()[0].endswith("with %1 = 0.0, %2 = 1.0, %3 = 2.0:")


def test_dead_results_of_an_arm_go() -> None:
    d = Draft()
    t = d.scalar("t")
    b = d.b
    kept, _ = b.if_else(
        b.op(a.lt, t, f64(0.0)),
        lambda: [b.op(e.exp, t), b.op(e.sin, t)],
        lambda: [t, b.op(e.cos, t)],
    )
    text = body(eliminate(d.finish(kept)))
    assert "exp" in text
    assert "sin" not in text
    assert "cos" not in text


def test_reports_can_be_dropped() -> None:
    function = reported().function
    assert body(simplify(function)).count("report") == 2
    without = simplify(function, drop_reports=True)
    assert "report" not in body(without)
    assert run(without, reported().inputs).values == run(function, reported().inputs).values


def test_a_false_check_stays() -> None:
    d, n = Draft(), size()
    d.buffer("x", n)
    d.b.check(d.b.op(a.ieq, i64(2), i64(3)), DIFFER, i64(2), i64(3))
    assert [type(stmt) for stmt in simplify(d.finish(f64(0.0))).body.stmts] == [Check]


@pytest.mark.parametrize(("offset", "inside"), [(0, True), (1, False)])
def test_bounds_of_loops_decide_comparisons(offset: int, inside: bool) -> None:
    """In a convolution 0 <= i - k < m for k in max(0, i - m + 1)..min(n, i + 1)."""
    d, n, m = Draft(), size("n"), size("m")
    d.buffer("x", n)
    y = d.buffer("y", m)
    b = d.b

    def element(i: Var, _: Any) -> list[Operand]:
        first = b.op(a.imax, i64(0), b.op(a.iadd, b.op(a.isub, i, m), i64(1)))
        stop = b.op(a.imin, n, b.op(a.iadd, i, i64(1)))

        def term(k: Var, _: Any) -> list[Operand]:
            place = b.op(a.isub, b.op(a.iadd, i, i64(offset)), k)
            known = b.op(a.band, b.op(a.ile, i64(0), place), b.op(a.ilt, place, m))
            b.check(known, Error("IndexError", "out of range"))
            b.report("y", b.load(y, [place]))
            return []

        b.for_loop(first, stop, [], term)
        return []

    b.for_loop(i64(0), b.op(a.iadd, n, m), [], element)
    checks = [stmt for stmt in walk(simplify(d.finish(f64(0.0))).body.stmts) if isinstance(stmt, Check)]
    assert (not checks) == inside


@pytest.mark.parametrize("product", [a.mul, a.mul0])
@pytest.mark.parametrize(
    ("by", "times", "plain"), [(0.5, 2.0, True), (4.0, 0.25, True), (0.5, 4.0, False), (0.2, 5.0, False)]
)
def test_powers_of_two_cancel_in_products(product: Any, by: float, times: float, plain: bool) -> None:
    d = Draft()
    x, y, b = d.scalar("x"), d.scalar("y"), d.b
    function = d.finish(b.op(product, b.op(a.mul, x, f64(by)), b.op(a.mul, f64(times), y)))
    products = sum(isinstance(stmt, Let) for stmt in simplify(function).body.stmts)
    assert products == (1 if plain else 3)
    for given in ({"x": 0.1, "y": 1 / 3}, {"x": -0.0, "y": np.inf}, {"x": np.nan, "y": 2.0}):
        with np.errstate(invalid="ignore"):
            expected = (given["x"] * by) * (times * given["y"])
            expected = 0.0 if product is a.mul0 and given["x"] == 0 else expected
        np.testing.assert_array_equal(run(function, given).values[0], expected)


def test_a_power_of_two_and_its_inverse_go() -> None:
    d = Draft()
    x, b = d.scalar("x"), d.b
    assert b.op(a.mul, f64(0.5), b.op(a.mul, x, f64(2.0))) is x
    assert b.op(a.mul, b.op(a.mul, f64(4.0), x), f64(0.25)) is x
    assert b.op(a.mul, f64(0.2), b.op(a.mul, x, f64(5.0))) is not x
