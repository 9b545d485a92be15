"""The memory that iterations of a loop share, and whether the order of iterations shows in it.

An operand *moves* when it changes within one iteration, with a loop inside:

    for i:  s = f(i);  for j: k = i + j; a[k] = ...         s does not move, j and k do

Elements at a moving position that also differs between iterations may be met by several iterations,
each at another time: a[i + j] is written by i = 0 at j = 1 and by i = 1 at j = 0.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from adfun.backend.lanes.shapes import UNIFORM, Shapes, Varying
from adfun.ir.nodes import Accum, Block, Buffer, For, If, Index, Let, Load, Operand, Stmt, Store, Var, While
from adfun.ir.walk import blocks, defined, inner_vars, written_within
from adfun.records import dataclass

Kind = Literal["load", "store", "accum"]


@dataclass(frozen=True, slots=True)
class Access:
    """sometimes: within a branch inside a loop inside, or a loop inside that some lanes leave early."""

    kind: Kind
    index: Index
    sometimes: bool


class Accesses:
    """Every use of the memory that is not made inside, by buffer."""

    def __init__(self, shapes: Shapes) -> None:
        self.shapes = shapes
        self.found: dict[Buffer, list[Access]] = defaultdict(list)
        self.moving: set[Operand] = set()
        self.written = written_within(shapes.loop.body.stmts)
        self._block(shapes.loop.body, 0, False)

    # -- the walk ---------------------------------------------------------------------------

    def _block(self, block: Block, loops: int, sometimes: bool) -> None:
        for stmt in block.stmts:
            if loops:
                self._move(stmt)
            match stmt:
                case Load():
                    self._access("load", stmt.buffer, stmt.index, sometimes)
                case Store():
                    self._access("store", stmt.buffer, stmt.index, sometimes)
                case Accum():
                    self._access("accum", stmt.buffer, stmt.index, sometimes)
                case _:
                    pass
            inside = loops + isinstance(stmt, (For, While))
            if isinstance(stmt, (For, While)):
                self.moving.update(inner_vars(stmt))
            for inner in blocks(stmt):
                self._block(inner, inside, sometimes or self._partial(stmt, inside))

    def _partial(self, stmt: Stmt, loops: int) -> bool:
        """Whether some lanes may skip a statement's blocks while a loop inside runs."""
        if isinstance(stmt, For):
            return not self.shapes.uniform(stmt.start, stmt.stop)
        return isinstance(stmt, If) and loops > 0

    def _move(self, stmt: Stmt) -> None:
        """Find out what moves of the values that a statement inside a loop inside defines."""
        match stmt:
            case Let():
                moves = any(x in self.moving for x in stmt.args)
            case Load():
                moves = stmt.buffer in self.written or any(x in self.moving for x in stmt.index)
            case _:
                moves = True
        if moves:
            self.moving.update(x for x in defined(stmt) if isinstance(x, Var))

    def _access(self, kind: Kind, buffer: Buffer, index: Index, sometimes: bool) -> None:
        if buffer not in self.shapes.local:
            self.found[buffer].append(Access(kind, index, sometimes))

    # -- what follows -----------------------------------------------------------------------

    def kinds(self, buffer: Buffer) -> set[Kind]:
        """What is done with a buffer."""
        return {access.kind for access in self.found[buffer]}

    def disjoint(self, buffer: Buffer) -> bool:
        """Whether no two iterations meet where one of them writes."""
        accesses = self.found[buffer]
        return self._disjoint(accesses) or any(
            all(self._disjoint(row) for row in rows if any(a.kind != "load" for a in row))
            for rows in self._rows(accesses)
        )

    def _rows(self, accesses: Sequence[Access]) -> Iterator[Iterable[Sequence[Access]]]:
        """Groups of accesses that never meet those of others: along an axis they are a constant apart."""
        if len({len(access.index) for access in accesses}) > 1:
            return
        for axis in range(len(accesses[0].index)):
            places = [self.shapes.shifted(access.index[axis]) for access in accesses]
            known = [place for place in places if place is not None]
            if len(known) == len(places) and len({base for base, _ in known}) == 1:
                rows: dict[int, list[Access]] = defaultdict(list)
                for (_, offset), access in zip(known, accesses, strict=True):
                    rows[offset].append(access)
                yield rows.values()

    def _disjoint(self, accesses: Sequence[Access]) -> bool:
        """Whether all accesses have the same operand in one axis, it stays the same during an iteration, and
        is another in every iteration."""
        first = accesses[0].index
        for axis, operand in enumerate(first):
            shape = self.shapes.shape(operand)
            if isinstance(shape, Varying) or set(shape) != {()} or operand in self.moving:
                continue
            if all(len(a.index) == len(first) and a.index[axis] is operand for a in accesses):
                return True
        return False

    def last_wins(self, buffer: Buffer) -> bool:
        """Whether a buffer holds the same when all iterations do their first stores before their second ones.

        That is so when each iteration stores to a product of places, some given by the iteration
        and some by the loops inside, in full.
        """
        access, *more = self.found[buffer]
        if more or access.kind != "store" or self.shapes.position(buffer, access.index) == UNIFORM:
            return False
        if not any(x in self.moving for x in access.index):
            return not access.sometimes
        mixed = any(x in self.moving and not self.shapes.uniform(x) for x in access.index)
        return not mixed and not access.sometimes
