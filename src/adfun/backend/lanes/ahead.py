"""Tiles that are the same in every iteration of a loop around the lanes: made once, before it.

for t in 0..n:                                 all blocks of rows of w are transposed
  for i (lanes):  for j: ... w[i, j] ...   ->  for t in 0..n:
                                                 for i (lanes):  for j: ... tile of block i [j] ...
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from adfun.backend.lanes.legal import Plan
from adfun.backend.lanes.parts import tile_rows, tile_size
from adfun.backend.lanes.tiles import Ahead, Tile
from adfun.backend.lanes.values import Spelling
from adfun.backend.storage import FAIL
from adfun.backend.unit import Unit
from adfun.ir.nodes import Buffer, For, Operand, Var, While
from adfun.ir.types import B1, F64
from adfun.ir.walk import defined, from_zero, inner_vars, walk, written_within


@contextmanager
def tiles_ahead(unit: Unit, stmt: For | While) -> Iterator[None]:
    """Make the tiles of the lane loops inside a loop that do not change in it."""
    found = [] if unit.once else list(_unchanging(unit, stmt))
    if not found:
        yield
        return
    mark = unit.fresh("mark")
    unit.line(f"const adfun_mark {mark} = adfun_top(ws);")
    for plan, tile in found:
        unit.ahead[tile] = _make(unit, plan, tile)
    yield
    unit.line(f"adfun_release(ws, {mark});")
    for _, tile in found:
        del unit.ahead[tile]


def _unchanging(unit: Unit, stmt: For | While) -> Iterator[tuple[Plan, Tile]]:
    inside: set[Var | Buffer] = set(inner_vars(stmt))
    plans = []
    for inner in walk((stmt,)):
        if inner is not stmt:
            inside.update((*defined(inner), *inner_vars(inner)))
        if isinstance(inner, For) and inner in unit.plans:
            plans.append(unit.plans[inner])
    if not any(plan.tiles for plan in plans):
        return
    inside |= written_within((stmt,))
    for plan in plans:
        loop = plan.loop
        for tile in plan.tiles.values():
            known: list[Operand] = [x for run in tile.runs for bounds in run for x in bounds]
            known += [tile.first, *tile.buffer.shape]
            # all rows from the first: what checks inside say of other indices is not known yet
            whole = from_zero(loop) and len(tile.head) == 1
            whole = whole and loop.stop is tile.buffer.shape[0]
            if whole and tile not in unit.ahead and inside.isdisjoint((tile.buffer, *known)):
                yield plan, tile


def _make(unit: Unit, plan: Plan, tile: Tile) -> Ahead:
    """Transpose all rows."""
    spelling = Spelling(plan.form.vectors, unit.module.headers)
    kind, width, stop = spelling.types[F64], spelling.width, unit.term(plan.loop.stop)
    name, columns, row = unit.fresh("tiles"), unit.fresh("n"), unit.fresh("i")
    unit.line(f"const adfun_i64 {columns} = {tile_size(unit, tile)};")
    blocks = f"adfun_times(({stop} + {width} - 1) / {width}, {columns})"
    unit.line(f"{kind} *const ADFUN_RESTRICT {name} = ({kind} *)adfun_take(ws, {blocks}, sizeof({kind}));")
    unit.line(f"if (ADFUN_UNLIKELY(!{name})) {FAIL}")
    unit.line(f"adfun_i64 {row} = 0;")
    place = f"{name} + {row} / {width} * {columns}"
    with unit.naming({**unit.names_without(()), plan.loop.index: row}):
        rows, stride = tile_rows(unit, tile)
    with unit.writer.block(f"for (; {row} + {width} <= {stop}; {row} += {width})"):
        unit.line(f"{spelling.call('tile', place, rows, stride, columns)};")
    if plan.form.rest == "masked":
        with unit.writer.block(f"if ({row} < {stop})"):
            mask = unit.fresh("m")
            unit.line(f"const {spelling.types[B1]} {mask} = {spelling.call('iota', row, '1')} < {stop};")
            unit.line(f"{spelling.call('tile', mask, place, rows, stride, columns)};")
    return Ahead(name, columns)
