"""Tiles that are the same in every iteration of a loop around the lanes, or in every call: made once, before.

for t in 0..n:                                 all blocks of rows of w are transposed
  for i (lanes):  for j: ... w[i, j] ...   ->  for t in 0..n:
                                                 for i (lanes):  for j: ... tile of block i [j] ...

Those of data are made when data are bound, where they fit a cache.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from adfun.backend.lanes.legal import Plan
from adfun.backend.lanes.parts import tile_size
from adfun.backend.lanes.tiles import Kept, Key, Tile
from adfun.backend.lanes.values import GROUPS, Spelling
from adfun.backend.storage import FAIL, count_of
from adfun.backend.unit import Unit
from adfun.ir.nodes import Buffer, Const, For, Function, Var, While
from adfun.ir.types import F64
from adfun.ir.walk import defined, inner_vars, walk, written_within

Several = tuple[Tile, int]
"""A tile, and how many vectors of rows it has."""


@contextmanager
def tiles_ahead(unit: Unit, stmt: For | While) -> Iterator[None]:
    """Make the tiles of the lane loops inside a loop that do not change in it."""
    found = [] if unit.once else list(_unchanging(unit, stmt))
    if not found:
        yield
        return
    mark = unit.fresh("mark")
    unit.line(f"const adfun_mark {mark} = adfun_top(ws);")
    for tile, several in found:
        name = unit.ahead[tile] = _make(unit, tile, several, "tiles")
        unit.line(f"if (ADFUN_UNLIKELY(!{name})) {FAIL}")
    yield
    unit.line(f"adfun_release(ws, {mark});")
    for tile, _ in found:
        del unit.ahead[tile]


def _unchanging(unit: Unit, stmt: For | While) -> Iterator[Several]:
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
    for plan, tile, several in _all_rows(plans):
        if plan.loop.stop is not tile.buffer.shape[0]:
            continue  # there may be many more rows
        # what is too large to be kept is as quickly transposed in every pass as it is read transposed
        made = tile in unit.ahead or tile.key(several) in unit.kept
        if not made and inside.isdisjoint((tile.buffer, *tile.needs())):
            yield tile, several


def _all_rows(plans: Iterable[Plan]) -> Iterator[tuple[Plan, Tile, int]]:
    for plan in plans:
        for tile in plan.tiles.values():
            if tile.is_one_of_all(plan.loop):
                yield plan, tile, plan.form.vectors


def tiles_of_data(prepare: Function, plans: Iterable[Plan]) -> list[Several]:
    """The tiles of lane loops that can be made when data are bound, one for each key."""
    data = {entry.item for entry in prepare.inputs if entry.role == "data"}
    sizes = set(prepare.dimensions())
    found: dict[Key, Several] = {}
    for _, tile, several in _all_rows(plans):
        if tile.buffer in data and all(isinstance(x, Const) or x in sizes for x in tile.needs()):
            found.setdefault(tile.key(several), (tile, several))
    return list(found.values())


def make_kept(unit: Unit, tiles: Sequence[Several], position: int) -> None:
    """When data are bound: make tiles, and leave them in the state from a position on."""
    for number, (tile, several) in enumerate(tiles):
        name = _make(unit, tile, several, "few_tiles")
        unit.line(f"state[{position + number}].pointer = (void *){name};")


def use_kept(unit: Unit, tiles: Sequence[Several], position: int) -> None:
    """In a call: take from the state what `make_kept` left."""
    for number, (tile, several) in enumerate(tiles):
        kept = Kept(unit.fresh("kept"), Spelling(several, unit.module.headers).types[F64])
        unit.kept[tile.key(several)] = kept
        source = f"(const {kept.kind} *)state[{position + number}].pointer"
        unit.line(f"const {kept.kind} *const ADFUN_RESTRICT {kept.name} = {source};")


def _make(unit: Unit, tile: Tile, several: int, function: str) -> str:
    """Transpose all rows."""
    spelling = Spelling(several, unit.module.headers)
    kind, name, columns = spelling.types[F64], unit.fresh("tiles"), unit.fresh("n")
    stride, rows = count_of(unit, tile.whole), unit.term(tile.buffer.shape[0])
    spelling.headers.add(GROUPS.get(several, "lanes_tiles"))
    unit.line(f"const adfun_i64 {columns} = {tile_size(unit, tile)};")
    made = f"adfun_{function}(ws, {several}, {unit.buffer(tile.buffer)}, {stride}, {columns}, {rows})"
    unit.line(f"const {kind} *const ADFUN_RESTRICT {name} = (const {kind} *){made};")
    return name
