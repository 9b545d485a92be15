"""Replaces loads of a Build's elements by copies of its body, where that costs nothing.

    a[i]: f64[n] = build:
      yield mul(x[i], x[i])                   s = for i in 0..n with s = 0.0:
    s = for i in 0..n with s = 0.0:     ->      next add(s, mul(x[i], x[i]))
      next add(s, a[i])

A body is copied when it is cheap, or when its one load runs about once per element.  It may read
mutable buffers as long as nothing stores to them between the Build and the load.  A load inside an
arm makes the element lazy.  The checks of a Build are not copied: they stay in a loop of their own.
"""

from __future__ import annotations

from adfun.ir.builder import Builder
from adfun.ir.nodes import (
    Accum,
    Block,
    Buffer,
    Build,
    Check,
    For,
    Function,
    Grow,
    Index,
    Load,
    Operand,
    Stmt,
    Store,
    Var,
    While,
)
from adfun.ir.walk import Copier, read, walk, written_within
from adfun.passes import sites
from adfun.passes.dead import eliminate
from adfun.passes.simplify import copied
from adfun.passes.sites import Row
from adfun.records import dataclass


def inline(function: Function) -> Function:
    """The function with fewer Builds, until no load can be replaced any more."""
    while True:
        plan = sites.chosen(function)
        if not plan:
            return function
        inliner = _Inliner(Builder(), plan)
        function = eliminate(copied(function, inliner))
        if not inliner.replaced:
            return function


@dataclass(frozen=True, slots=True)
class _Recipe:
    """A Build as it was emitted, with the version of each mutable buffer that it reads."""

    indices: tuple[Var, ...]
    body: Block
    versions: dict[Buffer, int]


class _Inliner(Copier):
    def __init__(self, builder: Builder, chosen: dict[Buffer, Row | None]) -> None:
        super().__init__(builder)
        self.chosen = chosen
        self.rows: dict[For, list[Row]] = {}
        self.row_of: dict[Load, tuple[Row, Buffer]] = {}
        for row in chosen.values():
            if row is not None:
                self.rows.setdefault(row.loop, []).append(row)
        self.recipes: dict[Buffer, _Recipe] = {}
        self.versions: dict[Buffer, int] = {}
        """How often each (new) buffer has been changed so far."""
        self.replaced = 0
        self.copying = 0

    def build(self, stmt: Build) -> None:
        super().build(stmt)
        new = self.builder.scopes[-1].stmts[-1]
        if stmt.buffer in self.chosen and isinstance(new, Build):
            self.recipes[new.buffer] = _Recipe(new.indices, new.body, self.versions_read(new))

    def versions_read(self, stmt: Build) -> dict[Buffer, int]:
        buffers = {buffer for inner in walk(stmt.body.stmts) for buffer in read(inner)}
        return {b: self.versions.get(b, 0) for b in buffers if not b.immutable}

    def load(self, stmt: Load) -> None:
        made = self.row_of.get(stmt)
        recipe = self.recipe_of(stmt)
        if made is not None:
            row, buffer = made
            index = self.operands([stmt.index[axis] for axis in row.axes])
            self.env[stmt.var] = self.builder.load(buffer, index, stmt.var.hint)
        elif recipe is None or self.chosen.get(stmt.buffer) is not None:
            super().load(stmt)
        else:
            self.env[stmt.var] = self.element(recipe, self.operands(stmt.index))

    def recipe_of(self, load: Load) -> _Recipe | None:
        """How to make a loaded element, where that is possible."""
        buffer = self.buffer(load.buffer)
        recipe = self.recipes.get(buffer)
        usable = recipe is not None and len(load.index) == buffer.rank and self.is_current(recipe)
        return recipe if usable else None

    def element(self, recipe: _Recipe, index: Index) -> Operand:
        """Emit the computation of one element."""
        self.replaced += 1
        self.copying += 1
        self.bind(recipe.indices, index)
        (value,) = self.block(recipe.body)
        self.copying -= 1
        return value

    def make_row(self, row: Row) -> None:
        """Emit the part of a Build that one of its loads reads in the loop to come."""
        load = row.load
        recipe, whole = self.recipe_of(load), self.buffer(load.buffer)
        if recipe is None:
            return
        known = {k: self.operand(x) for k, x in enumerate(load.index) if k not in row.axes}

        def element(inner: tuple[Var, ...]) -> Operand:
            moving = dict(zip(row.axes, inner, strict=True))
            index: list[Operand] = [known[k] if k in known else moving[k] for k in range(whole.rank)]
            return self.element(recipe, tuple(index))

        shape = [whole.shape[axis] for axis in row.axes]
        self.row_of[load] = (row, self.builder.build(whole.elem, shape, element, whole.hint))

    def is_current(self, recipe: _Recipe) -> bool:
        return all(self.versions.get(b, 0) == version for b, version in recipe.versions.items())

    def check(self, stmt: Check) -> None:
        if not self.copying:
            super().check(stmt)

    # -- what changes buffers --------------------------------------------------------------------

    def changed(self, buffer: Buffer) -> None:
        new = self.buffer(buffer)
        self.versions[new] = self.versions.get(new, 0) + 1

    def store(self, stmt: Store) -> None:
        self.changed(stmt.buffer)
        super().store(stmt)

    def accum(self, stmt: Accum) -> None:
        self.changed(stmt.buffer)
        super().accum(stmt)

    def grow(self, stmt: Grow) -> None:
        self.changed(stmt.buffer)
        super().grow(stmt)

    def for_(self, stmt: For) -> None:
        self.entering(stmt)
        for row in self.rows.get(stmt, ()):
            self.make_row(row)
        super().for_(stmt)

    def while_(self, stmt: While) -> None:
        self.entering(stmt)
        super().while_(stmt)

    def entering(self, stmt: Stmt) -> None:
        """What a loop changes later on is already changed where its next iteration begins."""
        for buffer in written_within((stmt,)):
            self.changed(buffer)
