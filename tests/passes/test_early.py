"""Which sums are taken when data are bound, and that this changes no result."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from adfun.ir.builder import Builder
from adfun.ir.check import check
from adfun.ir.interpret import run, run_staged
from adfun.ir.nodes import Accum, For, Function, Operand, Var, f64, i64
from adfun.ir.walk import walk
from adfun.passes.early import early_sums
from adfun.passes.stage import stage
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e
from tests.passes.ir_programs import Draft, size, total

Term = Callable[[Builder, Operand, Operand, Operand], Operand]
"""Of the builder, two numbers of data and a parameter."""


def one(op: object) -> Term:
    return lambda b, x, z, t: b.op(op, x, t)  # type: ignore[arg-type]


TERMS: dict[str, tuple[Term, bool]] = {
    "product": (one(a.mul), True),
    "product of both": (
        lambda b, x, z, t: b.op(a.mul, b.op(a.mul, x, t), b.op(a.neg, b.op(a.mul, z, t))),
        True,
    ),
    "guarded": (one(a.mul0), True),
    "guarding": (lambda b, x, z, t: b.op(a.mul0, t, b.op(a.mul, x, z)), True),
    "quotient": (one(a.div), True),
    "divided by data": (lambda b, x, z, t: b.op(a.div, b.op(a.mul, t, x), b.op(e.exp, z)), True),
    "chosen": (lambda b, x, z, t: b.op(a.select, b.op(a.lt, x, z), b.op(a.mul, t, x), f64(0.0)), True),
    "chosen otherwise": (lambda b, x, z, t: b.op(a.select, b.op(a.lt, x, z), f64(0.0), t), True),
    "parameter": (lambda b, x, z, t: t, True),
    "data": (lambda b, x, z, t: b.op(a.mul, x, z), False),
    "sum": (lambda b, x, z, t: b.op(a.add, x, t), False),
    "function": (lambda b, x, z, t: b.op(e.exp, b.op(a.mul, x, t)), False),
    "chosen by a parameter": (
        lambda b, x, z, t: b.op(a.select, b.op(a.lt, x, t), b.op(a.mul, t, x), f64(0.0)),
        False,
    ),
}


def summed(term: Term) -> Function:
    """sum(term(x[i], z[i], t)), and another sum that stays."""
    d, n = Draft(), size()
    t, x, z = d.scalar("t"), d.buffer("x", n), d.buffer("z", n)
    b = d.b
    found = total(b, n, lambda i: term(b, b.load(x, [i]), b.load(z, [i]), t))
    stays = total(b, n, lambda i: b.op(e.exp, b.op(a.mul, b.load(x, [i]), t)))
    return d.finish(found, stays)


def sums_in(function: Function) -> int:
    return sum(len(stmt.carried) for stmt in walk(function.body.stmts) if isinstance(stmt, For))


@pytest.mark.parametrize(
    ("name", "t"), [(name, t) for name in TERMS for t in (0.7, -2.0, 0.0) if (name, t) != ("quotient", 0.0)]
)
@pytest.mark.parametrize("count", [0, 1, 7])
def test_sums_over_data_leave_the_call(name: str, t: float, count: int) -> None:
    term, early = TERMS[name]
    function = check(summed(term))
    rng = np.random.default_rng(0)
    inputs = {"t": t, "x": rng.normal(size=count), "z": rng.normal(size=count), "n": count}
    inputs["x"][2:4] = 0.0
    expected = run(function, inputs).values
    new = early_sums(function)
    check(new, "early_sums")
    np.testing.assert_allclose(run(new, inputs).values, expected, rtol=1e-12)
    staged = stage(new)
    np.testing.assert_allclose(run_staged(staged, inputs).values, expected, rtol=1e-12)
    assert sums_in(staged.call) == (1 if early or name == "data" else 2)


def test_an_infinite_factor_does_not_matter_where_nothing_is_chosen() -> None:
    function = early_sums(summed(TERMS["chosen"][0]))
    inputs = {"t": np.inf, "x": np.ones(5), "z": np.zeros(5), "n": 5}
    assert run(function, inputs).values[0] == 0.0


def test_equal_sums_are_one() -> None:
    d, n = Draft(), size()
    t, u, x, b = d.scalar("t"), d.scalar("u"), d.buffer("x", n), d.b

    def body(i: Var, sums: tuple[Var, ...]) -> list[Operand]:
        value = b.load(x, [i])
        return [b.op(a.add, s, b.op(a.mul, value, p)) for s, p in zip(sums, (t, u), strict=True)]

    function = early_sums(d.finish(*b.for_loop(i64(0), n, [f64(1.0), f64(2.0)], body)))
    assert sums_in(function) == 1
    inputs = {"t": 2.0, "u": 3.0, "x": np.arange(4.0), "n": 4}
    np.testing.assert_allclose(run(function, inputs).values, [13.0, 20.0])


def test_a_sum_that_is_read_in_the_loop_stays() -> None:
    d, n = Draft(), size()
    t, x, b = d.scalar("t"), d.buffer("x", n), d.b

    def body(i: Var, sums: tuple[Var, ...]) -> list[Operand]:
        so_far, other = sums
        so_far_next = b.op(a.add, so_far, b.op(a.mul, b.load(x, [i]), t))
        return [so_far_next, b.op(a.add, other, so_far_next)]

    function = d.finish(*b.for_loop(i64(0), n, [f64(0.0), f64(0.0)], body))
    assert early_sums(function) is function


@pytest.mark.parametrize("read", [False, True], ids=["added to", "read as well"])
def test_sums_in_memory_leave_the_call(read: bool) -> None:
    d, n = Draft(), size()
    t, x = d.scalar("t"), d.buffer("x", n)
    out = d.buffer("out", i64(2), role="gradient")
    b = d.b

    def body(i: Var, _: tuple[Var, ...]) -> list[Operand]:
        if read:
            b.accum(out, [i64(0)], b.load(out, [i64(1)]))
        value = b.load(x, [i])
        b.accum(out, [i64(1)], b.op(a.neg, b.op(a.mul, value, t)))
        b.accum(out, [i64(0)], b.op(e.exp, b.op(a.mul, value, t)))
        return []

    b.for_loop(i64(0), n, [], body)
    function = check(d.finish(f64(0.0)))
    early = check(early_sums(function))
    assert (early is function) == read
    loops = [stmt for stmt in early.body.stmts if isinstance(stmt, For)]
    assert sum(isinstance(stmt, Accum) for loop in loops for stmt in loop.body.stmts) == (3 if read else 1)
    if not read:
        for count in (0, 1, 7):
            inputs = {"t": 0.3, "x": np.linspace(-1.0, 2.0, count), "n": count}
            found = [run_staged(stage(early), inputs).buffers["out"], run(function, inputs).buffers["out"]]
            np.testing.assert_allclose(*found, rtol=1e-13)


def test_what_is_left_of_several_sums_is_one() -> None:
    d, n = Draft(), size()
    t, x, b = d.scalar("t"), d.buffer("x", n), d.b

    def body(i: Var, sums: tuple[Var, ...]) -> list[Operand]:
        value = b.op(e.exp, b.op(a.mul, b.load(x, [i]), t))
        terms = (b.op(a.mul, value, t), b.op(a.neg, b.op(a.mul, f64(2.0), value)), b.op(a.div, value, t))
        return [b.op(a.add, s, term) for s, term in zip(sums, terms, strict=True)]

    function = d.finish(*b.for_loop(i64(0), n, [f64(1.0), f64(2.0), f64(3.0)], body))
    early = check(early_sums(function))
    assert (sums_in(function), sums_in(early)) == (3, 1)
    for count in (0, 1, 7):
        inputs = {"t": -0.4, "x": np.linspace(-1.0, 2.0, count), "n": count}
        np.testing.assert_allclose(run(early, inputs).values, run(function, inputs).values, rtol=1e-13)


def test_residuals_are_not_taken_apart() -> None:
    """The sum of x minus n t would have lost what is left of numbers that are nearly equal."""
    d, n = Draft(), size()
    t, x, b = d.scalar("t"), d.buffer("x", n), d.b

    def term(i: Var) -> Operand:
        r = b.op(a.sub, b.load(x, [i]), t)
        return b.op(a.mul, b.op(a.mul, r, r), b.op(a.neg, t))

    function = check(early_sums(d.finish(total(b, n, term))))
    inputs = {"t": 1e8, "x": 1e8 + np.array([1.0, -2.0, 4.0]), "n": 3}
    np.testing.assert_allclose(run(function, inputs).values, [-21e8], rtol=1e-14)
