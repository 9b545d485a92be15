"""Takes apart what is linear in directions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from adfun.ir.builder import Builder
from adfun.ir.nodes import Let, Operand, Stmt, Var
from adfun.ir.types import VEC
from adfun.passes.rules import added, subtracted, zero_of
from adfun.primitives import arithmetic as a

LINEAR = frozenset({a.vadd, a.vsub, a.vneg, a.vscale, a.vscale0, a.vmul0, a.select})
"""The primitives whose result is linear in the vectors among their arguments."""

Leaves = Mapping[Var, Operand]
"""What stands in the place of a direction; all other directions are zero."""


def combined(
    b: Builder,
    value: Operand,
    leaves: Leaves,
    made: Mapping[Operand, Stmt],
    renamed: Callable[[Operand], Operand],
) -> Operand | None:
    """A linear function of directions at others, or at numbers: with 1.0 for one of them its factor.

    made     the statements whose results are not leaves
    renamed  what a scalar has become
    Returns None where the value is zero.
    """
    known: dict[Operand, Operand | None] = {}

    def at(x: Operand) -> Operand | None:
        if x not in known:
            known[x] = applied(x)
        return known[x]

    def applied(x: Operand) -> Operand | None:
        if isinstance(x, Var) and x in leaves:
            return leaves[x]
        let = made.get(x)
        if not isinstance(let, Let):
            return None
        given = [at(y) if y.type is VEC else renamed(y) for y in let.args]
        if let.op is a.vadd:
            return added(b, *given)
        if let.op is a.vsub:
            return subtracted(b, *given)
        if let.op is a.select:
            test, yes, no = given
            return _choice(b, test, yes, no)
        vectors = [y for y, old in zip(given, let.args, strict=True) if old.type is VEC]
        if vectors == [None]:
            return None
        return _product(b, let, [y for y in given if y is not None])

    return at(value)


def _choice(b: Builder, test: Operand | None, yes: Operand | None, no: Operand | None) -> Operand | None:
    like = yes if yes is not None else no
    if like is None or test is None:
        return None
    zero = zero_of(b, like)
    return b.op(a.select, test, zero if yes is None else yes, zero if no is None else no)


def _product(b: Builder, let: Let, given: list[Operand]) -> Operand:
    """A product with a vector, or with the number in its place."""
    if any(x.type is VEC for x in given):
        return b.op(let.op, *given)
    if let.op is a.vneg:
        return b.op(a.neg, *given)
    if let.op is a.vscale:
        return b.op(a.mul, *given)
    number, factor = given if let.op is a.vmul0 else given[::-1]
    if let.op is a.vmul0 and number is a.ONE:
        return factor
    return b.op(a.mul0, *given)
