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
from adfun.passes.simplify import copied
from adfun.primitives.arithmetic import iadd, imul, isub

CHEAP = 8
"""A body of at most so many cycles is copied to every load."""
CHEAP_REPEATED = 4
"""The same where a load reads each element again and again."""
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


@dataclass(slots=True)
class _Use:
    """What a survey finds out about one Build."""

    stmt: Build
    depth: int
    sites: dict[tuple[Block, Index], bool] = field(default_factory=dict)
    """Loads by block and index; whether each runs about once per element."""
    whole: bool = False
    """Whether something reads the buffer as a whole, or by row-major position."""


class _Survey:
    """Every Build of a function with all that reads it."""

    def __init__(self, function: Function) -> None:
        self.uses: dict[Buffer, _Use] = {}
        self.lets: dict[Var, Let] = {}
        self.depths: dict[Var | Buffer, int] = {}
        """In how many loops a variable is defined; none for inputs."""
        self.around: list[For | While | Build] = []
        self.visit(function.body)

    def chosen(self) -> set[Buffer]:
        return {buffer for buffer, use in self.uses.items() if use.sites and _worthwhile(use)}

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
            use.sites[block, stmt.index] = self.once_per_element(stmt.index, use.depth)
        else:
            use.whole = True

    def once_per_element(self, index: Index, depth: int) -> bool:
        """Whether no two iterations of the loops inside `depth` read the same element."""
        own: set[Var] = set()
        for loop in self.around[depth:]:
            if isinstance(loop, While):
                return False
            own |= {loop.index} if isinstance(loop, For) else set(loop.indices)
        alone: set[Var] = set()
        for part in index:
            found = self.affine(part, own, depth)
            if found is not None and len(found) == 1:
                alone |= found
        return alone == own

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
    once = all(use.sites.values())
    if use.whole:
        limit = CHEAP_ANYWAY
    elif once and len(use.sites) == 1:
        return True
    else:
        limit = CHEAP if once else CHEAP_REPEATED
    return cost(use.stmt.body.stmts) <= limit


# -- copying --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Recipe:
    """A Build as it was emitted, with the version of each mutable buffer that it reads."""

    indices: tuple[Var, ...]
    body: Block
    versions: dict[Buffer, int]


class _Inliner(Copier):
    def __init__(self, builder: Builder, chosen: set[Buffer]) -> None:
        super().__init__(builder)
        self.chosen = chosen
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
        buffer = self.buffer(stmt.buffer)
        recipe = self.recipes.get(buffer)
        if recipe is None or len(stmt.index) != buffer.rank or not self.is_current(recipe):
            super().load(stmt)
            return
        self.replaced += 1
        self.copying += 1
        self.bind(recipe.indices, self.operands(stmt.index))
        (self.env[stmt.var],) = self.block(recipe.body)
        self.copying -= 1

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
        super().for_(stmt)

    def while_(self, stmt: While) -> None:
        self.entering(stmt)
        super().while_(stmt)

    def entering(self, stmt: Stmt) -> None:
        """What a loop changes later on is already changed where its next iteration begins."""
        for buffer in written_within((stmt,)):
            self.changed(buffer)
