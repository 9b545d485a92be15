"""Whether the iterations of a loop are independent apart from sums, and may run in lanes."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Literal

from adfun.backend.lanes.reduction import operations
from adfun.backend.lanes.shapes import UNIFORM, Shapes, Varying
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
    Report,
    Stmt,
    Store,
    Var,
    While,
)
from adfun.ir.types import B1, VEC
from adfun.ir.walk import walk


class Refused(Exception):
    """The loop cannot run in lanes; the text says why, for a reader of the analysis."""


@dataclass(frozen=True, slots=True)
class Access:
    kind: Literal["load", "store", "accum"]
    index: Index


@dataclass(frozen=True, slots=True)
class Form:
    """How a loop in lanes is written.

    two   two vectors at a time
    rest  what is left over runs as one pass with a mask, or as scalars
    """

    two: bool = False
    rest: Literal["masked", "scalar"] = "scalar"


@dataclass(eq=False)
class Plan:
    """A loop that runs in lanes.

    reductions  the operation of each carried value
    tiles       the slabs that every pass transposes first, by buffer and indices up to the lane's
    registers, shadows   where partial sums of common elements go (see `sums`)
    """

    loop: For
    shapes: Shapes
    reductions: list[str]
    tiles: dict[Place, Tile]
    registers: list[Place]
    shadows: list[Place]
    form: Form = field(default_factory=Form)

    def tile_of(self, load: Load, ranges: Ranges) -> Tile | None:
        """The tile that an element is in."""
        head = head_of(self.shapes, load.buffer, load.index)
        tile = self.tiles.get((load.buffer, head)) if head is not None else None
        if tile is None or not tile.covers(load.index[len(tile.head) :], ranges):
            return None
        return tile


def plan(loop: For, reads: Counter[Var | Buffer]) -> Plan:
    """How to run a loop in lanes; raises Refused."""
    _refuse_statements(loop)
    reductions = operations(loop, reads)
    if not all(reductions):
        raise Refused("a carried value is more than a sum")
    shapes = Shapes(loop)
    accesses = _Accesses(shapes)
    accesses.block(loop.body)
    accesses.judge()
    return Plan(loop, shapes, reductions, tiles(shapes), *sums(shapes))


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


class _Accesses:
    """Every use of memory that lanes might share."""

    def __init__(self, shapes: Shapes) -> None:
        self.shapes = shapes
        self.found: dict[Buffer, list[Access]] = defaultdict(list)

    def block(self, block: Block) -> None:
        for stmt in block.stmts:
            self.statement(stmt)

    def statement(self, stmt: Stmt) -> None:
        match stmt:
            case Load():
                self.access("load", stmt.buffer, stmt.index)
            case Store():
                self.access("store", stmt.buffer, stmt.index)
            case Accum():
                self.access("accum", stmt.buffer, stmt.index)
            case Alloc():
                if not self.shapes.uniform(*stmt.buffer.shape):
                    raise Refused("a buffer whose size differs between lanes")
            case For():
                if not self.shapes.uniform(stmt.start, stmt.stop):
                    raise Refused("a loop inside whose bounds differ between lanes")
                self.block(stmt.body)
            case If():
                self.block(stmt.then)
                self.block(stmt.orelse)
            case Let() | Check():
                pass
            case Build() | While() | Grow() | KernelCall() | Report():
                raise Refused(type(stmt).__name__)
            case _:
                assert_never(stmt)

    def access(self, kind: Literal["load", "store", "accum"], buffer: Buffer, index: Index) -> None:
        if buffer not in self.shapes.local:
            self.found[buffer].append(Access(kind, index))
        elif not self.shapes.uniform(*index):
            raise Refused("a private buffer with an index that differs between lanes")

    def judge(self) -> None:
        """Refuse unless every buffer that is written is safe."""
        for buffer, accesses in self.found.items():
            kinds = {access.kind for access in accesses}
            if kinds == {"load"}:
                continue
            if buffer.elem is B1 and "accum" in kinds:
                raise Refused("an accumulated truth value")
            if kinds == {"accum"} or self.disjoint(buffer, accesses):
                continue
            if kinds == {"store"} and len(accesses) == 1 and self.differs(buffer, accesses[0].index):
                continue  # lanes store in order, so the last one wins as it should
            raise Refused("iterations share memory")

    def differs(self, buffer: Buffer, index: Index) -> bool:
        return self.shapes.position(buffer, index) != UNIFORM

    def disjoint(self, buffer: Buffer, accesses: list[Access]) -> bool:
        """Whether all accesses have the same operand in one axis, and it differs in every lane."""
        first = accesses[0].index
        for axis, operand in enumerate(first):
            shape = self.shapes.shape(operand)
            if isinstance(shape, Varying) or set(shape) != {()}:
                continue
            if all(len(a.index) == len(first) and a.index[axis] is operand for a in accesses):
                return True
        return False
