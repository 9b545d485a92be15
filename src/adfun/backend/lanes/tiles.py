"""Matrices whose rows belong to lanes: a block of rows is transposed once, and read column by column.

for i (lanes):  for j in 0..p: ... x[i, j] ...      x[i .. i + W, 0 .. p] becomes the tile t[0 .. p]
                for j in 0..p: ... x[i, j] ...      both loops read t[j], a vector

Rows a constant number before or after the lane's have a tile of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from adfun.backend.lanes.shapes import Shapes
from adfun.ir.nodes import Block, Buffer, Check, Const, For, Index, Load, Operand, i64
from adfun.ir.types import F64
from adfun.ir.walk import from_zero, walk, written_within
from adfun.records import dataclass

SMALL = 64
"""A slab of at most this many elements is worth it even when not all of it is read."""
FEWEST = 2
"""Columns that are loaded one by one of which a tile is made ..."""
DENSE = 2
"""... and what part of the columns up to the last of them they are at least: one in so many."""

Runs = tuple[tuple[tuple[Operand, Operand], ...], ...]
Key = tuple[Buffer, Operand, Runs, int]
Ranges = Mapping[Operand, For]
"""The loops around a statement inside a lane loop, by index."""


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """The transposed slabs of all lanes.

    head    the indices up to and including the lane's; what follows is one lane's slab
    lane    the last of them, if `ahead` is added to it
    first   how much of the slab's first axis is needed: a loop's end, or the whole axis
    runs    bounds of loops: the slab is read only if one of these groups of loops is entered
    """

    buffer: Buffer
    head: Index
    lane: Operand
    ahead: int
    first: Operand
    runs: Runs

    @property
    def sizes(self) -> Index:
        """The shape of the tile."""
        return (self.first, *self.whole[1:])

    @property
    def whole(self) -> Index:
        """The shape of one lane's slab."""
        return self.buffer.shape[len(self.head) :]

    def covers(self, index: Index, ranges: Ranges, shapes: Shapes) -> bool:
        """Whether an element at this index (after the head) is in the tile."""
        if self.first is self.whole[0]:
            return True
        if isinstance(index[0], Const) and isinstance(self.first, Const):
            return index[0].value < self.first.value
        loop = ranges.get(index[0])
        if loop is None:
            return False
        return loop.stop is self.first or self.first in shapes.within.get(loop.stop, ())

    def is_read(self, loop: For) -> bool:
        """Whether a loop goes along all columns of the tile."""
        loads = (stmt for stmt in loop.body.stmts if isinstance(stmt, Load) and stmt.buffer is self.buffer)
        along = any(stmt.index == (*self.head, loop.index) for stmt in loads)
        return along and from_zero(loop) and loop.stop is self.first

    def key(self, several: int) -> Key:
        """The same for tiles with the same elements, of so many vectors of rows, if those are all rows."""
        return self.buffer, self.first, self.runs, several

    def is_one_of_all(self, loop: For) -> bool:
        """Whether the lanes are rows from the first on, and every row is a slab."""
        return from_zero(loop) and len(self.head) == 1 and self.ahead == 0

    def needs(self) -> Iterator[Operand]:
        """What has to be known to make all blocks of rows."""
        yield from (x for run in self.runs for bounds in run for x in bounds)
        yield self.first
        yield from self.buffer.shape


@dataclass(frozen=True, slots=True)
class Kept:
    """The name of tiles that may have been made when data were bound, and the type of one column."""

    name: str
    kind: str


def head_of(shapes: Shapes, buffer: Buffer, index: Index) -> Index | None:
    """The part of an index up to the lane's axis, when the rest runs within one lane's slab."""
    if buffer.elem is not F64 or buffer in shapes.local or len(index) != buffer.rank:
        return None
    axis = next((k for k, part in enumerate(index[:-1]) if shapes.ahead(part) is not None), None)
    if axis is None:
        return None
    if not shapes.uniform(*index[:axis], *index[axis + 1 :]) or not shapes.outside(*index[:axis]):
        return None
    return index[: axis + 1]


def tiles(shapes: Shapes) -> dict[tuple[Buffer, Index], Tile]:
    """The tiles worth making at the start of every pass through the loop's body."""
    if any(isinstance(stmt, Check) for stmt in walk(shapes.loop.body.stmts)):
        return {}  # it may be what keeps an index inside
    written = written_within(shapes.loop.body.stmts)
    loads: dict[tuple[Buffer, Index], list[tuple[Load, Ranges]]] = {}
    for load, ranges in _loads(shapes.loop.body, {}):
        head = head_of(shapes, load.buffer, load.index)
        if head is not None and load.buffer not in written:
            loads.setdefault((load.buffer, head), []).append((load, ranges))
    made = ((key, _tile(shapes, *key, found)) for key, found in loads.items())
    return {key: tile for key, tile in made if tile is not None}


def _tile(shapes: Shapes, buffer: Buffer, head: Index, loads: Iterable[tuple[Load, Ranges]]) -> Tile | None:
    whole = buffer.shape[len(head) :]
    runs, ends = [], set()
    for load, ranges in loads:
        index = load.index[len(head) :]
        bounds = tuple((loop.start, loop.stop) for loop in ranges.values())
        if _along(whole, index, ranges) and shapes.outside(*(x for pair in bounds for x in pair)):
            runs.append(bounds)
            ends.add(_end(index[0], ranges))
    if not runs:
        return _of_columns(shapes, buffer, head, loads)
    end = ends.pop()
    first = whole[0] if ends or end is None else end
    ahead = shapes.ahead(head[-1]) or 0
    return Tile(buffer, head, shapes.loop.index, ahead, first, tuple(dict.fromkeys(runs)))


def _of_columns(
    shapes: Shapes, buffer: Buffer, head: Index, loads: Iterable[tuple[Load, Ranges]]
) -> Tile | None:
    """The first columns of short rows, most of which are loaded one by one."""
    if buffer.rank != len(head) + 1:
        return None
    columns = dense({int(load.index[-1].value) for load, _ in loads if isinstance(load.index[-1], Const)})
    if columns is None:
        return None
    return Tile(buffer, head, shapes.loop.index, shapes.ahead(head[-1]) or 0, columns, ((),))


def dense(columns: set[int]) -> Operand | None:
    """How many columns of a row there are up to the last of some, where these are most of them."""
    count = max(columns, default=0) + 1
    return i64(count) if len(columns) >= FEWEST and count <= DENSE * len(columns) else None


def _loads(block: Block, ranges: Ranges) -> Iterable[tuple[Load, Ranges]]:
    """The loads that happen whatever the branches, with the loops around each."""
    for stmt in block.stmts:
        if isinstance(stmt, Load):
            yield stmt, ranges
        elif isinstance(stmt, For):
            yield from _loads(stmt.body, {**ranges, stmt.index: stmt})


def _end(part: Operand, ranges: Ranges) -> Operand | None:
    """The end of the loop from 0 that an index runs through."""
    loop = ranges.get(part)
    if loop is None or not from_zero(loop):
        return None
    return loop.stop


def _along(sizes: Index, index: Index, ranges: Ranges) -> bool:
    """Whether the loops around run along a slab: its last axis at least, and the others if they are long."""
    if index[-1] not in ranges:
        return False
    fixed = 1
    for size, part in zip(sizes, index, strict=True):
        if part in ranges:
            continue
        if not isinstance(size, Const):
            return False
        fixed *= int(size.value)
    return fixed <= SMALL
