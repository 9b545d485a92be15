"""Loads, stores and sums of all lanes at once, by how their positions differ from lane to lane."""

from __future__ import annotations

from adfun.backend.lanes.fused import Fusions
from adfun.backend.lanes.legal import Plan
from adfun.backend.lanes.overlaps import Overlaps
from adfun.backend.lanes.parts import Parts, rows_of
from adfun.backend.lanes.rowsums import RowSum
from adfun.backend.lanes.shapes import UNIFORM, Varying, is_one, streams
from adfun.backend.lanes.sums import SEVERAL, scattered
from adfun.backend.lanes.values import Values
from adfun.backend.storage import constant_size, count, count_of
from adfun.backend.unit import Unit
from adfun.ir.nodes import Accum, Alloc, Buffer, Const, For, Index, Load, Operand, Store
from adfun.ir.types import B1, F64, I64

STACK_BYTES = 4096
"""The largest private buffer that becomes a local array."""


class Memory:
    """The memory of one lane loop; a `mask` names the lanes that take part, all when it is empty."""

    def __init__(self, unit: Unit, plan: Plan, parts: Parts, values: Values, fusions: Fusions) -> None:
        self.unit = unit
        self.plan = plan
        self.shapes = plan.shapes
        self.parts = parts
        self.values = values
        self.spelling = values.spelling
        self.fusions = fusions
        self.overlaps = Overlaps(unit, plan, values)
        self.ranges: dict[Operand, For] = {}
        """The loops inside, by index."""
        self.rows: dict[RowSum, str] = {}
        """Where the sums of a pass into rows are."""
        self.row_mask = ""
        """The lanes of the last pass."""
        self.to_the_end = False
        """Whether the last pass is at the end of the loop, which chunks of it do not reach."""
        self.grouped: dict[Operand, str] = {}
        """What tells of an index in memory whether it is sorted by groups."""

    def declare(self, stop: str) -> None:
        """Before the loop."""
        self.overlaps.declare()
        unit, loop = self.unit, self.plan.loop
        if len(scattered(self.shapes)) > SEVERAL:
            return
        loads: dict[Operand, Load] = {stmt.var: stmt for stmt in loop.body.stmts if isinstance(stmt, Load)}
        for stmt in loop.body.stmts:
            if not isinstance(stmt, Accum) or len(stmt.index) != 1 or stmt.buffer.elem is not F64:
                continue
            load = loads.get(stmt.index[0])
            if load is None or load.var in self.grouped or not load.buffer.immutable:
                continue
            if load.index[-1] is loop.index and self.shapes.outside(*load.index[:-1]):
                at = f"{unit.buffer(load.buffer)} + {unit.position(load.buffer, load.index)}"
                name = self.grouped[load.var] = unit.fresh("grouped")
                self.spelling.headers.add("lanes_indexed")
                unit.line(f"const bool {name} = adfun_grouped({at}, {stop} - {unit.name(loop.index)});")

    # -- sums into rows ---------------------------------------------------------------------------

    def open_rows(self) -> None:
        """Before a pass: its sums into rows are zero."""
        unit, kind = self.unit, self.spelling.types[F64]
        for sum_ in self.plan.rows:
            name = self.rows[sum_] = unit.fresh("sums")
            if isinstance(sum_.columns, Const):
                unit.line(f"{kind} {name}[{unit.term(sum_.columns)}] = {{}};")
                continue
            room, size = self.parts.row_rooms[sum_]
            unit.line(f"{kind} *const ADFUN_RESTRICT {name} = ({kind} *){room};")
            unit.line(f"adfun_clear({name}, {size}, sizeof({kind}));")

    def add_rows(self, mask: str) -> None:
        """After a pass: add them."""
        unit = self.unit
        for sum_, name in self.rows.items():
            first, stride = rows_of(unit, sum_.buffer, (*sum_.head[:-1], self.plan.loop.index), sum_.ahead)
            columns = unit.term(sum_.columns)
            unit.line(f"{self.spelling.call('add_rows', mask, first, stride, name, columns)};")

    # -- private buffers: one vector per element --------------------------------------------------

    def on_stack(self, buffer: Buffer) -> bool:
        size = constant_size(buffer)
        vector = 64 * self.spelling.vectors
        return self.unit.on_stack(buffer, None if size is None else size * vector, STACK_BYTES)

    def alloc(self, stmt: Alloc, mask: str) -> None:
        unit, buffer = self.unit, stmt.buffer
        kind, name = self.spelling.types[buffer.elem], unit.buffer(buffer)
        if self.on_stack(buffer):
            known = max(1, constant_size(buffer) or 0)
            unit.line(f"{kind} {name}[{known}]{' = {}' if stmt.zero else ''};")
            return
        if self.shapes.uniform(*buffer.shape):
            size = count(unit, buffer)
        else:
            size, rest = unit.fresh("n"), count_of(unit, buffer.shape[1:])
            most = self.values.largest(buffer.shape[0], mask)
            unit.line(f"const adfun_i64 {size} = adfun_times({most}, {rest});")
        self.parts.take(buffer, name, size, zero=stmt.zero)

    # -- loads ------------------------------------------------------------------------------------

    def load(self, stmt: Load, mask: str) -> str:
        """The elements of all lanes as a vector."""
        unit, buffer, index = self.unit, stmt.buffer, stmt.index
        if buffer in self.shapes.local:
            if self.shapes.uniform(*index):
                return unit.element(buffer, index)
            return self.spelling.call("own", mask, unit.buffer(buffer), self.values.positions(buffer, index))
        tile = self.plan.tile_of(stmt, self.ranges)
        if tile is not None:
            return self.parts.tiled(tile, unit.flat(tile.sizes, index[len(tile.head) :]))
        shape, name = self.shapes.position(buffer, index), unit.buffer(buffer)
        if isinstance(shape, Varying):
            return self.spelling.call("gather", mask, name, self.values.positions(buffer, index))
        at = f"{name} + {unit.position(buffer, index)}"
        if not is_one(shape):
            return self.spelling.call("strided", mask, at, self.values.stride(shape))
        if buffer.elem is I64 and buffer.immutable:
            self.values.in_memory[stmt.var] = at
        ahead = self.plan.form.ahead and not mask and streams(self.shapes, stmt)
        some = "" if self.along_row(stmt) else mask
        return self.spelling.call("stream" if ahead else "load", some, at)

    def along_row(self, stmt: Load | Store | Accum) -> bool:
        """Whether a vector ends where the row has room for it."""
        return self.to_the_end and self.unit.padding.along(stmt, self.plan.loop)

    # -- stores -----------------------------------------------------------------------------------

    def store(self, stmt: Store, mask: str) -> None:
        unit, buffer, value = self.unit, stmt.buffer, self.values.vector(stmt.value)
        if buffer in self.shapes.local and not self.shapes.uniform(*stmt.index):
            self.scatter("own_store", buffer, stmt.index, mask, value)
        elif buffer in self.shapes.local:
            target = unit.element(buffer, stmt.index)
            unit.line(f"{target} = {self.blend(buffer, mask, value, target)};")
        elif is_one(self.shapes.position(buffer, stmt.index)):
            at = f"{unit.buffer(buffer)} + {unit.position(buffer, stmt.index)}"
            if mask and self.along_row(stmt):
                other = "adfun_v{}" if mask == self.row_mask else self.spelling.call("load", at)
                mask, value = "", self.blend(buffer, mask, value, other)
            unit.line(f"{self.spelling.call('store', mask, at, value)};")
        else:
            self.scatter("scatter", buffer, stmt.index, mask, value)

    def blend(self, buffer: Buffer, mask: str, value: str, other: str) -> str:
        """The value in the lanes of the mask, another one in the rest."""
        if not mask:
            return value
        if buffer.elem is B1:
            return f"({mask} & {value}) | (~{mask} & {other})"
        return f"adfun_select({mask}, {value}, {other})"

    def scatter(self, function: str, buffer: Buffer, index: Index, mask: str, value: str) -> None:
        where = self.values.positions(buffer, index)
        self.unit.line(f"{self.spelling.call(function, mask, self.unit.buffer(buffer), where, value)};")

    def added(self, stmt: Accum) -> str:
        """What a sum adds, with the product that it takes in."""
        fused, zero = self.fusions.by.get(stmt), self.spelling.splat("0.0", stmt.buffer.elem)
        return self.values.vector(stmt.value) if fused is None else self.values.fused(fused, zero)

    def add_to(self, place: str, stmt: Accum, mask: str) -> None:
        """Add to what holds a vector of its own."""
        fused, zero = self.fusions.by.get(stmt), f"{self.spelling.types[stmt.buffer.elem]}{{}}"
        if fused is None:
            value = self.blend(stmt.buffer, mask, self.values.vector(stmt.value), zero)
            self.unit.line(f"{place} += {value};")
        else:
            self.unit.line(f"{place} = {self.values.fused(fused, place, mask)};")

    def accum(self, stmt: Accum, mask: str) -> None:
        unit, buffer = self.unit, stmt.buffer
        shape, private = self.shapes.position(buffer, stmt.index), buffer in self.shapes.local
        fused = self.fusions.by.get(stmt)
        if stmt in self.plan.row_sums:
            self.add_to(f"{self.rows[self.plan.row_sums[stmt]]}[{unit.term(stmt.index[-1])}]", stmt, mask)
        elif not mask and stmt in self.overlaps.of:
            self.overlaps.add(stmt, self.added(stmt))
        elif shape != UNIFORM and (private or not is_one(shape)):
            sums = not mask and not private and buffer.elem is F64
            grouped = self.grouped.get(stmt.index[0], "") if sums else ""
            self.scatter(
                "own_add" if private else "scatter_add", buffer, stmt.index, mask or grouped, self.added(stmt)
            )
        elif private or shape == UNIFORM:
            place = unit.element(buffer, stmt.index) if private else self.parts.sum_place(buffer, stmt.index)
            self.add_to(place, stmt, mask)
        else:
            at = f"{unit.buffer(buffer)} + {unit.position(buffer, stmt.index)}"
            along = bool(mask) and self.along_row(stmt)
            before = self.spelling.call("load", "" if along else mask, at)
            plain = f"{before} + {self.values.vector(stmt.value)}"
            after = plain if fused is None else self.values.fused(fused, before)
            if along:
                mask, after = "", self.blend(buffer, mask, after, before)
            unit.line(f"{self.spelling.call('store', mask, at, after)};")
