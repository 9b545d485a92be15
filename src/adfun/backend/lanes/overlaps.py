"""Sums into neighbouring elements: what passes write on top of each other stays in registers.

    b[i] += x;  b[i + 1] += y      ->      b[i] += x + y of the lane before

The adjoint of differences.  A pass that loads what the pass before stored a lane further on waits until that
is in the cache; so it takes the last lanes of `y` along instead, and the last pass leaves them in memory.
"""

from __future__ import annotations

from collections.abc import Sequence

from adfun.backend.lanes.accesses import Accesses
from adfun.backend.lanes.legal import Plan
from adfun.backend.lanes.shapes import is_one
from adfun.backend.lanes.values import Values
from adfun.backend.unit import Unit
from adfun.ir.nodes import Accum, Buffer, Const, Let, Operand
from adfun.ir.types import F64
from adfun.primitives.arithmetic import iadd, isub
from adfun.records import dataclass, field

FURTHEST = 16
"""How far apart the elements may be: what is further is in the cache by then."""


@dataclass(frozen=True, slots=True, eq=False)
class Overlap:
    """Sums into one row, by the distance from the lane's index.

    base     what is added to that index, and does not change in the loop
    late     what holds the last lanes of each sum, by how far it is ahead
    pending  the sums of this pass, by how far each is ahead; `left` are those that it has not made
    """

    buffer: Buffer
    head: tuple[Operand, ...]
    base: tuple[Operand, ...]
    members: dict[Accum, int]
    late: dict[int, str] = field(default_factory=dict)
    pending: dict[int, str] = field(default_factory=dict)
    left: set[Accum] = field(default_factory=set)

    @property
    def first(self) -> int:
        return min(self.members.values())


class Overlaps:
    """The overlapping sums of one lane loop."""

    def __init__(self, unit: Unit, plan: Plan, values: Values) -> None:
        self.unit = unit
        self.plan = plan
        self.values = values
        self.begin = ""
        self.of = {stmt: group for group in _groups(plan) for stmt in group.members}

    @property
    def groups(self) -> Sequence[Overlap]:
        return list(dict.fromkeys(self.of.values()))

    def declare(self) -> None:
        """Before the loop: nothing is late."""
        if not self.of:
            return
        unit = self.unit
        self.begin = unit.fresh("first")
        unit.line(f"const adfun_i64 {self.begin} = {unit.name(self.plan.loop.index)};")
        for group in self.groups:
            group.left.update(group.members)
            for ahead in sorted({offset - group.first for offset in group.members.values()} - {0}):
                group.late[ahead] = unit.fresh("late")
                unit.line(f"adfun_late<{ahead}> {group.late[ahead]} = {{}};")

    def add(self, stmt: Accum, vector: str) -> None:
        """One sum of a pass; the last one of a group writes them all."""
        group = self.of[stmt]
        ahead = group.members[stmt] - group.first
        before = group.pending.get(ahead)
        group.pending[ahead] = self.named(f"{before} + {vector}" if before else vector)
        group.left.discard(stmt)
        if group.left:
            return
        at = self.place(group)
        total = self.values.spelling.call("load", at)
        for ahead, name in sorted(group.pending.items(), reverse=True):
            late = group.late.get(ahead)
            if late is None:
                total += f" + {name}"
            else:
                total += f" + {self.named(f'adfun_behind({late}, {name})')}"
        self.unit.line(f"{self.values.spelling.call('store', at, total)};")

    def named(self, vector: str) -> str:
        """A vector by a name that does not change."""
        if vector.isidentifier():
            return vector
        name = self.unit.fresh("t")
        self.unit.line(f"const {self.values.spelling.types[F64]} {name} = {vector};")
        return name

    def finish(self) -> None:
        """After the passes of all lanes: what is late goes to memory."""
        if not self.of:
            return
        unit = self.unit
        unit.module.headers.add("lanes_tiles")
        with unit.writer.block(f"if ({unit.name(self.plan.loop.index)} > {self.begin})"):
            for group in self.groups:
                for late in group.late.values():
                    unit.line(f"adfun_add_late({self.place(group)}, {late});")

    def place(self, group: Overlap) -> str:
        """Where the first lane of a pass adds to the nearest element."""
        unit, first = self.unit, group.first
        index = (*group.head, self.plan.loop.index)
        at = " + ".join(
            [unit.buffer(group.buffer), unit.position(group.buffer, index), *map(unit.term, group.base)]
        )
        return at if first == 0 else f"{at} {'+' if first > 0 else '-'} {abs(first)}"


def _groups(plan: Plan) -> list[Overlap]:
    """Sums that every pass makes, into elements of one row that are near each other, of buffers that the loop
    does not read."""
    body, shapes = plan.loop.body.stmts, plan.shapes
    lets: dict[Operand, Let] = {s.var: s for s in body if isinstance(s, Let)}
    found: dict[tuple[Buffer, tuple[Operand, ...], tuple[Operand, ...]], dict[Accum, int]] = {}
    for stmt in body:
        if not isinstance(stmt, Accum) or stmt.buffer.elem is not F64 or stmt.buffer in shapes.local:
            continue
        if len(stmt.index) != stmt.buffer.rank or not is_one(shapes.position(stmt.buffer, stmt.index)):
            continue
        place = _place(stmt.index[-1], plan, lets)
        if place is not None and shapes.outside(*stmt.index[:-1]):
            base, offset = place
            found.setdefault((stmt.buffer, stmt.index[:-1], base), {})[stmt] = offset
    groups = [Overlap(*key, members) for key, members in found.items() if _overlap(members)]
    if not groups:
        return []
    accesses = Accesses(shapes)
    return [group for group in groups if accesses.kinds(group.buffer) == {"accum"}]


def _overlap(members: dict[Accum, int]) -> bool:
    distances = sorted(members.values())
    return 0 < distances[-1] - distances[0] <= FURTHEST


def _place(index: Operand, plan: Plan, lets: dict[Operand, Let]) -> tuple[tuple[Operand, ...], int] | None:
    """How far an index is from that of the lane: what the loop does not change, and a number."""
    if index is plan.loop.index:
        return (), 0
    let = lets.get(index)
    if let is None or let.op not in (iadd, isub):
        return None
    x, y = let.args
    if let.op is iadd and plan.shapes.outside(x):
        x, y = y, x
    before = _place(x, plan, lets)
    if before is None or not plan.shapes.outside(y):
        return None
    base, offset = before
    if isinstance(y, Const):
        return base, offset + (int(y.value) if let.op is iadd else -int(y.value))
    return ((y, *base), offset) if let.op is iadd else None
