"""What tangent and adjoint share: a derivative times a partial, emitted without needless work."""

from __future__ import annotations

from collections.abc import Container, Iterator

from adfun.ir.builder import Builder
from adfun.ir.nodes import Let, Operand
from adfun.ir.rows import Primitive
from adfun.ir.types import VEC
from adfun.primitives import arithmetic as a
from adfun.primitives.identities import applied


def scaled(b: Builder, seed: Operand, partial: Operand, singular: bool) -> Operand | None:
    """seed * partial, None where that is zero; a zero seed stays zero if `singular`.

    Both may be a VEC.  Partials that only choose or only change sign cost no product.
    """
    if a.is_zero(partial):
        return None
    if partial.type is VEC:
        return times(b, seed, partial, singular)
    vector = seed.type is VEC
    if partial is a.ONE:
        return seed
    if partial is a.MINUS_ONE:
        return b.op(a.vneg if vector else a.neg, seed)
    chosen = applied(b, partial, a.select)
    if chosen is not None and all(x is a.ONE or a.is_zero(x) for x in chosen[1:]):
        zero = zero_of(b, seed)
        yes, no = (seed if x is a.ONE else zero for x in chosen[1:])
        return b.op(a.select, chosen[0], yes, no)
    negated = applied(b, partial, a.neg)
    if negated is not None:
        product = scaled(b, seed, negated[0], singular)
        return None if product is None else b.op(a.vneg if vector else a.neg, product)
    negated = applied(b, seed, a.vneg if vector else a.neg)
    if negated is not None:  # signs move outwards, where sums absorb them
        product = scaled(b, negated[0], partial, singular)
        return None if product is None else b.op(a.vneg if vector else a.neg, product)
    return times(b, seed, partial, singular)


def times(b: Builder, x: Operand, y: Operand, singular: bool) -> Operand:
    """The product of numbers or vectors; zero where x is zero if `singular`."""
    if x.type is y.type:
        plain, guarded = (a.vprod, a.vprod0) if x.type is VEC else (a.mul, a.mul0)
        return b.op(guarded if singular else plain, x, y)
    if singular:
        return b.op(a.vmul0 if x.type is VEC else a.vscale0, x, y)
    return b.op(a.vscale, y, x) if x.type is VEC else b.op(a.vscale, x, y)


def zero_of(b: Builder, like: Operand) -> Operand:
    """The zero of an operand's type, f64 or VEC."""
    return b.op(a.vsplat, a.ZERO) if like.type is VEC else a.ZERO


def added(b: Builder, x: Operand | None, y: Operand | None) -> Operand | None:
    """The sum of two derivatives, None standing for zero."""
    if x is None or y is None:
        return y if x is None else x
    return b.op(plus(x), x, y)


def subtracted(b: Builder, x: Operand | None, y: Operand | None) -> Operand | None:
    """The difference of two derivatives, None standing for zero."""
    if y is None:
        return x
    vector = y.type is VEC
    return b.op(a.vneg if vector else a.neg, y) if x is None else b.op(a.vsub if vector else a.sub, x, y)


def plus(x: Operand) -> Primitive:
    """The addition of an operand's type."""
    return a.vadd if x.type is VEC else a.add


def terms(
    b: Builder,
    let: Let,
    args: tuple[Operand, ...],
    value: Operand,
    adjoint: Operand,
    active: Container[object],
    guard: bool,
) -> Iterator[tuple[Operand, Operand | None]]:
    """What the adjoint of a primitive application adds to those of its active arguments.

    `args` and `value` are what its arguments and result have become in the emitted function;
    with `guard` a zero adjoint stays zero whatever the partial is.
    """
    if let.op is a.select:
        yield let.args[1], b.op(a.select, args[0], adjoint, a.ZERO)
        yield let.args[2], b.op(a.select, args[0], a.ZERO, adjoint)
        return
    for old, partial in zip(let.args, let.op.partials, strict=True):
        if partial is not None and old in active:
            yield old, scaled(b, adjoint, partial(b, args, value), guard or let.op.singular)
