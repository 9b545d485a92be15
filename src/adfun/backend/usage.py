"""Which values and buffers a function reads, found in one walk."""

from __future__ import annotations

from collections import Counter

from adfun.ir.nodes import (
    Accum,
    Alloc,
    Block,
    Buffer,
    Build,
    Const,
    Grow,
    KernelCall,
    Load,
    Operand,
    Report,
    Store,
    Var,
)
from adfun.ir.walk import blocks, operands, walk


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
