"""Sums into rows that belong to lanes: those of a pass are collected column by column, and added at once.

for i (lanes):  g[i, 0] += x;  g[i, 1] += y        s[0] = x;  s[1] = y;  g[i .. i + W, 0 .. 2] += transposed s

The other way round than tiles, which are rows that are read.
"""

from __future__ import annotations

from adfun.backend.lanes.accesses import Accesses
from adfun.backend.lanes.shapes import Shapes, is_one
from adfun.backend.lanes.tiles import dense, head_of
from adfun.ir.nodes import Accum, Block, Buffer, Const, For, Index, Operand, Var
from adfun.ir.types import F64
from adfun.ir.walk import blocks, from_zero
from adfun.records import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class RowSum:
    """The sums of a pass into the rows of its lanes.

    head     the indices up to and including the lane's
    ahead    what is added to the lane's
    columns  how many of a row are added to, from the first on
    """

    buffer: Buffer
    head: Index
    ahead: int
    columns: Operand


def row_sums(shapes: Shapes, accesses: Accesses) -> dict[Accum, RowSum]:
    """Where sums go that are collected; the others are added to memory one by one."""
    found: dict[tuple[Buffer, Index], list[tuple[Accum, frozenset[Var]]]] = {}
    for stmt, along in _sums(shapes.loop.body, {}):
        buffer = stmt.buffer
        if buffer.elem is not F64 or buffer in shapes.local or accesses.kinds(buffer) != {"accum"}:
            continue
        head = head_of(shapes, buffer, stmt.index)
        if head is not None and buffer.rank == len(head) + 1:
            found.setdefault((buffer, head), []).append((stmt, along))
    made: dict[Accum, RowSum] = {}
    for (buffer, head), sums in found.items():
        columns = _columns(buffer, sums)
        if columns is not None and not any(is_one(shapes.position(buffer, stmt.index)) for stmt, _ in sums):
            row = RowSum(buffer, head, shapes.ahead(head[-1]) or 0, columns)
            made.update(dict.fromkeys((stmt for stmt, _ in sums), row))
    return made


def _sums(block: Block, ends: dict[Var, Operand]) -> list[tuple[Accum, frozenset[Var]]]:
    """The sums of a block at any depth, with the indices of the loops around that start at 0."""
    found: list[tuple[Accum, frozenset[Var]]] = []
    for stmt in block.stmts:
        if isinstance(stmt, Accum):
            whole = {
                index for index, end in ends.items() if stmt.buffer.shape and end is stmt.buffer.shape[-1]
            }
            found.append((stmt, frozenset(whole)))
        inner = {**ends, stmt.index: stmt.stop} if isinstance(stmt, For) and from_zero(stmt) else ends
        for inside in blocks(stmt):
            found += _sums(inside, inner)
    return found


def _columns(buffer: Buffer, sums: list[tuple[Accum, frozenset[Var]]]) -> Operand | None:
    """How many columns are added to: the first ones, most of which are named, or all."""
    last = [stmt.index[-1] for stmt, _ in sums]
    if all(isinstance(x, Const) for x in last):
        return dense({int(x.value) for x in last if isinstance(x, Const)})
    return buffer.shape[-1] if any(stmt.index[-1] in along for stmt, along in sums) else None
