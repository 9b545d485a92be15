"""Finds what loops of a call compute again and again from data alone and is worth keeping in a table.

for i in 0..n: ... lgamma(y[i] + 1.0) ...      table[i] = lgamma(y[i] + 1.0), filled when data are bound
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from itertools import combinations

from adfun.ir.nodes import (
    Accum,
    Alloc,
    Block,
    Buffer,
    Check,
    Const,
    For,
    Function,
    If,
    KernelCall,
    Let,
    Load,
    Operand,
    Stmt,
    Store,
    Var,
    While,
    i64,
)
from adfun.ir.types import I64
from adfun.ir.walk import defined, operands, walk
from adfun.passes.cost import cost_of
from adfun.passes.effects import Facts
from adfun.passes.streams import NO_ORIGIN, Origin, worthwhile
from adfun.passes.timing import Timing
from adfun.primitives.arithmetic import i2f, imax
from adfun.records import dataclass, field

EXPENSIVE = 8
"""Cycles from which a value is read from a table rather than computed again."""
MAX_AXES = 2
GATHER = 4.0
"""Cycles of a load whose position was itself loaded."""
CONVERSION = 3.0
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


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value is computed: the statement, the one of the outermost block around it, and the
    loops that the value varies with."""

    stmt: Stmt
    outermost: Stmt | None
    loops: tuple[For, ...]


class Tables:
    """The tables that a function could have: by the statement that computes their variable."""

    def __init__(
        self,
        function: Function,
        timing: Timing,
        facts: Facts,
        fixed: set[Buffer],
        small: Container[Operand],
        depth: int,
    ) -> None:
        """`fixed`: buffers of the outermost block that keep each element once it is stored.

        `small`: sizes that make no table large.  `depth`: how many loops, one inside the other, are looked
        into.
        """
        self.timing = timing
        self.facts = facts
        self.small = small
        self.depth = depth
        self.of: dict[Stmt, list[Table]] = {}
        self.before: dict[Stmt, list[Table]] = {}
        """The tables to be made before a statement of the outermost block."""
        self._sizes: set[Operand] = set(function.dimensions())
        numbers = {x.item for x in function.inputs if isinstance(x.item, Var)}
        self._top: set[Operand] = self._sizes | (numbers - timing.late)
        self._stored = _stored(function.body, fixed)
        self._pairs = _pairs(function)
        self._depends: dict[Var | Buffer, frozenset[For]] = {}
        self._origins: dict[Var, Origin] = {}
        self._tabled: set[Var] = set()
        self._places: dict[Var, _Place] = {}
        self._needed: dict[tuple[For, ...], dict[Var, None]] = {}
        """Early values that late statements use, by the loops they vary with."""
        self._outermost: Stmt | None = None
        for stmt in function.body.stmts:
            self._outermost = stmt
            self._visit_inside(stmt, ())
            self._top.update(x for x in defined(stmt) if isinstance(x, Var) and x not in timing.late)
        for needed in self._needed.values():
            for var in worthwhile(needed, self._origins):
                self._keep(self._places[var], var)

    # -- walking -------------------------------------------------------------------------------

    def _visit_inside(self, stmt: Stmt, loops: tuple[For, ...]) -> None:
        if isinstance(stmt, If) and not self.timing.is_late((stmt.cond,)):
            self._visit(stmt.then, loops)
            self._visit(stmt.orelse, loops)
        elif isinstance(stmt, For) and len(loops) < self.depth and self.runs_early(stmt):
            around = (*loops, stmt)
            self._depends[stmt.index] = frozenset((stmt,))
            for c in stmt.carried:
                self._depends[c.param] = frozenset(around)
            self._visit(stmt.body, around)

    def runs_early(self, loop: For) -> bool:
        """Whether `prepare` can run the loop."""
        return not self.timing.is_late((loop.start, loop.stop))

    def is_countable(self, loop: For) -> bool:
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
        """Decide about the values that a statement inside loops defines and uses."""
        uses = self.facts.of[stmt].uses
        items = defined(stmt)
        if items:
            depends = frozenset[For]().union(*(self._loops_of(x, loops) for x in uses))
            around = tuple(loop for loop in loops if loop in depends)
            for item in items:
                self._depends[item] = depends
                if isinstance(item, Var) and item not in self.timing.late:
                    self._places[item] = _Place(stmt, self._outermost, around)
                    self._early(stmt, item, uses)
        for operand in self._late_uses(stmt):
            if isinstance(operand, Var) and operand in self._origins:
                self._needed.setdefault(self._places[operand].loops, {})[operand] = None

    def _early(self, stmt: Stmt, var: Var, uses: Iterable[Var | Buffer]) -> None:
        """How a value that data decide comes about; a table for it when that is expensive."""
        origin = NO_ORIGIN
        for use in uses:
            if isinstance(use, Var):
                origin = origin.costs_more(self._origins.get(use, NO_ORIGIN), 0.0)
        if isinstance(stmt, Load):
            gather = GATHER if origin.streams else 0.0
            self._origins[var] = origin.costs_more(Origin(frozenset((var,)), 0.0), gather)
        else:
            self._origins[var] = origin.costs_more(NO_ORIGIN, _work(stmt))
        if _expensive(stmt) or len(origin.streams & self._tabled) > 1:
            self._keep(self._places[var], var)

    def _late_uses(self, stmt: Stmt) -> tuple[Operand, ...]:
        """The operands for which `call` must have values when a statement stays in it."""
        match stmt:
            case Let() | Load():
                return operands(stmt) if stmt.var in self.timing.late else ()
            case Store() | Accum():
                return operands(stmt) if stmt.buffer in self.timing.late else ()
            case Check():
                return () if stmt in self.timing.early_checks else operands(stmt)
            case _:
                return operands(stmt)

    def _loops_of(self, item: Var | Buffer, loops: tuple[For, ...]) -> frozenset[For]:
        """The loops whose iterations see different values of an item."""
        known = self._depends.get(item)
        if isinstance(item, Var):
            return known if known is not None else frozenset()
        if known is not None or not item.immutable:
            return frozenset(loops)
        return frozenset()

    # -- tables --------------------------------------------------------------------------------

    def _keep(self, place: _Place, var: Var) -> None:
        if len(place.loops) > MAX_AXES or not all(map(self.is_countable, place.loops)):
            return
        index = tuple(loop.index for loop in place.loops)
        found = self._stored.get(var)
        if found is not None and found.index == index:
            table = Table(var, found.buffer, index, owned=False)
        elif (
            index and place.outermost is not None and self.is_affordable([loop.stop for loop in place.loops])
        ):
            table = self._table(var, place.loops)
            self.before.setdefault(place.outermost, []).append(table)
        else:
            return
        self.of.setdefault(place.stmt, []).append(table)
        self._tabled.add(var)
        self._origins[var] = Origin(frozenset((var,)), 0.0)

    def _table(self, var: Var, loops: tuple[For, ...]) -> Table:
        setup: list[Stmt] = []
        shape: list[Operand] = []
        for loop in loops:
            size, before = self.axis(loop)
            shape.append(size)
            setup += before
        buffer = Buffer(var.type, tuple(shape), "alloc", var.hint or "table")
        setup.append(Alloc(buffer, False, loops[0].span))
        return Table(var, buffer, tuple(loop.index for loop in loops), True, setup)

    def axis(self, loop: For) -> tuple[Operand, list[Stmt]]:
        """The length of an axis for the loop, and what computes it."""
        size = loop.stop
        if isinstance(size, Const) or size in self._sizes:
            return size, []
        length = Var(I64, "size")  # an empty range may end below 0
        return length, [Let(length, imax, (size, i64(0)), loop.span)]

    def is_affordable(self, sizes: Sequence[Operand]) -> bool:
        """A table of two axes is no larger, in kind, than something the program holds anyway."""
        large = [size for size in sizes if not self._is_small(size)]
        return len(large) < 2 or (len(large) == 2 and frozenset(large) in self._pairs)

    def is_known(self, sizes: Sequence[Operand]) -> bool:
        """Whether sizes are known before the outermost loops."""
        return all(isinstance(size, Const) or size in self._top for size in sizes)

    def _is_small(self, size: Operand) -> bool:
        return size.value <= SMALL if isinstance(size, Const) else size in self.small


def _expensive(stmt: Stmt) -> bool:
    return isinstance(stmt, For | While | KernelCall) or (
        isinstance(stmt, Let | If) and cost_of(stmt) >= EXPENSIVE
    )


def _work(stmt: Stmt) -> float:
    """Cycles of a statement in a loop that may run in lanes, where integers are slow to convert."""
    if isinstance(stmt, Let):
        return CONVERSION if stmt.op is i2f else stmt.op.cost
    return cost_of(stmt)


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
