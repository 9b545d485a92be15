"""Which loops a block of directions limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from adfun.ir.builder import Builder
from adfun.ir.check import check
from adfun.ir.nodes import Const, For, Function, Operand, Var, f64, i64
from adfun.ir.types import VEC
from adfun.ir.walk import walk
from adfun.passes.adjoint import adjoint
from adfun.passes.limit import limit
from adfun.passes.simplify import simplify
from adfun.passes.slopes import slopes
from adfun.passes.tangent import tangent
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e
from tests.passes.ir_programs import Draft, size, total

Index = Callable[[Builder, Operand, Operand, Operand], Operand]
"""Of the builder, the index of the inner loop, that of the outer one, and how often that runs."""


def sums(index: Index) -> Function:
    """sum_i y[i] exp(sum_k x[k] b[index(k, i)])"""
    d, n, m, rows = Draft(), size("n"), size("m"), size("rows")
    b, x, builder = d.buffer("b", rows, role="param"), d.buffer("x", m), d.b
    y = d.buffer("y", n)

    def one(i: Var) -> Operand:
        inner = total(
            builder,
            m,
            lambda k: builder.op(a.mul, builder.load(x, [k]), builder.load(b, [index(builder, k, i, n)])),
        )
        return builder.op(a.mul, builder.load(y, [i]), builder.op(e.exp, inner))

    return d.finish(total(builder, n, one))


def limited(function: Function) -> Function:
    gradient = simplify(adjoint(function))
    return check(limit(slopes(tangent(gradient, lanes=True), gradient)))


def blocks_of(function: Function) -> list[str]:
    return [entry.name for entry in function.inputs if entry.role == "block"]


def sums_of_directions(function: Function) -> list[For]:
    """Innermost loops that add up directions."""
    loops = [s for s in walk(function.body.stmts) if isinstance(s, For)]
    innermost = [x for x in loops if not any(isinstance(s, For) for s in walk(x.body.stmts))]
    return [x for x in innermost if any(c.param.type is VEC for c in x.carried)]


@pytest.mark.parametrize(
    ("index", "found"),
    [
        (lambda b, k, i, n: k, True),
        (lambda b, k, i, n: b.op(a.iadd, k, i), True),
        (lambda b, k, i, n: b.op(a.iadd, b.op(a.imul, k, i64(3)), i64(2)), True),
        (lambda b, k, i, n: b.op(a.iadd, b.op(a.imul, k, n), i), True),  # rows of a matrix: n is more than i
        (lambda b, k, i, n: b.op(a.isub, i64(9), k), False),
        (lambda b, k, i, n: b.op(a.iadd, b.op(a.imul, k, i64(-1)), i64(9)), False),
        (lambda b, k, i, n: b.op(a.imul, k, i), False),  # i may be 0
        (lambda b, k, i, n: b.op(a.imul, k, k), False),
    ],
    ids=["plain", "shifted", "stride", "matrix", "reversed", "minus", "unknown stride", "square"],
)
def test_loops_over_rows_of_a_block(index: Index, found: bool) -> None:
    function = limited(sums(index))
    assert bool(blocks_of(function)) == found
    ranges = [loop.start for loop in sums_of_directions(function)]
    assert ranges and all(isinstance(start, Const) != found for start in ranges)


def test_a_direction_that_does_not_change_leaves_the_loop() -> None:
    """sum x[i] * s: directions of s are multiplied with a sum of numbers."""
    d, n, m = Draft(), size(), size("m")
    s, p, x, b = d.scalar("s"), d.buffer("b", m, role="param"), d.buffer("x", n), d.b
    inner = total(b, n, lambda i: b.op(a.mul, b.load(x, [i]), s))
    function = limited(d.finish(b.op(e.exp, b.op(a.mul, inner, b.load(p, [i64(0)])))))
    assert sums_of_directions(function) == []
    assert any(isinstance(x, For) and x.carried for x in walk(function.body.stmts))


def test_what_earlier_iterations_did_is_not_taken_apart() -> None:
    """s = s * b[k] + x[k]: the derivative along b[k] is scaled by all that follow."""
    d, n = Draft(), size()
    p, x, b = d.buffer("b", n, role="param"), d.buffer("x", n), d.b

    def body(k: Var, s: tuple[Var, ...]) -> Sequence[Operand]:
        return [b.op(a.add, b.op(a.mul, s[0], b.load(p, [k])), b.load(x, [k]))]

    (result,) = b.for_loop(i64(0), n, [f64(1.0)], body)
    function = limited(d.finish(result))
    loops = [s for s in walk(function.body.stmts) if isinstance(s, For) and s.carried]
    assert loops and all(loop.start is i64(0) for loop in loops)


def test_nothing_to_limit() -> None:
    d = Draft()
    x, b = d.scalar("x"), d.b
    gradient = simplify(adjoint(d.finish(b.op(e.exp, x))))
    slope = slopes(tangent(gradient, lanes=True), gradient)
    assert limit(slope) is slope
