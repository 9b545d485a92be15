"""What surrounds the vector loop: partial sums with their final addition, and tiles."""

from __future__ import annotations

from collections.abc import Mapping

from adfun.backend.lanes.legal import Form, Plan
from adfun.backend.lanes.reduction import IDENTITY, plain_sums
from adfun.backend.lanes.rowsums import RowSum
from adfun.backend.lanes.sums import Place, shadow_head, shadow_sizes
from adfun.backend.lanes.tiles import Kept, Tile
from adfun.backend.lanes.values import MEMBERS, Spelling, Values
from adfun.backend.storage import FAIL, count_of
from adfun.backend.unit import Unit
from adfun.ir.nodes import Buffer, Const, For, Index, Operand, i64
from adfun.ir.types import F64, Type
from adfun.records import replace

TOGETHER = 3
"""Neighbouring sums whose lanes are added up together."""
ONE = Spelling(1, headers=set())
"""Sums of common elements have one vector, also where several run at a time: all are added to it."""


class Parts:
    """The partial sums and tiles of one loop."""

    def __init__(self, unit: Unit, plan: Plan, values: Values) -> None:
        self.unit = unit
        self.plan = plan
        self.spelling = values.spelling
        self.carried: list[str] = []
        self.registers: dict[Place, str] = {}
        self.shadows: dict[Place, tuple[str, str]] = {}
        """Of each shadow its vectors, and their number."""
        self.tiles: dict[Tile, tuple[str, str]] = {}
        """Of each tile its vectors, and their number."""
        self.rooms: dict[Tile, str] = {}
        """Where tiles are made, if they may be elsewhere as well."""
        self.row_rooms: dict[RowSum, tuple[str, str]] = {}
        """Where sums into rows are collected, and the number of columns, where that is not known."""
        self.several = plan.form.vectors
        """How many vectors of rows a tile has."""
        self.long: dict[Tile, str] = {}
        """What tells whether rows are long enough to be read as they are."""
        self.mark = ""
        several = plan.form.vectors > 1 and not unit.once and not plan.form.short
        self.sums = plain_sums(plan.loop, unit.reads) if several and plan.has_many_sums() else {}
        """The sums carried from pass to pass to which all vectors are added, too, with what is added."""
        self.single = {param for param, _ in self.sums.values()}

    # -- before the loop ----------------------------------------------------------------------

    def declare(self, stop: str) -> None:
        """Start all partial sums, and make room for shadows and tiles."""
        unit, plan = self.unit, self.plan
        for item, op in zip(plan.loop.carried, plan.reductions, strict=True):
            spelling = ONE if item.param in self.single else self.spelling
            self.carried.append(self.start(item.param.type, op, spelling))
        for buffer, index in plan.registers:
            self.registers[buffer, index] = self.start(buffer.elem, addition(buffer), ONE)
        if plan.shadows or plan.tiles or plan.row_sums:
            self.mark = unit.fresh("mark")
            unit.line(f"const adfun_mark {self.mark} = adfun_top(ws);")
        for place in plan.shadows:
            name, size = unit.fresh("shadow"), unit.fresh("n")
            self.shadows[place] = name, size
            unit.line(f"const adfun_i64 {size} = {count_of(unit, shadow_sizes(place))};")
            self.take(place[0], name, size, zero=True, spelling=ONE)
        for tile in plan.tiles.values():
            self.declare_tile(tile, stop)
        for sum_ in plan.rows:
            if not isinstance(sum_.columns, Const):
                room, size = self.row_rooms[sum_] = unit.fresh("room"), unit.term(sum_.columns)
                self.take(sum_.buffer, room, size, zero=False)

    def start(self, type: Type, op: str, spelling: Spelling) -> str:
        """A register with the identity of a reduction in every lane."""
        name = self.unit.fresh("s")
        self.unit.line(f"{spelling.types[type]} {name} = {spelling.splat(IDENTITY[op], type)};")
        return name

    def declare_tile(self, tile: Tile, stop: str) -> None:
        """Room for a tile, if it is not made ahead."""
        unit, name, size = self.unit, self.unit.fresh("tile"), self.unit.fresh("n")
        unit.line(f"const adfun_i64 {size} = {tile_size(unit, tile)};")
        self.tiles[tile] = name, size
        if tile in unit.ahead:
            return
        kept = self.kept(tile)
        if kept is not None:
            self.rooms[tile] = unit.fresh("room")
        self.take(tile.buffer, self.rooms.get(tile, name), size, zero=False)
        if any(along.tile is tile for along in self.plan.along.values()):
            self.long[tile] = unit.fresh("long")
            rest = f"{stop} - {unit.name(self.plan.loop.index)}"
            known = "" if kept is None else f"!{kept.name} && "
            unit.line(f"const bool {self.long[tile]} = {known}adfun_long({size}, {rest});")

    def kept(self, tile: Tile) -> Kept | None:
        """The tiles that may have been made when data were bound, if they are of the rows of these lanes."""
        return self.unit.kept.get(tile.key(self.several)) if tile.is_one_of_all(self.plan.loop) else None

    def take(
        self, buffer: Buffer, name: str, size: str, *, zero: bool, spelling: Spelling | None = None
    ) -> None:
        """Vectors on the arena."""
        unit, kind = self.unit, (spelling or self.spelling).types[buffer.elem]
        unit.line(f"{kind} *const ADFUN_RESTRICT {name} = ({kind} *)adfun_take(ws, {size}, sizeof({kind}));")
        unit.line(f"if (ADFUN_UNLIKELY(!{name})) {FAIL}")
        if zero:
            unit.line(f"adfun_clear({name}, {size}, sizeof({kind}));")

    def of_one_vector(self) -> Parts:
        """The same places for a loop that runs one vector at a time: what is left over from several."""
        unit, plan = self.unit, replace(self.plan, form=Form(1, "masked"))
        rest = Parts(unit, plan, Values(unit, plan))
        first = MEMBERS[self.plan.form.vectors][0]
        rest.carried = [
            part if item.param in self.single else f"{part}{first}"
            for item, part in zip(plan.loop.carried, self.carried, strict=True)
        ]
        rest.registers, rest.shadows, rest.several = self.registers, self.shadows, self.several
        rest.row_rooms = self.row_rooms
        for tile, (name, size) in self.tiles.items():
            rest.tiles[tile] = unit.fresh("tile"), size
            rest.rooms[tile] = f"(adfun_v *){self.rooms.get(tile, name)}"
        return rest

    # -- in the loop --------------------------------------------------------------------------

    def transpose(self, mask: str, long: bool) -> None:
        """Make the tiles of one pass; `long`: but those whose rows are read as they are."""
        unit, kind = self.unit, self.spelling.types[F64]
        for tile, (name, size) in self.tiles.items():
            if long and tile in self.long:
                continue
            step = "1" if self.several == 1 else str(self.several) if self.spelling.vectors == 1 else ""
            room = self.rooms.get(tile, name)
            made = self.spelling.call("tile", mask, room, step, *tile_rows(unit, tile), size)
            kept = self.kept(tile)
            if tile in unit.ahead:
                made = self.block(unit.ahead[tile], size)
            elif kept is not None:
                made = f"{kept.name} ? {self.block(kept.name, size)} : {made}"
            elif room == name:
                unit.line(f"{made};")
                continue
            unit.line(f"const {kind} *const ADFUN_RESTRICT {name} = {made};")
            if kept is not None and not mask and self.plan.has_many_sums():
                # (a pass is so long that the processor does not see the next one)
                unit.line(f"adfun_soon({name} + {size}, {size} * {self.several});")

    def asked_ahead(self) -> dict[For, str]:
        """For loops that read a tile of data, what asks for a part of a later one in every iteration, unless
        tiles are kept: so memory is busy while they compute."""
        found: dict[For, str] = {}
        for tile, (_, size) in self.tiles.items():
            kept = self.kept(tile)
            if kept is None or tile in self.unit.ahead or len(tile.whole) != 1:
                continue
            readers = [
                stmt for stmt in self.plan.loop.body.stmts if isinstance(stmt, For) and tile.is_read(stmt)
            ]
            rows, lines = tile_rows(self.unit, tile)[0], f"ADFUN_W * {self.several} / {8 * len(readers[:2])}"
            for stmt, start in zip(readers, ("", f"{size} + "), strict=False):
                part = f"{start}{self.unit.name(stmt.index)}"
                found[stmt] = f"if (!{kept.name}) adfun_ahead({rows}, {part}, {lines});"
        return found

    def block(self, tiles: str, size: str) -> str:
        """Where the tile of a pass is among those of all rows."""
        index, group = self.unit.name(self.plan.loop.index), Spelling(self.several, set())
        first = f"{tiles} + {index} / {group.width} * {size}"
        if self.spelling.vectors == self.several:
            return first
        return f"(const adfun_v *)({first}) + {index} / ADFUN_W % {self.several}"

    def tiled(self, tile: Tile, position: str) -> str:
        """An element of a tile in all lanes."""
        if self.spelling.vectors != self.several:
            position = f"({position}) * {self.several}" if " " in position else f"{position} * {self.several}"
        return f"{self.tiles[tile][0]}[{position}]"

    def sum_place(self, buffer: Buffer, index: Index) -> str:
        """Where the partial sums of a common element are."""
        if (buffer, index) in self.registers:
            return self.registers[buffer, index]
        head = shadow_head(self.plan.shapes, buffer, index)
        if len(index) != buffer.rank:
            return f"{self.shadows[buffer, head][0]}[{self.unit.position(buffer, index)}]"
        rest = self.unit.flat(shadow_sizes((buffer, head)), index[len(head) :])
        return f"{self.shadows[buffer, head][0]}[{rest}]"

    # -- after the loop -----------------------------------------------------------------------

    def finish(self) -> None:
        """Add up the lanes."""
        unit, plan = self.unit, self.plan
        for item, op, part in zip(plan.loop.carried, plan.reductions, self.carried, strict=True):
            name = unit.name(item.param)
            unit.line(f"{name} = {join(op, name, f'adfun_lanes_{op}({part})')};")
        rows = neighbours(self.registers)
        for (buffer, head), parts in rows.items():
            self.add_row(buffer, head, parts)
        for (buffer, index), part in self.registers.items():
            if (buffer, index[:-1]) not in rows:
                unit.line(f"{unit.element(buffer, index)} += adfun_lanes_{addition(buffer)}({part});")
        for (buffer, head), (name, size) in self.shadows.items():
            self.add_shadow(buffer, head, name, size)
        if self.mark:
            unit.line(f"adfun_release(ws, {self.mark});")

    def add_row(self, buffer: Buffer, head: Index, parts: list[str]) -> None:
        """The sums of a row's first elements, together; ends with zeros are added to, too."""
        unit, name, rows = self.unit, self.unit.fresh("row"), self.unit.padding.rows
        whole = buffer.shape[-1] if rows.get(buffer) is i64(len(parts)) else i64(len(parts))
        unit.line(f"const {ONE.types[buffer.elem]} {name}[{unit.term(whole)}] = {{{', '.join(parts)}}};")
        unit.module.headers.add("lanes_tiles")
        at = f"{unit.buffer(buffer)} + {unit.position(buffer, (*head, i64(0)))}"
        unit.line(f"adfun_lanes_{addition(buffer)}({at}, {name}, {unit.term(whole)});")

    def add_shadow(self, buffer: Buffer, head: Index, name: str, size: str) -> None:
        unit, sizes = self.unit, shadow_sizes((buffer, head))
        target = unit.buffer(buffer)
        if head:
            target += f" + {unit.position(buffer, (*head, *(i64(0) for _ in sizes)))}"
        unit.module.headers.add("lanes_tiles")
        unit.line(f"adfun_lanes_{addition(buffer)}({target}, {name}, {size});")


def tile_size(unit: Unit, tile: Tile) -> str:
    """How many vectors a tile has: none when no loop will read it."""
    first, most = unit.term(tile.first), unit.term(tile.whole[0])
    entered = sorted(
        " && ".join(dict.fromkeys(f"{unit.term(low)} < {unit.term(high)}" for low, high in run))
        for run in tile.runs
    )
    size = first if first == most else f"adfun_least({first}, {most})"
    rest = tile.sizes[1:]
    if rest:
        size = f"adfun_times({size}, {count_of(unit, rest)})"
    if "" in entered:
        return size
    some = entered[0] if len(entered) == 1 else " || ".join(f"({text})" for text in entered)
    return f"{some} ? {size} : 0"


def tile_rows(unit: Unit, tile: Tile) -> tuple[str, str]:
    """The first row that a tile is made of, and the distance to the next."""
    return rows_of(unit, tile.buffer, (*tile.head[:-1], tile.lane), tile.ahead)


def rows_of(unit: Unit, buffer: Buffer, head: Index, ahead: int) -> tuple[str, str]:
    """Where the row, or slab, so many after the one at an index begins, and how far it is to the next."""
    rest = buffer.shape[len(head) :]
    first, stride = unit.position(buffer, (*head, *(i64(0) for _ in rest))), count_of(unit, rest)
    first = f"{unit.buffer(buffer)} + {first}"
    if ahead:
        first += f" {'+' if ahead > 0 else '-'} {abs(ahead)} * {stride}"
    return first, stride


def neighbours(registers: Mapping[Place, str]) -> dict[Place, list[str]]:
    """Sums of the first elements of a row, three or more, by the row: they are best added up together."""
    rows: dict[Place, dict[Operand, str]] = {}
    for (buffer, index), part in registers.items():
        if index and len(index) == buffer.rank:
            rows.setdefault((buffer, index[:-1]), {})[index[-1]] = part
    return {
        row: [parts[i64(k)] for k in range(len(parts))]
        for row, parts in rows.items()
        if len(parts) >= TOGETHER and all(i64(k) in parts for k in range(len(parts)))
    }


def addition(buffer: Buffer) -> str:
    """The reduction by which a buffer accumulates."""
    return "add" if buffer.elem is F64 else "iadd"


def join(op: str, x: str, y: str) -> str:
    """Two scalars combined by a reduction."""
    match op:
        case "add" | "iadd" | "vadd":
            return f"{x} + {y}"
        case "mul" | "imul":
            return f"{x} * {y}"
        case "imin":
            return f"adfun_least({x}, {y})"
        case "imax":
            return f"-adfun_least(-{x}, -{y})"
        case "band":
            return f"{x} & {y}"
        case "bor":
            return f"{x} | {y}"
        case _:
            return f"adfun_{op}({x}, {y})"
