"""Which functions are applied after a choice, and that this changes no result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adfun.ir.check import check
from adfun.ir.interpret import run
from adfun.ir.nodes import Function, Let, Operand, Var, f64
from adfun.ir.rows import Primitive
from adfun.ir.walk import walk
from adfun.passes.adjoint import adjoint
from adfun.passes.sink import sink
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e
from tests.passes.ir_programs import Draft, size, total

X = np.array([0.5, -1.0, 2.0, 0.1, -0.3])
Choose = Callable[[Draft, Operand, Operand], Operand]


def chosen(one: Choose, other: Choose, *, branch: bool) -> Function:
    """sum over i of `one`(x[i], c) where x[i] > 0 and of `other`(x[i], c) elsewhere."""
    d, n = Draft(), size()
    x, c, b = d.buffer("x", n, role="param"), d.scalar("c"), d.b

    def term(i: Var) -> Operand:
        value = b.load(x, [i])
        positive = b.op(a.lt, f64(0.0), value)
        if branch:
            (made,) = b.if_else(positive, lambda: [one(d, value, c)], lambda: [other(d, value, c)])
            return made
        return b.op(a.select, positive, one(d, value, c), other(d, value, c))

    return check(d.finish(total(b, n, term)))


def count(function: Function, op: Primitive) -> int:
    return sum(isinstance(stmt, Let) and stmt.op is op for stmt in walk(function.body.stmts))


def of(*ops: Primitive) -> Choose:
    """Unary primitives, one after the other, of x."""

    def apply(d: Draft, x: Operand, c: Operand) -> Operand:
        for op in ops:
            x = d.b.op(op, x)
        return x

    return apply


def scaled(inner: Primitive) -> Choose:
    return lambda d, x, c: d.b.op(a.mul, c, d.b.op(e.exp, d.b.op(inner, x)))


CASES: list[tuple[Choose, Choose, int]] = [
    (of(e.exp), of(a.neg, e.exp), 1),
    (of(e.exp, a.neg), of(a.square, e.exp, a.neg), 1),
    (scaled(a.neg), scaled(a.square), 1),
    (of(e.exp), of(e.exp, e.exp), 2),  # exp(exp(x)) is what is chosen, or x
    (of(e.exp, a.square), of(a.neg, e.exp), 2),  # not the same last of all
]


@pytest.mark.parametrize("branch", [False, True])
@pytest.mark.parametrize(("one", "other", "left"), CASES)
def test_one_exponential_of_what_was_chosen(one: Choose, other: Choose, left: int, branch: bool) -> None:
    function = chosen(one, other, branch=branch)
    made = check(sink(function))
    assert count(made, e.exp) == left
    for n in (0, 5):
        given: dict[str, Any] = {"x": X[:n], "c": 0.7, "n": n}
        before, after = run(adjoint(function), given), run(adjoint(made), given)
        np.testing.assert_allclose(after.values, before.values, rtol=1e-14)
        for name, gradient in before.buffers.items():
            np.testing.assert_allclose(after.buffers[name], gradient, rtol=1e-14)


@pytest.mark.parametrize("branch", [False, True])
def test_what_is_known_before_the_loop_stays_there(branch: bool) -> None:
    """exp(c) and exp(-c) are computed once; what is chosen would be computed for every element."""
    known: Choose = lambda d, x, c: d.b.op(e.exp, c)  # noqa: E731
    other: Choose = lambda d, x, c: d.b.op(e.exp, d.b.op(a.neg, c))  # noqa: E731
    d, n = Draft(), size()
    x, c, b = d.buffer("x", n, role="param"), d.scalar("c"), d.b

    def term(i: Var) -> Operand:
        positive = b.op(a.lt, f64(0.0), b.load(x, [i]))
        if branch:  # the builder leaves them in the arms, where they need not be computed at all
            return b.if_else(positive, lambda: [known(d, c, c)], lambda: [other(d, c, c)])[0]
        return b.op(a.select, positive, known(d, c, c), other(d, c, c))

    function = check(d.finish(total(b, n, term)))
    assert sink(function) is function


def test_a_value_that_is_used_elsewhere_stays() -> None:
    d, n = Draft(), size()
    x, b = d.buffer("x", n, role="param"), d.b

    def term(i: Var) -> Operand:
        value = b.load(x, [i])
        one, other = b.op(e.exp, value), b.op(e.exp, b.op(a.square, value))
        made = b.op(a.select, b.op(a.lt, f64(0.0), value), one, other)
        return b.op(a.add, made, one)

    function = check(d.finish(total(b, n, term)))
    assert sink(function) is function
