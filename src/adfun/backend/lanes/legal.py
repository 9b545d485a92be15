"""Whether the iterations of a loop are independent apart from sums, and may run in lanes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

from adfun.backend.lanes.accesses import Accesses
from adfun.backend.lanes.reduction import operations
from adfun.backend.lanes.rows import Along, along_rows
from adfun.backend.lanes.rowsums import RowSum, row_sums
from adfun.backend.lanes.shapes import Shapes
from adfun.backend.lanes.sums import Place, sums
from adfun.backend.lanes.tiles import Ranges, Tile, head_of, tiles
from adfun.diagnostics.internal import assert_never
from adfun.ir.nodes import (
    Accum,
    Alloc,
    Block,
    Buffer,
    Build,
    Check,
    For,
    Grow,
    If,
    Index,
    KernelCall,
    Let,
    Load,
    Operand,
    Report,
    Store,
    Var,
    While,
)
from adfun.ir.types import B1, VEC
from adfun.ir.walk import walk
from adfun.records import dataclass, field

REGISTERS = 24
"""Partial sums that have registers: of more, each is in memory, and best added to by several vectors."""
SHARE = 6
"""Statements of a loop for each of them, up to which that is worth a text of twice the length."""


class Refused(Exception):
    """The loop cannot run in lanes; the text says why, for a reader of the analysis."""


@dataclass(frozen=True, slots=True)
class Form:
    """How a loop in lanes is written.

    vectors   how many run at a time: 1, 2 or 4
    rest      what is left over runs as one pass with a mask, or as scalars
    ahead     whether the memory that is read in order is asked for ahead of time
    short     whether there are fewer iterations than the longest vectors have lanes
    few       whether fewer than a vector has lanes run as scalars, though what is left over has a mask
    """

    vectors: int = 1
    rest: Literal["masked", "scalar"] = "scalar"
    ahead: bool = False
    short: bool = False
    few: bool = False


@dataclass(eq=False)
class Plan:
    """A loop that runs in lanes.

    reductions  the operation of each carried value
    tiles       the slabs that every pass transposes first, by buffer and indices up to the lane's
    registers, shadows   where partial sums of common elements go (see `sums`)
    row_sums    sums that are collected for the rows of a pass
    along       the loops inside that can do without tiles
    """

    loop: For
    shapes: Shapes
    reductions: list[str]
    tiles: dict[Place, Tile]
    registers: list[Place]
    shadows: list[Place]
    row_sums: dict[Accum, RowSum]
    form: Form = field(default_factory=Form)
    along: dict[For, Along] = field(default_factory=dict)

    def has_many_sums(self) -> bool:
        """Whether partial sums fill the registers, and to add to them is much of the work."""
        count = len(self.registers) + len(self.reductions)
        return count > REGISTERS and SHARE * count >= len(self.loop.body.stmts)

    @property
    def rows(self) -> Sequence[RowSum]:
        """What is added to rows at the end of a pass."""
        return list(dict.fromkeys(self.row_sums.values()))

    def tile_of(self, load: Load, ranges: Ranges) -> Tile | None:
        """The tile that an element is in."""
        head = head_of(self.shapes, load.buffer, load.index)
        tile = self.tiles.get((load.buffer, head)) if head is not None else None
        if tile is None or not tile.covers(load.index[len(tile.head) :], ranges, self.shapes):
            return None
        return tile


def plan(
    loop: For,
    reads: Counter[Var | Buffer],
    within: Mapping[Operand, Index] | None = None,
    around: Mapping[Operand, Let] | None = None,
) -> Plan:
    """How to run a loop in lanes; raises Refused.  `within`, `around`: see `Shapes`."""
    _refuse_statements(loop)
    reductions = operations(loop, reads)
    if not all(reductions):
        raise Refused("a carried value is more than a sum")
    shapes = Shapes(loop, within, around)
    _refuse_shapes(shapes, loop.body)
    accesses = Accesses(shapes)
    _judge(accesses)
    made = Plan(loop, shapes, reductions, tiles(shapes), *sums(shapes), row_sums(shapes, accesses))
    if made.tiles:
        made.along = along_rows(shapes, made.tile_of)
    return made


def _refuse_statements(loop: For) -> None:
    for item in loop.carried:
        if item.param.type is VEC:
            raise Refused("it carries directions, which are vectors already")
    for stmt in walk(loop.body.stmts):
        match stmt:
            case While() | KernelCall() | Report() | Grow() | Build():
                raise Refused(f"{type(stmt).__name__} inside")
            case Let() | Load():
                if stmt.var.type is VEC:
                    raise Refused("directions, which are vectors already")
            case Alloc():
                if stmt.buffer.storage == "growable" or stmt.buffer.elem is VEC:
                    raise Refused("a growable buffer inside")
            case Store() | Accum():
                if stmt.buffer.elem is VEC:
                    raise Refused("directions, which are vectors already")
            case For() | If() | Check():
                pass
            case _:
                assert_never(stmt)


def _refuse_shapes(shapes: Shapes, block: Block) -> None:
    """What is made inside must have its elements in the same places in all lanes."""
    for stmt in walk(block.stmts):
        if isinstance(stmt, Alloc) and not shapes.uniform(*stmt.buffer.shape[1:]):
            raise Refused("a buffer whose layout differs between lanes")


def _judge(accesses: Accesses) -> None:
    """Refuse unless every buffer that is written is safe."""
    for buffer in accesses.found:
        kinds = accesses.kinds(buffer)
        if kinds == {"load"}:
            continue
        if buffer.elem is B1 and "accum" in kinds:
            raise Refused("an accumulated truth value")
        if kinds == {"accum"} or accesses.disjoint(buffer) or accesses.last_wins(buffer):
            continue  # (lanes store in order)
        raise Refused("iterations share memory")
