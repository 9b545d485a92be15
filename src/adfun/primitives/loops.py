"""Loop nests over whole buffers, and places in stacks of them, for rules of kernels and for passes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from adfun.ir.builder import Builder
from adfun.ir.nodes import Buffer, Index, Operand, Var, i64
from adfun.ir.types import Type
from adfun.primitives import arithmetic as a

Body = Callable[[tuple[Var, ...]], None]


def over(b: Builder, shape: Sequence[Operand], body: Body) -> None:
    """Run `body` at every index of a shape, in row-major order."""

    def nest(indices: tuple[Var, ...], rest: Sequence[Operand]) -> None:
        if not rest:
            body(indices)
            return

        def inner(index: Var, _: tuple[Var, ...]) -> Sequence[Operand]:
            nest((*indices, index), rest[1:])
            return ()

        b.for_loop(i64(0), rest[0], (), inner, hint="ijklmn"[len(indices)])

    nest((), shape)


def filled(
    b: Builder, elem: Type, shape: Sequence[Operand], element: Callable[[tuple[Var, ...]], Operand], hint: str
) -> Buffer:
    """A new buffer with the given elements, made by loops."""
    buffer = b.alloc(elem, shape, zero=False, hint=hint)
    over(b, shape, lambda index: b.store(buffer, index, element(index)))
    return buffer


def accumulate(b: Builder, target: Buffer, element: Callable[[tuple[Var, ...]], Operand]) -> None:
    """target[i, j, ...] += element(i, j, ...)"""
    over(b, target.shape, lambda index: b.accum(target, index, element(index)))


def in_stack(b: Builder, stack: Buffer, numbers: Index, index: Index) -> Index:
    """The place of an element of the array with these numbers in a stack of arrays.

    Like the index of an element, it may be flat, of one number for all axes: then so is what is given.
    """
    if len(numbers) + len(index) == stack.rank:
        return (*numbers, *index)
    (rest,) = index
    start: Operand = i64(0)
    for axis, size in enumerate(stack.shape):
        start = b.op(a.imul, start, size)
        if axis < len(numbers):
            start = b.op(a.iadd, start, numbers[axis])
    return (b.op(a.iadd, start, rest),)
