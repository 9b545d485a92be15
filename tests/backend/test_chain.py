"""Which loops run two vectors at a time because one iteration is a long chain."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from adfun.backend.lanes.chain import LONGEST
from adfun.backend.lanes.cost import choose
from adfun.backend.usage import count_reads
from adfun.ir.builder import Builder
from adfun.ir.nodes import Buffer, Function, Input, Operand, Var, f64, i64
from adfun.ir.rows import Primitive
from adfun.ir.types import F64, I64
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e

N = Var(I64, "n")
Term = Callable[[Builder, Operand], Operand]


def vectors(term: Term, role: str = "data") -> list[int]:
    """How many vectors at a time sum up a term of every element of an input."""
    x, b = Buffer(F64, (N,), "input", "x"), Builder()

    def step(i: Var, total: tuple[Var, ...]) -> list[Operand]:
        return [b.op(a.add, total[0], term(b, b.load(x, [i])))]

    (total,) = b.for_loop(i64(0), N, [f64(0.0)], step)
    function = Function("fn", (Input("x", role, x),), b.finish(total))  # type: ignore[arg-type]
    return [plan.form.vectors for plan in choose(function, count_reads(function.body)).values()]


def applied(*primitives: Primitive) -> Term:
    def term(b: Builder, x: Operand) -> Operand:
        for primitive in primitives:
            x = b.op(primitive, x)
        return x

    return term


def long_sum(b: Builder, x: Operand) -> Operand:
    """A chain as in the others, and more values than a processor looks at."""
    total = b.op(e.log, b.op(a.add, f64(1.0), b.op(e.exp, x)))
    for k in range(LONGEST):
        total = b.op(a.add, b.op(a.mul, total, f64(0.5 + k)), x)
    return total


@pytest.mark.parametrize(
    ("term", "role", "count"),
    [
        (applied(e.exp, e.log), "data", 2),
        (applied(e.exp, a.square, e.log1p), "data", 2),
        (applied(e.exp), "data", 1),
        (applied(e.exp, e.log), "param", 1),  # too few elements
        (applied(e.exp, e.sin, e.log), "data", 1),  # a sine fills the registers
        (long_sum, "data", 1),
    ],
)
def test_long_chains_run_in_pairs(term: Term, role: str, count: int) -> None:
    assert vectors(term, role) == [count]
