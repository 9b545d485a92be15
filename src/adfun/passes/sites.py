"""Surveys the Builds of a function and their loads: which elements had better be computed where they are
read, and which Builds had better be made row by row inside a loop.
"""

from __future__ import annotations

import math

from adfun.ir.nodes import (
    Block,
    Buffer,
    Build,
    Const,
    For,
    Function,
    If,
    Index,
    KernelCall,
    Let,
    Load,
    Operand,
    Report,
    Var,
    While,
)
from adfun.ir.walk import blocks, defined, inner_vars, read, walk
from adfun.passes.cost import cost
from adfun.passes.sequential import CHEAP_BODY, is_sequential
from adfun.primitives.arithmetic import iadd, imul, isub
from adfun.records import dataclass, field

CHEAP = 8
"""A body of at most so many cycles is copied to every load."""
CHEAP_REPEATED = 2
"""The same where a load reads each element again and again."""
CHEAP_IN_ROWS = 2
"""The same where they are read from a row that is made in a loop further out, and stays in the cache."""
CHEAP_ANYWAY = 1
"""The same when the buffer must be stored anyway: a kernel reads it, or it is reported."""
MOST_ARMS = 3
"""In how many arms of branches, or for how many known places, a costly body is copied."""
MOST_PLACES = 8
"""For how many known places a body without loops is copied."""
LONGEST = 200
"""Statements that its copies may have together."""


def chosen(function: Function) -> dict[Buffer, Row | None]:
    """The Builds to copy to their loads, or to make row by row."""
    found: dict[Buffer, Row | None] = {}
    for buffer, use in _Survey(function).uses.items():
        row = _row(use)
        if use.sites and (row is not None or _worthwhile(use)):
            found[buffer] = row
    return found


@dataclass(frozen=True, slots=True)
class _Site:
    """A load of a built element.

    once   whether no two iterations of the loops around it read the same element
    index  the element that is read
    serial whether one of the loops is sequential: a costly element had better not be made there
    row    where else the elements could be made, when it is not once
    arms   the arms of branches that it stands in
    """

    once: bool
    index: Index
    serial: bool = False
    row: Row | None = None
    arms: tuple[tuple[If, int], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Row:
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
        self.arms: tuple[tuple[If, int], ...] = ()
        self.visit(function.body)

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
                case If():
                    around = self.arms
                    for number, arm in enumerate(blocks(stmt)):
                        self.arms = (*around, (stmt, number))
                        self.visit(arm)
                    self.arms = around
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
                return _Site(False, load.index)
            own |= {loop.index} if isinstance(loop, For) else set(loop.indices)
        alone: set[Var] = set()
        for part in load.index:
            found = self.affine(part, own, depth)
            if found is not None and len(found) == 1:
                alone |= found
        if alone == own:
            return _Site(True, load.index, any(self.is_serial(loop) for loop in loops), arms=self.arms)
        return _Site(False, load.index, row=self.row(load, depth, alone))

    def is_serial(self, loop: For | While | Build) -> bool:
        if not isinstance(loop, For):
            return False
        known = self.serial.get(loop)
        if known is None:
            known = self.serial[loop] = is_sequential(loop, self.lets)
        return known

    def row(self, load: Load, depth: int, alone: set[Var]) -> Row | None:
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
            return Row(load, loop, axes)
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
    elif _read_once(use):
        limit = CHEAP_BODY if any(site.serial for site in use.sites.values()) else math.inf
    else:
        limit = CHEAP
    return cost(use.stmt.body.stmts) <= limit


def _read_once(use: _Use) -> bool:
    """Whether the loads are few and no two read the same element: of arms one at most runs."""
    sites = list(use.sites.values())
    if len(sites) > MOST_ARMS:
        stmts = list(walk(use.stmt.body.stmts))
        if len(sites) > MOST_PLACES or len(sites) * len(stmts) > LONGEST or math.isinf(cost(stmts)):
            return False
    return not any(_may_coincide(site, other) for k, site in enumerate(sites) for other in sites[:k])


def _may_coincide(site: _Site, other: _Site) -> bool:
    arms = dict(site.arms)
    if any(arms.get(branch, arm) != arm for branch, arm in other.arms):
        return False
    pairs = zip(site.index, other.index, strict=True)
    return not any(isinstance(x, Const) and isinstance(y, Const) and x.value != y.value for x, y in pairs)


def _row(use: _Use) -> Row | None:
    """The row to make in a loop, when that is better than the whole buffer or many copies."""
    if use.whole or len(use.sites) != 1:
        return None
    (site,) = use.sites.values()
    return site.row if cost(use.stmt.body.stmts) > CHEAP_IN_ROWS else None
