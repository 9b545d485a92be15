"""Which axis the loops that fill a Build run over first: the one that its readers go along.

b[k, i]: f64[m, n] = build: ...
s = for i in 0..n with s = 0.0:        is filled for i, for k: then one loop over i fills a column
  t = for k in 0..m: ... b[k, i]       and reads it, and the array need not be there as a whole
"""

from __future__ import annotations

from collections.abc import Iterator

from adfun.ir.nodes import Block, Buffer, Build, Check, For, Function, Load, Operand, Stmt, Var
from adfun.ir.walk import blocks, defined, from_zero, inner_vars, operands, read, walk
from adfun.passes.cost import cost_of

CHEAP = 10
"""Cycles that the axes behind the first may compute again in every iteration of it."""


def first_axes(function: Function) -> dict[Buffer, int]:
    """The Builds whose loops do not start with axis 0, and with which they do."""
    found: dict[Buffer, int] = {}
    pending = [function.body]
    while pending:
        block = pending.pop()
        _block(block, found)
        for stmt in block.stmts:
            pending += blocks(stmt)
    return found


def _block(block: Block, found: dict[Buffer, int]) -> None:
    """Readers come after what they read, so their own order is known first."""
    builds = {s.buffer: s for s in block.stmts if isinstance(s, Build) and s.buffer.rank > 1}
    if not builds:
        return
    wanted: dict[Buffer, set[int]] = {}
    for stmt in reversed(block.stmts):
        if isinstance(stmt, Build) and stmt.buffer in builds:
            axes = wanted.get(stmt.buffer, set())
            if len(axes) == 1 and _may_lead(stmt, *axes):
                found.update((stmt.buffer, axis) for axis in axes if axis)
        for buffer, axis in _reads(stmt, found):
            wanted.setdefault(buffer, set()).add(axis)


def _reads(stmt: Stmt, found: dict[Buffer, int]) -> Iterator[tuple[Buffer, int]]:
    """What a statement reads, and along which axis its outermost loop goes; 0 where along none."""
    index: Var | None = None
    size: Operand | None = None
    if isinstance(stmt, For) and from_zero(stmt):
        index, size = stmt.index, stmt.stop
    elif isinstance(stmt, Build) and stmt.buffer.rank:
        axis = found.get(stmt.buffer, 0)
        index, size = stmt.indices[axis], stmt.buffer.shape[axis]
    for inner in walk((stmt,)):
        if isinstance(inner, Load):
            shape = inner.buffer.shape
            along = [k for k, part in enumerate(inner.index) if part is index and shape[k] == size]
            yield inner.buffer, along[0] if len(along) == 1 else 0
        else:
            yield from ((buffer, 0) for buffer in read(inner))


def _may_lead(build: Build, axis: int) -> bool:
    """Whether little is computed again, and no check could fail earlier than another."""
    varying: set[object] = {build.indices[axis]}
    again = 0.0
    for stmt in build.body.stmts:
        inside = list(walk((stmt,)))
        if any(isinstance(inner, Check) for inner in inside):
            return False
        uses: set[object] = {x for inner in inside for x in (*operands(inner), *read(inner))}
        uses.update(x for inner in inside for block in blocks(inner) for x in block.yields)
        if varying.isdisjoint(uses):
            again += cost_of(stmt)
        else:
            varying.update(x for inner in inside for x in (*defined(inner), *inner_vars(inner)))
    return again <= CHEAP
