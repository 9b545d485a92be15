"""Loop nests over whole buffers, for the rules of kernels and for the passes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from adfun.ir.builder import Builder
from adfun.ir.nodes import Buffer, Operand, Var, i64
from adfun.ir.types import Type

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
