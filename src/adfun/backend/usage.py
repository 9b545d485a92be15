"""Which values and buffers a function reads, found in one walk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from adfun.ir.nodes import (
    Accum,
    Alloc,
    Block,
    Buffer,
    Build,
    Const,
    For,
    Grow,
    KernelCall,
    Let,
    Load,
    Operand,
    Report,
    Stmt,
    Store,
    Var,
    While,
)
from adfun.ir.walk import blocks, operands, walk
from adfun.primitives.arithmetic import mul0

FORESEEN = 256
"""Branches in an iteration that processors foresee."""


def count_reads(body: Block) -> Counter[Var | Buffer]:
    """How often each value or buffer is mentioned, sizes of the mentioned buffers included."""
    reads: Counter[Var | Buffer] = Counter()
    _count(reads, body.yields)
    for stmt in walk(body.stmts):
        _count(reads, operands(stmt))
        match stmt:
            case Load() | Store() | Accum() | Grow() | Alloc() | Build():
                _count_buffer(reads, stmt.buffer)
                if isinstance(stmt, Build):
                    _count(reads, stmt.body.yields)
            case KernelCall():
                for item in (*stmt.inputs, *stmt.outputs):
                    if isinstance(item, Buffer):
                        _count_buffer(reads, item)
            case Report():
                if isinstance(stmt.value, Buffer):
                    _count_buffer(reads, stmt.value)
            case _:
                for inner in blocks(stmt):
                    _count(reads, inner.yields)
    return reads


def _count(reads: Counter[Var | Buffer], operands_: tuple[Operand, ...]) -> None:
    for operand in operands_:
        if not isinstance(operand, Const):
            reads[operand] += 1


def _count_buffer(reads: Counter[Var | Buffer], buffer: Buffer) -> None:
    reads[buffer] += 1
    _count(reads, buffer.shape)


def crowded(body: Block) -> set[Var]:
    """Products that look for zeros, of loops with so many of them that their branches are not foreseen."""
    found: set[Var] = set()
    for stmt in walk(body.stmts):
        if isinstance(stmt, (For, While)):
            tests = [s.var for s in stmt.body.stmts if isinstance(s, Let) and s.op is mul0]
            found.update(tests if len(tests) > FORESEEN else ())
    return found


def in_place(
    loop: For,
    reads: Counter[Var | Buffer],
    taken_in: Callable[[Stmt], Iterable[Operand]] = lambda _: (),
) -> dict[Var, Var]:
    """The values that may be computed right into the carried values they become: s = s + x.

    `taken_in` are the operands of products that are only computed as part of a later statement.
    """
    found: dict[Var, Var] = {}
    becomes = {value: item.param for item, value in zip(loop.carried, loop.body.yields, strict=True)}
    later: set[Operand] = set(loop.body.yields)
    for stmt in reversed(loop.body.stmts):
        if blocks(stmt):
            break
        if isinstance(stmt, Let) and reads[stmt.var] == 1:
            param = becomes.get(stmt.var)
            if param is not None and param not in later:
                found[stmt.var] = param
        later.update(operands(stmt))
        later.update(taken_in(stmt))
    return found
