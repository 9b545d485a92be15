"""Finds what loops of a call compute again and again from data alone and is worth keeping in a table.

for i in 0..n: ... lgamma(y[i] + 1.0) ...      table[i] = lgamma(y[i] + 1.0), filled when data are bound
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations

from adfun.ir.nodes import (
    Alloc,
    Block,
    Buffer,
    Const,
    For,
    Function,
    If,
    KernelCall,
    Let,
    Operand,
    Stmt,
    Store,
    Var,
    While,
    i64,
)
from adfun.ir.types import I64
from adfun.ir.walk import defined, walk
from adfun.passes.cost import cost_of
from adfun.passes.effects import Facts
from adfun.passes.timing import Timing
from adfun.primitives.arithmetic import imax

EXPENSIVE = 8
"""Cycles from which a value is read from a table rather than computed again."""
MAX_DEPTH = 2
SMALL = 64
"""A constant axis up to this length makes no table large."""


@dataclass(slots=True, eq=False)
class Table:
    """Where the values of one variable inside loops are kept, by the indices of those loops.

    `owned` tables are made for this; others are buffers that the program fills anyway.
    """

    var: Var
    buffer: Buffer
    index: tuple[Var, ...]
    owned: bool = True
    setup: list[Stmt] = field(default_factory=list)
    """What makes the buffer, before the outermost loop."""


class Tables:
    """The tables that a function could have: by the statement that computes their variable."""

    def __init__(self, function: Function, timing: Timing, facts: Facts, fixed: set[Buffer]) -> None:
        """`fixed`: buffers of the outermost block that keep each element once it is stored."""
        self.timing = timing
        self.facts = facts
        self.of: dict[Stmt, list[Table]] = {}
        self.before: dict[Stmt, list[Table]] = {}
        """The tables to be made before a statement of the outermost block."""
        self._sizes: set[Operand] = set(function.dimensions())
        self._top: set[Operand] = set(self._sizes)
        self._stored = _stored(function.body, fixed)
        self._pairs = _pairs(function)
        self._depends: dict[Var | Buffer, frozenset[For]] = {}
        self._leaves: dict[Var | Buffer, frozenset[Var]] = {}
        self._outermost: Stmt | None = None
        for stmt in function.body.stmts:
            self._outermost = stmt
            self._visit_inside(stmt, ())
            self._top.update(x for x in defined(stmt) if isinstance(x, Var) and x not in timing.late)

    # -- walking -------------------------------------------------------------------------------

    def _visit_inside(self, stmt: Stmt, loops: tuple[For, ...]) -> None:
        if isinstance(stmt, If) and not self.timing.is_late((stmt.cond,)):
            self._visit(stmt.then, loops)
            self._visit(stmt.orelse, loops)
        elif isinstance(stmt, For) and len(loops) < MAX_DEPTH and self._countable(stmt):
            around = (*loops, stmt)
            self._depends[stmt.index] = frozenset((stmt,))
            for c in stmt.carried:
                self._depends[c.param] = frozenset(around)
            self._visit(stmt.body, around)

    def _countable(self, loop: For) -> bool:
        """Whether a table can have an axis for the loop."""
        start_known = isinstance(loop.start, Const) and loop.start.value >= 0
        stop_known = isinstance(loop.stop, Const) or loop.stop in self._top
        return start_known and stop_known

    def _visit(self, block: Block, loops: tuple[For, ...]) -> None:
        for stmt in block.stmts:
            if loops:
                self._note(stmt, loops)
            self._visit_inside(stmt, loops)

    def _note(self, stmt: Stmt, loops: tuple[For, ...]) -> None:
        """Decide about the values that a statement inside loops defines."""
        items = defined(stmt)
        if not items:
            return
        uses = self.facts.of[stmt].uses
        depends = frozenset[For]().union(*(self._loops_of(x, loops) for x in uses))
        leaves = frozenset[Var]().union(*(self._leaves[x] for x in uses if x in self._leaves))
        for item in items:
            self._depends[item] = depends
            if isinstance(item, Var) and item not in self.timing.late:
                self._leaves[item] = leaves
                if _expensive(stmt) or len(leaves) > 1:
                    self._keep(stmt, item, tuple(loop for loop in loops if loop in depends))

    def _loops_of(self, item: Var | Buffer, loops: tuple[For, ...]) -> frozenset[For]:
        """The loops whose iterations see different values of an item."""
        known = self._depends.get(item)
        if isinstance(item, Var):
            return known if known is not None else frozenset()
        if known is not None or not item.immutable:
            return frozenset(loops)
        return frozenset()

    # -- tables --------------------------------------------------------------------------------

    def _keep(self, stmt: Stmt, var: Var, loops: tuple[For, ...]) -> None:
        index = tuple(loop.index for loop in loops)
        found = self._stored.get(var)
        if found is not None and found.index == index:
            table = Table(var, found.buffer, index, owned=False)
        elif loops and self._affordable(loops):
            table = self._table(var, loops)
            if self._outermost is not None:
                self.before.setdefault(self._outermost, []).append(table)
        else:
            return
        self.of.setdefault(stmt, []).append(table)
        self._leaves[var] = frozenset((var,))

    def _table(self, var: Var, loops: tuple[For, ...]) -> Table:
        setup: list[Stmt] = []
        shape: list[Operand] = []
        for loop in loops:
            size = loop.stop
            if isinstance(size, Var) and size not in self._sizes:  # an empty range may end below 0
                size = Var(I64, "size")
                setup.append(Let(size, imax, (loop.stop, i64(0)), loop.span))
            shape.append(size)
        buffer = Buffer(var.type, tuple(shape), "alloc", var.hint or "table")
        setup.append(Alloc(buffer, False, loops[0].span))
        return Table(var, buffer, tuple(loop.index for loop in loops), True, setup)

    def _affordable(self, loops: tuple[For, ...]) -> bool:
        """A table of two axes is no larger, in kind, than something the program holds anyway."""
        large = [x.stop for x in loops if not (isinstance(x.stop, Const) and x.stop.value <= SMALL)]
        return len(large) < 2 or frozenset(large) in self._pairs


def _expensive(stmt: Stmt) -> bool:
    return isinstance(stmt, For | While | KernelCall) or (
        isinstance(stmt, Let | If) and cost_of(stmt) >= EXPENSIVE
    )


def _stored(body: Block, fixed: set[Buffer]) -> dict[Var, Store]:
    """Where a variable is stored to a buffer that keeps it."""
    return {
        stmt.value: stmt
        for stmt in walk(body.stmts)
        if isinstance(stmt, Store) and isinstance(stmt.value, Var) and stmt.buffer in fixed
    }


def _pairs(function: Function) -> set[frozenset[Operand]]:
    """The pairs of sizes that some buffer has among its axes."""
    shapes = [x.item.shape for x in function.inputs if isinstance(x.item, Buffer)]
    for stmt in walk(function.body.stmts):
        shapes += [x.shape for x in defined(stmt) if isinstance(x, Buffer)]
    return {frozenset(pair) for shape in shapes for pair in combinations(shape, 2)}
