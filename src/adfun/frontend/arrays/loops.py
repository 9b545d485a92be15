"""Loops over index spaces that hand values from element to element."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from adfun.frontend.stage import Stage
from adfun.ir.nodes import Const, Index, Operand, Var, f64, i64
from adfun.ir.types import B1, F64, I64, Type
from adfun.primitives import arithmetic as a

UNROLL = 16
"""Index spaces of at most so many elements, known now, are unrolled."""

Carry = tuple[Operand, ...]


def sweep(
    stage: Stage, sizes: Sequence[Operand], inits: Carry, body: Callable[[Index, Carry], Sequence[Operand]]
) -> Carry:
    """Run `body(index, carried) -> carried` over a whole index space in C order."""
    sizes = tuple(stage.size(s) for s in sizes)
    room = UNROLL

    def nest(done: Index, carried: Carry, room: int) -> Carry:
        if len(done) == len(sizes):
            return tuple(body(done, carried))
        size = sizes[len(done)]
        if isinstance(size, Const) and size.value <= room:
            for k in range(int(size.value)):
                carried = nest((*done, i64(k)), carried, room // max(1, int(size.value)))
            return carried

        def step(index: Var, inside: tuple[Var, ...]) -> Sequence[Operand]:
            return nest((*done, index), inside, room)

        return stage.builder.for_loop(i64(0), size, carried, step, "ijklmn"[len(done) % 6])

    return nest((), inits, room)


ADD = {F64: a.add, I64: a.iadd, B1: a.bor}
MULTIPLY = {F64: a.mul, I64: a.imul, B1: a.band}


def zero_of(type: Type) -> Const:
    return f64(0.0) if type is F64 else i64(0)


def total(stage: Stage, type: Type, sizes: Sequence[Operand], term: Callable[[Index], Operand]) -> Operand:
    """The sum of `term(index)` over an index space."""

    def body(index: Index, carried: Carry) -> Carry:
        return (stage.op(ADD[type], carried[0], stage.convert(term(index), type)),)

    return sweep(stage, sizes, (zero_of(type),), body)[0]


def for_each(stage: Stage, sizes: Sequence[Operand], body: Callable[[Index], None]) -> None:
    """Run `body(index)` over a whole index space in C order."""

    def step(index: Index, carried: Carry) -> Carry:
        body(index)
        return ()

    sweep(stage, sizes, (), step)


def loop_nest(stage: Stage, shape: Index, body: Callable[[Index], None]) -> None:
    """Run `body` for every index of a shape, as nested loops."""

    def nest(done: Index) -> None:
        if len(done) == len(shape):
            body(done)
            return

        def step(index: Var, _: tuple[Var, ...]) -> tuple[Operand, ...]:
            nest((*done, index))
            return ()

        stage.builder.for_loop(i64(0), shape[len(done)], (), step, "ijklmn"[len(done)])

    nest(())
