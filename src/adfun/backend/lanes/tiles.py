"""Matrices whose rows belong to lanes: a block of rows is transposed once, and read column by column.

for i (lanes):  for j in 0..p: ... x[i, j] ...      x[i .. i + W, :] becomes the tile t[0 .. p]
                for j in 0..p: ... x[i, j] ...      both loops read t[j], a vector
"""

from __future__ import annotations

from adfun.backend.lanes.shapes import Shapes
from adfun.ir.nodes import Block, Buffer, Const, For, Index, Load, Operand
from adfun.ir.types import F64
from adfun.ir.walk import written_within

Key = tuple[Buffer, Index]
"""A buffer and the indices up to and including the lane's: what follows is one lane's slab."""

SMALL = 64
"""A slab of at most this many elements is worth it even when not all of it is read."""


def key_of(shapes: Shapes, buffer: Buffer, index: Index) -> Key | None:
    """The tile that an element would be in."""
    if buffer.elem is not F64 or buffer in shapes.local or len(index) != buffer.rank:
        return None
    lane = shapes.loop.index
    if lane not in index[:-1]:
        return None
    axis = index.index(lane)
    if not shapes.uniform(*index[:axis], *index[axis + 1 :]) or any(
        x in shapes.defined for x in index[:axis]
    ):
        return None
    return buffer, index[: axis + 1]


def slab(key: Key) -> Index:
    """The sizes of the axes that follow the lane's."""
    buffer, head = key
    return buffer.shape[len(head) :]


def tiles(shapes: Shapes) -> list[Key]:
    """The tiles worth making at the start of every pass through the loop's body."""
    found: dict[Key, None] = {}
    written = written_within(shapes.loop.body.stmts)
    _search(shapes, shapes.loop.body, {}, found)
    return [key for key in found if key[0] not in written]


def _search(shapes: Shapes, block: Block, ranges: dict[Operand, Operand], found: dict[Key, None]) -> None:
    """Collect the loads that run along a slab; `ranges` has the loops inside, from 0 to their stop."""
    for stmt in block.stmts:
        match stmt:
            case For():
                inside = dict(ranges)
                if isinstance(stmt.start, Const) and stmt.start.value == 0:
                    inside[stmt.index] = stmt.stop
                _search(shapes, stmt.body, inside, found)
            case Load():
                key = key_of(shapes, stmt.buffer, stmt.index)
                if key is not None and _whole(slab(key), stmt.index[len(key[1]) :], ranges):
                    found[key] = None
            case _:
                pass


def _whole(sizes: Index, index: Index, ranges: dict[Operand, Operand]) -> bool:
    """Whether the loops around visit the slab (nearly) completely, along its last axis at least."""
    if index[-1] not in ranges:
        return False
    known = 1
    for size, part in zip(sizes, index, strict=True):
        if ranges.get(part) is size:
            continue
        if not isinstance(size, Const):
            return False
        known *= int(size.value)
    return known <= SMALL
