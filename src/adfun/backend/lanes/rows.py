"""Loops inside that run along the rows of a tile, and can read the rows as they are where these are long.

for i (lanes):
  t = for j in 0..p: next t + x[i, j] * b[j]       adfun_rows_dot: vectors run along j, of W rows at a time
  for j in 0..p: g[j] += r * x[i, j]               adfun_rows_add: no vectors for the elements of g

Transposing a block costs more than it brings when each element is used twice only, and rows are long.
"""

from __future__ import annotations

from collections.abc import Callable

from adfun.backend.lanes.shapes import Shapes
from adfun.backend.lanes.tiles import Ranges, Tile
from adfun.ir.nodes import Accum, Block, Buffer, For, Index, Let, Load, Operand, Var
from adfun.ir.types import F64
from adfun.ir.walk import blocks, from_zero, written_within
from adfun.primitives import arithmetic as a
from adfun.records import dataclass

TileOf = Callable[[Load, Ranges], Tile | None]


@dataclass(frozen=True, slots=True)
class Dot:
    """carried + (or -) the sum over a row of its elements times those of a common buffer."""

    param: Var
    buffer: Buffer
    index: Index
    minus: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A common buffer's elements += (or -=) a factor times a row."""

    buffer: Buffer
    index: Index
    factor: Operand
    minus: bool


@dataclass(frozen=True, slots=True, eq=False)
class Along:
    """What a loop along a tile's rows does."""

    tile: Tile
    parts: tuple[Dot | Row, ...]


def along_rows(shapes: Shapes, tile_of: TileOf) -> dict[For, Along]:
    """The outermost loops inside that can read rows as they are: of each tile all that read it, or none."""
    found: dict[For, Along] = {}
    readers: dict[Tile, int] = {}

    def count(block: Block, ranges: Ranges) -> None:
        for stmt in block.stmts:
            tile = tile_of(stmt, ranges) if isinstance(stmt, Load) else None
            if tile is not None:
                readers[tile] = readers.get(tile, 0) + 1
            for inner in blocks(stmt):
                count(inner, {**ranges, stmt.index: stmt} if isinstance(stmt, For) else ranges)

    count(shapes.loop.body, {})
    written = written_within(shapes.loop.body.stmts)
    for stmt in shapes.loop.body.stmts:
        along = _Loop(shapes, stmt, written, tile_of).along() if isinstance(stmt, For) else None
        if along is not None and isinstance(stmt, For):
            found[stmt] = along
            readers[along.tile] -= 1
    return {loop: along for loop, along in found.items() if not readers[along.tile]}


class _Loop:
    """Looks at one loop, whose body may have nothing but such sums."""

    def __init__(self, shapes: Shapes, loop: For, written: set[Buffer], tile_of: TileOf) -> None:
        self.shapes = shapes
        self.loop = loop
        self.written = written
        self.tile_of = tile_of
        self.lets: dict[Operand, Let] = {}
        self.loads: dict[Operand, Load] = {}
        self.used = 0
        """Statements that are part of a sum."""

    def along(self) -> Along | None:
        loop = self.loop
        if not from_zero(loop) or not self.shapes.uniform(loop.stop):
            return None
        accums = []
        for stmt in loop.body.stmts:
            match stmt:
                case Let():
                    self.lets[stmt.var] = stmt
                case Load():
                    self.loads[stmt.var] = stmt
                case Accum():
                    accums.append(stmt)
                case _:
                    return None
        of = {load: self.tile_of(load, {loop.index: loop}) for load in self.loads.values()}
        rows = [(load, tile) for load, tile in of.items() if tile is not None]
        if len(rows) != 1:
            return None
        ((load, tile),) = rows
        if load.index[-1] is not loop.index or len(tile.whole) != 1 or tile.first is not loop.stop:
            return None
        parts: list[Dot | Row | None] = [self.row(accum, load.var) for accum in accums]
        for item, after in zip(loop.carried, loop.body.yields, strict=True):
            parts.append(self.dot(item.param, after, load.var))
        sums = tuple(part for part in parts if part is not None)
        whole = len(sums) == len(parts) > 0 and len(self.lets) + len(self.loads) == 1 + self.used
        return Along(tile, sums) if whole else None

    def row(self, accum: Accum, x: Var) -> Row | None:
        value, minus = accum.value, False
        let = self.lets.get(value)
        if let is not None and let.op is a.neg:
            self.used += 1
            minus, let = True, self.lets.get(let.args[0])
        if let is None or let.op not in (a.mul, a.mul0) or x not in let.args:
            return None
        factor = let.args[1 - let.args.index(x)]
        if self.made_here(factor) or not self.common(accum.buffer, accum.index):
            return None
        self.used += 1
        return Row(accum.buffer, accum.index, factor, minus)

    def dot(self, param: Var, after: Operand, x: Var) -> Dot | None:
        let = self.lets.get(after)
        if let is None or let.op not in (a.add, a.sub) or param not in let.args:
            return None
        place = let.args.index(param)
        if let.op is a.sub and place != 0:
            return None
        product = self.lets.get(let.args[1 - place])
        if product is None or product.op is not a.mul or x not in product.args:
            return None
        load = self.loads.get(product.args[1 - product.args.index(x)])
        if load is None or load.buffer in self.written or not self.common(load.buffer, load.index):
            return None
        self.used += 3
        return Dot(param, load.buffer, load.index, let.op is a.sub)

    def common(self, buffer: Buffer, index: Index) -> bool:
        """Whether the loop runs along neighbours that all lanes have in common."""
        if buffer.elem is not F64 or buffer in self.shapes.local or not 0 < len(index) == buffer.rank:
            return False
        along = index[-1] is self.loop.index and self.loop.index not in index[:-1]
        return along and self.shapes.uniform(*index[:-1])

    def made_here(self, operand: Operand) -> bool:
        return operand in self.lets or operand in self.loads or operand is self.loop.index
