"""Keeps what one loop computes for a later one over the same range that would compute it again.

    s = for k in 0..m with s = 0.0:                  s = for k in 0..m with s = 0.0:
      next s + exp(x[k] - top)                         e = exp(x[k] - top)
    for k in 0..m:                           ->        kept[k] = e
      g[k] += exp(x[k] - top) * w / s                  next s + e
                                                     for k in 0..m:
                                                       g[k] += kept[k] * w / s

The same for what a loop inside adds up, at one more level.  Only inside other loops: what is kept there is
small, and stays in the cache.
"""

from __future__ import annotations

from collections.abc import Iterable

from adfun.ir.builder import Builder
from adfun.ir.nodes import (
    Accum,
    Alloc,
    Block,
    Buffer,
    Const,
    For,
    Function,
    Let,
    Load,
    Operand,
    Stmt,
    Store,
    Var,
    i64,
)
from adfun.ir.types import F64
from adfun.ir.walk import Copier, blocks, defined, from_zero, length, walk, written_within
from adfun.passes.dead import eliminate
from adfun.primitives.arithmetic import imax
from adfun.records import dataclass, field

COSTLY = 10
"""Cycles from which a value is kept."""
LEVELS = 2
"""How many loops deep: arrays of more axes would be large."""
LONGEST = 200
"""Statements of a loop in which equal values are looked for."""
Number = int
"""What stands for equal values: the same in two loops if they are equal in equal iterations."""


def share(function: Function) -> Function:
    """The same function with fewer costly values computed twice."""
    plan = _Plan()
    _visit(function.body, False, plan)
    if not plan.again:
        return function
    copier = _Sharer(Builder(), plan)
    yields = copier.block(function.body)
    return eliminate(Function(function.name, function.inputs, copier.builder.finish(*yields)))


@dataclass(slots=True)
class _Plan:
    """again   a value -> the value of an earlier loop that it equals
    kept    those, by the outermost of their loops
    around  the loops around those, from outside inwards
    """

    again: dict[Var, Var] = field(default_factory=dict)
    kept: dict[For, list[Var]] = field(default_factory=dict)
    around: dict[Var, tuple[For, ...]] = field(default_factory=dict)


def _visit(block: Block, inside: bool, plan: _Plan) -> None:
    if inside and sum(isinstance(stmt, For) for stmt in block.stmts) > 1:
        _Numbering(plan).block(block)
    for stmt in block.stmts:
        for inner in blocks(stmt):
            _visit(inner, inside or isinstance(stmt, For), plan)


class _Numbering:
    """The values in the loops of one block, numbered.

    A loop is known by what its body makes of an index, of carried values and of what is in the buffers
    that it changes: its key.  The body is numbered twice, with anonymous carried values to find the key,
    and with those of this very key to compare what is inside.
    """

    def __init__(self, plan: _Plan) -> None:
        self.plan = plan
        self.numbers: dict[object, Number] = {}
        self.known: dict[Operand, Number] = {}
        self.contents: dict[Buffer, Number] = {}
        """What is in each buffer that has been made or changed so far."""
        self.first: dict[object, tuple[tuple[For, ...], Var]] = {}
        self.path: list[For] = []
        """The loops around what may be kept; empty while a key is looked for."""
        self.depends: dict[Var | Buffer, frozenset[Var]] = {}
        """The indices of loops on the path that a value or the contents of a buffer vary with."""

    def block(self, block: Block) -> None:
        for stmt in block.stmts:
            count = length((stmt,)) if isinstance(stmt, For) else LONGEST
            if isinstance(stmt, For) and count < LONGEST:
                self.loop(stmt, 0, keep=True)
            else:
                self.change(written_within((stmt,)))

    def change(self, buffers: Iterable[Buffer]) -> None:
        """Nothing is known of what is in some buffers now."""
        for buffer in buffers:
            self.contents[buffer] = self.number(object())

    # -- statements --------------------------------------------------------------------------------

    def stmt(self, stmt: Stmt, depth: int, keep: bool) -> None:
        match stmt:
            case Let():
                self.define(stmt.var, (stmt.op, *self.each(stmt.args)), stmt.args)
                if keep and stmt.op.cost >= COSTLY:
                    self.costly(stmt.var)
            case Load():
                key = ("load", self.content(stmt.buffer), *self.each(stmt.index))
                self.define(stmt.var, key, (stmt.buffer, *stmt.index))
            case Alloc():
                size = self.each(stmt.buffer.shape)
                self.contents[stmt.buffer] = self.number(("alloc", stmt.buffer.elem, stmt.zero, *size))
                self.depends[stmt.buffer] = self.union(stmt.buffer.shape)
            case Store() | Accum():
                parts = self.each((*stmt.index, stmt.value))
                before = self.content(stmt.buffer)
                self.contents[stmt.buffer] = self.number((type(stmt), before, *parts))
                self.depends[stmt.buffer] = self.union((stmt.buffer, *stmt.index, stmt.value))
            case For():
                self.loop(stmt, depth, keep)
            case _:
                self.change(written_within((stmt,)))

    def define(self, var: Var, key: object, uses: Iterable[Operand | Buffer]) -> None:
        self.known[var] = self.number(key)
        self.depends[var] = self.union(uses)

    def loop(self, loop: For, depth: int, keep: bool) -> None:
        changed = list(dict.fromkeys(_changed(loop)))
        before = {buffer: self.content(buffer) for buffer in changed}
        header = ("for", *self.each((loop.start, loop.stop, *(item.init for item in loop.carried))))
        after, yields = self.body(loop, depth, ("anonymous", depth), changed, False)
        key = (header, tuple(yields), tuple((before[x], after[x]) for x in changed))
        this = self.number(key)
        if keep:
            deeper = len(self.path) < LEVELS and self.may_keep(loop)
            if deeper:
                self.path.append(loop)
            self.body(loop, depth, ("of", this), changed, deeper)
            if deeper:
                self.path.pop()
        uses = self.union(_uses(loop)) | self.union((loop.start, loop.stop))
        for position, item in enumerate(loop.carried):
            self.known[item.result] = self.number(("result", this, position))
            self.depends[item.result] = uses
        for position, buffer in enumerate(changed):
            self.contents[buffer] = self.number(("after", this, position))
            self.depends[buffer] = uses
        if keep and not changed and all(isinstance(x, (Let, Load, For)) for x in walk(loop.body.stmts)):
            for item in loop.carried:
                self.costly(item.result)

    def body(
        self, loop: For, depth: int, name: tuple[object, ...], changed: list[Buffer], keep: bool
    ) -> tuple[dict[Buffer, Number], list[Number]]:
        """What is in the changed buffers after an iteration, and the next carried values."""
        self.known[loop.index] = self.number(("index", depth))
        self.depends[loop.index] = frozenset((loop.index,) if keep else ())
        for position, item in enumerate(loop.carried):
            self.known[item.param] = self.number(("param", *name, position))
        for position, buffer in enumerate(changed):
            self.contents[buffer] = self.number(("entering", *name, position))
        for stmt in loop.body.stmts:
            self.stmt(stmt, depth + 1, keep)
        return {buffer: self.content(buffer) for buffer in changed}, self.each(loop.body.yields)

    # -- what is kept --------------------------------------------------------------------------------

    def may_keep(self, loop: For) -> bool:
        """Whether an array can have an axis for the loop: from 0 to what is known before the outermost."""
        if not from_zero(loop):
            return False
        return not self.path or loop.stop not in _inside(self.path[0])

    def costly(self, var: Var) -> None:
        """Keep a value that equals one of an earlier loop and is another one in every iteration."""
        path = tuple(self.path)
        if not path or var.type is not F64 or not self.depends[var].issuperset(x.index for x in path):
            return
        place = (*(loop.stop for loop in path), self.known[var])
        earlier, equal = self.first.setdefault(place, (path, var))
        plan = self.plan
        if earlier[0] is path[0] or var in plan.again or equal in plan.again:
            return
        if plan.around.setdefault(equal, earlier) != earlier:
            return  # it is kept for loops further out
        plan.again[var] = equal
        kept = plan.kept.setdefault(earlier[0], [])
        if equal not in kept:
            kept.append(equal)

    # -- numbers ---------------------------------------------------------------------------------------

    def union(self, items: Iterable[Operand | Buffer]) -> frozenset[Var]:
        found = (self.depends.get(x) for x in items if not isinstance(x, Const))
        return frozenset[Var]().union(*(x for x in found if x))

    def content(self, buffer: Buffer) -> Number:
        found = self.contents.get(buffer)
        return self.number(buffer) if found is None else found

    def each(self, operands: Iterable[Operand]) -> list[Number]:
        known = self.known
        return [known[x] if x in known else self.number(x) for x in operands]

    def number(self, key: object) -> Number:
        return self.numbers.setdefault(key, len(self.numbers))


def _inside(loop: For) -> set[Var | Buffer]:
    """What a loop's body defines."""
    return {x for stmt in walk(loop.body.stmts) for x in defined(stmt)}


def _changed(loop: For) -> list[Buffer]:
    """The buffers from outside that a loop changes, in the order of its text."""
    inside = _inside(loop)
    touched = (stmt.buffer for stmt in walk(loop.body.stmts) if isinstance(stmt, (Store, Accum)))
    rest = written_within(loop.body.stmts)
    return [x for x in (*touched, *rest) if x not in inside]


def _uses(loop: For) -> set[Operand | Buffer]:
    """What the statements inside a loop read."""
    found: set[Operand | Buffer] = set()
    for stmt in walk(loop.body.stmts):
        match stmt:
            case Let():
                found.update(stmt.args)
            case Load():
                found.update((stmt.buffer, *stmt.index))
            case Store() | Accum():
                found.update((stmt.value, *stmt.index))
            case For():
                found.update((stmt.start, stmt.stop, *(item.init for item in stmt.carried)))
            case _:
                pass
    return found


class _Sharer(Copier):
    def __init__(self, builder: Builder, plan: _Plan) -> None:
        super().__init__(builder)
        self.plan = plan
        self.keeping: dict[Var, Buffer] = {}
        self.at: list[Var] = []
        """The old indices of the loops around."""

    def for_(self, stmt: For) -> None:
        results = [item.result for item in stmt.carried]
        if results and all(result in self.plan.again for result in results):
            for result in results:
                self.env[result] = self.recalled(result)
            return
        for var in self.plan.kept.get(stmt, ()):
            ends = [self.operand(loop.stop) for loop in self.plan.around[var]]
            shape = [self.builder.op(imax, end, i64(0)) for end in ends]
            self.keeping[var] = self.builder.alloc(var.type, shape, zero=False, hint=var.hint or "kept")
        self.at.append(stmt.index)
        super().for_(stmt)
        self.at.pop()
        for result in results:
            self.keep(result)

    def let(self, stmt: Let) -> None:
        if stmt.var in self.plan.again:
            self.env[stmt.var] = self.recalled(stmt.var)
            return
        super().let(stmt)
        self.keep(stmt.var)

    def recalled(self, var: Var) -> Operand:
        """What was kept in the same iteration of the earlier loops."""
        kept = self.keeping[self.plan.again[var]]
        return self.builder.load(kept, self.operands(self.at[-kept.rank :]), var.hint)

    def keep(self, var: Var) -> None:
        kept = self.keeping.get(var)
        if kept is not None:
            self.builder.store(kept, self.operands(self.at[-kept.rank :]), self.operand(var))
