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

import math
from dataclasses import dataclass, field

from adfun.ir.builder import Builder
from adfun.ir.nodes import (
    Accum,
    Block,
    Buffer,
    Build,
    Check,
    Const,
    For,
    Function,
    Grow,
    Index,
    KernelCall,
    Let,
    Load,
    Operand,
    Report,
    Stmt,
    Store,
    Var,
    While,
)
from adfun.ir.walk import Copier, blocks, defined, inner_vars, read, walk, written_within
from adfun.passes.cost import cost
from adfun.passes.dead import eliminate
from adfun.passes.sequential import CHEAP_BODY, is_sequential
from adfun.passes.simplify import copied
from adfun.primitives.arithmetic import iadd, imul, isub

CHEAP = 8
"""A body of at most so many cycles is copied to every load."""
CHEAP_REPEATED = 4
"""The same where a load reads each element again and again."""
CHEAP_IN_ROWS = 2
"""The same where they are read from a row that is made in a loop further out, and stays in the cache."""
CHEAP_ANYWAY = 1
"""The same when the buffer must be stored anyway: a kernel reads it, or it is reported."""


def inline(function: Function) -> Function:
    """The function with fewer Builds, until no load can be replaced any more."""
    while True:
        chosen = _Survey(function).chosen()
        if not chosen:
            return function
        inliner = _Inliner(Builder(), chosen)
        function = eliminate(copied(function, inliner))
        if not inliner.replaced:
            return function


# -- which Builds ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Site:
    """A load of a built element.

    once   whether no two iterations of the loops around it read the same element
    serial whether one of the loops is sequential: a costly element had better not be made there
    row    where else the elements could be made, when it is not once
    """

    once: bool
    serial: bool = False
    row: _Row | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """A part of a Build that lives in a loop: made before `loop`, for the load's index on `axes`."""

    load: Load
    loop: For
    axes: tuple[int, ...]


@dataclass(slots=True)
class _Use:
    """What a survey finds out about one Build."""

    stmt: Build
    depth: int
    sites: dict[tuple[Block, Index], _Site] = field(default_factory=dict)
    """Loads, by block and index."""
    whole: bool = False
    """Whether something reads the buffer as a whole, or by row-major position."""


class _Survey:
    """Every Build of a function with all that reads it."""

    def __init__(self, function: Function) -> None:
        self.uses: dict[Buffer, _Use] = {}
        self.lets: dict[Operand, Let] = {}
        self.depths: dict[Var | Buffer, int] = {}
        """In how many loops a variable is defined; none for inputs."""
        self.around: list[For | While | Build] = []
        self.serial: dict[For, bool] = {}
        self.visit(function.body)

    def chosen(self) -> dict[Buffer, _Row | None]:
        """The Builds to copy to their loads, or to make row by row."""
        chosen: dict[Buffer, _Row | None] = {}
        for buffer, use in self.uses.items():
            row = _row(use)
            if use.sites and (row is not None or _worthwhile(use)):
                chosen[buffer] = row
        return chosen

    def visit(self, block: Block) -> None:
        for stmt in block.stmts:
            self.depths.update((item, len(self.around)) for item in defined(stmt))
            match stmt:
                case Let():
                    self.lets[stmt.var] = stmt
                case Load():
                    self.visit_load(stmt, block)
                case KernelCall() | Report():
                    for buffer in read(stmt):
                        if buffer in self.uses:
                            self.uses[buffer].whole = True
                case For() | While() | Build():
                    self.visit_loop(stmt)
                case _:
                    for inside in blocks(stmt):
                        self.visit(inside)

    def visit_loop(self, stmt: For | While | Build) -> None:
        self.around.append(stmt)
        self.depths.update((v, len(self.around)) for v in inner_vars(stmt))
        for inside in blocks(stmt):
            self.visit(inside)
        self.around.pop()
        if isinstance(stmt, Build) and _copyable(stmt):
            self.uses[stmt.buffer] = _Use(stmt, len(self.around))

    def visit_load(self, stmt: Load, block: Block) -> None:
        use = self.uses.get(stmt.buffer)
        if use is None:
            return
        if len(stmt.index) == stmt.buffer.rank:
            use.sites[block, stmt.index] = self.site(stmt, use.depth)
        else:
            use.whole = True

    def site(self, load: Load, depth: int) -> _Site:
        """What the loops inside `depth` make of a load."""
        loops = self.around[depth:]
        own: set[Var] = set()
        for loop in loops:
            if isinstance(loop, While):
                return _Site(False)
            own |= {loop.index} if isinstance(loop, For) else set(loop.indices)
        alone: set[Var] = set()
        for part in load.index:
            found = self.affine(part, own, depth)
            if found is not None and len(found) == 1:
                alone |= found
        if alone == own:
            return _Site(True, any(self.is_serial(loop) for loop in loops))
        return _Site(False, row=self.row(load, depth, alone))

    def is_serial(self, loop: For | While | Build) -> bool:
        if not isinstance(loop, For):
            return False
        known = self.serial.get(loop)
        if known is None:
            known = self.serial[loop] = is_sequential(loop, self.lets)
        return known

    def row(self, load: Load, depth: int, alone: set[Var]) -> _Row | None:
        """A place for the elements inside the loops that the load's index follows."""
        loops = self.around[depth:]
        for inner, loop in enumerate(loops):
            follows = isinstance(loop, Build) or (isinstance(loop, For) and loop.index in alone)
            if follows:
                continue
            if inner == 0 or not isinstance(loop, For):
                return None
            outside = depth + inner
            axes = tuple(
                axis
                for axis, part in enumerate(load.index)
                if not isinstance(part, Const) and self.depths.get(part, 0) > outside
            )
            return _Row(load, loop, axes)
        return None

    def affine(self, part: Operand, own: set[Var], depth: int) -> set[Var] | None:
        """The loop indices in an affine index; None when it depends on the loops in another way."""
        if isinstance(part, Const) or self.depths.get(part, 0) <= depth:
            return set()
        if part in own:
            return {part}
        let = self.lets.get(part)
        if let is None or let.op not in (iadd, isub, imul):
            return None
        found: set[Var] = set()
        for arg in let.args:
            inner = self.affine(arg, own, depth)
            if inner is None or inner & found:
                return None
            found |= inner
        return found


def _copyable(stmt: Build) -> bool:
    return not any(isinstance(x, Report) for x in walk(stmt.body.stmts))


def _worthwhile(use: _Use) -> bool:
    """Whether every load had better compute the element itself."""
    once = all(site.once for site in use.sites.values())
    if use.whole:
        limit: float = CHEAP_ANYWAY
    elif not once:
        limit = CHEAP_IN_ROWS if use.depth else CHEAP_REPEATED
    elif len(use.sites) == 1:
        limit = CHEAP_BODY if any(site.serial for site in use.sites.values()) else math.inf
    else:
        limit = CHEAP
    return cost(use.stmt.body.stmts) <= limit


def _row(use: _Use) -> _Row | None:
    """The row to make in a loop, when that is better than the whole buffer or many copies."""
    if use.whole or len(use.sites) != 1:
        return None
    (site,) = use.sites.values()
    return site.row if cost(use.stmt.body.stmts) > CHEAP_IN_ROWS else None


# -- copying --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Recipe:
    """A Build as it was emitted, with the version of each mutable buffer that it reads."""

    indices: tuple[Var, ...]
    body: Block
    versions: dict[Buffer, int]


class _Inliner(Copier):
    def __init__(self, builder: Builder, chosen: dict[Buffer, _Row | None]) -> None:
        super().__init__(builder)
        self.chosen = chosen
        self.rows: dict[For, list[_Row]] = {}
        self.row_of: dict[Load, tuple[_Row, Buffer]] = {}
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

    def make_row(self, row: _Row) -> None:
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
