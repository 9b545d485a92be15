"""`buffer[index] += value` where all lanes have the same element: partial sums per lane.

A register holds them when the index is known before the loop.  Otherwise a shadow does, with one
vector for each element of the part of the buffer that the indices known before the loop single out:

    for k:  for i (lanes):  for j: g[k, j] += ...       a shadow of g[k, :]
"""

from __future__ import annotations

from adfun.backend.lanes.shapes import UNIFORM, Shapes, Varying
from adfun.ir.nodes import Accum, Buffer, Index
from adfun.ir.walk import walk

Place = tuple[Buffer, Index]
SEVERAL = 3
"""Sums at places of their own that are looked at whether these are sorted by groups.  Of more the lanes of
what all of them add are better taken apart once, and few at a time."""


def sums(shapes: Shapes) -> tuple[list[Place], list[Place]]:
    """The registers, each with its index, and the shadows, each with its leading indices."""
    registers: dict[Place, None] = {}
    shadows: dict[Place, None] = {}
    for stmt in walk(shapes.loop.body.stmts):
        if not isinstance(stmt, Accum) or stmt.buffer in shapes.local:
            continue
        if shapes.position(stmt.buffer, stmt.index) != UNIFORM:
            continue
        if shapes.outside(*stmt.index):
            registers[stmt.buffer, stmt.index] = None
        else:
            shadows[stmt.buffer, shadow_head(shapes, stmt.buffer, stmt.index)] = None
    return list(registers), list(shadows)


def scattered(shapes: Shapes) -> list[Accum]:
    """The sums of a loop whose places each lane has for itself."""
    sums = (stmt for stmt in shapes.loop.body.stmts if isinstance(stmt, Accum))
    return [stmt for stmt in sums if isinstance(shapes.position(stmt.buffer, stmt.index), Varying)]


def shadow_head(shapes: Shapes, buffer: Buffer, index: Index) -> Index:
    """The leading indices that are known before the loop."""
    if len(index) != buffer.rank:
        return ()
    count = 0
    while count < len(index) and shapes.outside(index[count]):
        count += 1
    return index[:count]


def shadow_sizes(place: Place) -> Index:
    """The shape of a shadow."""
    buffer, head = place
    return buffer.shape[len(head) :]
