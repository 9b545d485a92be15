"""Splits a function by time: what depends on data alone runs once, when data are bound.

    fn(param mu, data y[n]):                        prepare: table[i] = lgamma(add(y[i], 1.0))
      ... for i: add(s, f(mu, lgamma(y[i] + 1)))    call:    ... for i: add(s, f(mu, table[i]))

Both halves are the whole function, cut down to what they are for: `prepare` to the slots and the checks
that data alone decide, `call` to its results with the slots taken as inputs.  So nothing is ever moved,
and what cannot be a slot is simply computed in both.

A function of directions can be split once more, by what depends on parameters alone: it runs once for all
blocks of directions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adfun.ir.builder import Builder
from adfun.ir.nodes import (
    Accum,
    Alloc,
    Block,
    Buffer,
    Build,
    Check,
    Const,
    For,
    Function,
    Grow,
    If,
    Input,
    KernelCall,
    Let,
    Load,
    Operand,
    Report,
    Role,
    Stmt,
    Store,
    Var,
    While,
)
from adfun.ir.staged import Slot, Staged
from adfun.ir.types import I64, VEC
from adfun.ir.walk import blocks, defined, operands, read, walk
from adfun.passes.dead import eliminate, restrict
from adfun.passes.effects import Facts
from adfun.passes.keep import EXPENSIVE, Tables
from adfun.passes.shelves import shelves
from adfun.passes.simplify import Simplifier, copied
from adfun.passes.timing import BOUND, Item, Timing
from adfun.primitives import arithmetic as a

POINT: Sequence[Role] = ("param", *BOUND)
"""What is known where derivatives are taken, before the directions are."""
DEPTH = 4
"""How many loops, one inside the other, are looked into for what is kept from data."""
POINT_DEPTH = 2
"""The same for what blocks of directions share: these are few, and what is read must not be much."""


def stage(function: Function, early: Sequence[Role] = BOUND) -> Staged:
    """The two halves of a function, and the values that the first leaves to the second.

    early  the roles of the inputs that the first half may read: `BOUND`, or `POINT`
    """
    plan = _Plan(function, early)
    call = eliminate(copied(function, _CallCopier(plan)))
    used = _used(call.body)
    sources = [item for item, target in plan.targets.items() if target in used]
    sources += plan.loose_sizes(sources, used)
    prefix = "prepared" if early is BOUND else "point"
    slots = tuple(_slot(plan, f"{prefix}.{number}", item) for number, item in enumerate(sources))
    inputs = (*function.inputs, *(slot.target for slot in slots))
    body = restrict(_with_tables(function.body, plan, set(sources)), sources, plan.timing.early_checks)
    bound = tuple(x for x in function.inputs if x.role in POINT)
    return Staged(Function(function.name, bound, body), Function(call.name, inputs, call.body), slots)


def _slot(plan: _Plan, name: str, item: Item) -> Slot:
    target = plan.targets[item] if item in plan.targets else plan.sizes[item]
    return Slot(name, item, Input(name, "prepared", target))


# -- what may become a slot -----------------------------------------------------------------------


class _Plan:
    """targets   what each candidate for a slot is called in `call`
    sizes     what the sizes of such buffers are called there, where no other input has them
    dropped   statements that `call` does without
    """

    def __init__(self, function: Function, early: Sequence[Role]) -> None:
        self.function = function
        self.timing = Timing(function, early)
        self.facts = Facts(function.body)
        self.targets: dict[Item, Item] = {}
        self.sizes: dict[Item, Var] = {}
        self._known: set[Operand] = set(function.dimensions())
        self._settled = _Settling(function.body, self.facts, self.timing)
        for stmt in function.body.stmts:
            for item in defined(stmt):
                if item not in self.timing.late and _worthwhile(stmt, item):
                    self._offer(item)
        fixed = {x for x in self.targets if isinstance(x, Buffer) and x.storage == "built"}
        bound = early is BOUND
        small = () if bound else _param_sizes(function)  # there are as many derivatives, and more
        depth = DEPTH if bound else POINT_DEPTH
        self.tables = Tables(function, self.timing, self.facts, fixed, small, depth)
        for tables in self.tables.of.values():
            for table in tables:
                if table.owned:
                    self.targets[table.buffer] = self._renamed(table.buffer)
        self.shelves = shelves(function.body, self.tables) if bound else {}
        for shelf in self.shelves.values():
            self.targets[shelf.buffer] = self._renamed(shelf.buffer)

    def _offer(self, item: Item) -> None:
        if isinstance(item, Var):
            self.targets[item] = Var(item.type, item.hint)
        elif self._settled.is_settled(item):
            self.targets[item] = self._renamed(item)

    def _renamed(self, buffer: Buffer) -> Buffer:
        shape = tuple(self._size(x) for x in buffer.shape)
        return Buffer(buffer.elem, shape, "input", buffer.hint)

    def _size(self, size: Operand) -> Operand:
        if isinstance(size, Const) or size in self._known:
            return size
        return self.sizes.setdefault(size, Var(I64, size.hint))

    def dropped(self, stmt: Stmt) -> bool:
        """Whether a statement belongs to `prepare` alone."""
        match stmt:
            case Check():
                return stmt in self.timing.early_checks
            case Store() | Accum() | Grow():
                return stmt.buffer in self.targets or stmt.buffer in self.shelves
            case Alloc() if stmt.buffer in self.shelves:
                return True
            case Alloc() | Build() | KernelCall() | Let() | Load():
                return all(item in self.targets for item in defined(stmt))
            case For() | While() | If():
                return stmt in self._settled.early and all(
                    item in self.targets
                    for item in (*defined(stmt), *self.facts.of[stmt].stores, *self.facts.of[stmt].accums)
                )
            case _:
                return False

    def loose_sizes(self, sources: list[Item], used: set[Item]) -> list[Item]:
        """The sizes that `call` uses and that no buffer among the slots brings along."""
        along = {size for x in sources if isinstance(x, Buffer) for size in x.shape}
        return [size for size, target in self.sizes.items() if target in used and size not in along]


def _param_sizes(function: Function) -> set[Operand]:
    """Sizes of parameters, and of loops that walk along them."""
    params = {x.item for x in function.inputs if x.role == "param" and isinstance(x.item, Buffer)}
    found = {size for buffer in params for size in buffer.shape}
    stops: dict[Operand, set[Operand]] = {}
    """By what a position is made of, the ends of the loops that it varies with."""
    for stmt in walk(function.body.stmts):
        match stmt:
            case For():
                stops[stmt.index] = {stmt.stop}
            case Let(op=a.iadd | a.imul):
                stops[stmt.var] = set[Operand]().union(*(stops.get(x, ()) for x in stmt.args))
            case Load() if stmt.buffer in params:
                found.update(*(stops.get(x, ()) for x in stmt.index))
    return found


def _worthwhile(stmt: Stmt, item: Item) -> bool:
    """Whether keeping a value of the outermost block beats computing it in every call."""
    if isinstance(item, Buffer):
        return True
    match stmt:
        case Let():
            return stmt.op.cost >= EXPENSIVE and item.type is not VEC
        case Load():
            return stmt.buffer.storage != "input" and item.type is not VEC
        case _:
            return item.type is not VEC


class _Settling:
    """Tells whether a buffer of the outermost block keeps what `prepare` stored to it.

    It does not when something of `call` reads it before it is complete.
    """

    def __init__(self, body: Block, facts: Facts, timing: Timing) -> None:
        self.written: dict[Buffer, int] = {}
        self.read_first: dict[Buffer, int] = {}
        self.early = {stmt for stmt in body.stmts if _all_early(stmt, timing)}
        """Statements of the block of which `call` needs at most what they define and store."""
        changed = {stmt: facts.of[stmt].stores | facts.of[stmt].accums for stmt in body.stmts}
        for number, stmt in enumerate(body.stmts):
            self.written.update(dict.fromkeys(changed[stmt], number))
        pending = [stmt for stmt in body.stmts if stmt not in self.early]
        numbers = {stmt: number for number, stmt in enumerate(body.stmts)}
        while pending:  # what stores to a buffer that is not settled runs in `call`, too, and reads there
            for stmt in pending:
                for buffer in facts.of[stmt].reads:
                    self.read_first[buffer] = min(numbers[stmt], self.read_first.get(buffer, numbers[stmt]))
            pending = [s for s in body.stmts if s in self.early and not all(map(self.is_settled, changed[s]))]
            self.early.difference_update(pending)

    def is_settled(self, buffer: Buffer) -> bool:
        if buffer.storage == "built":
            return True
        first = self.read_first.get(buffer)
        return first is None or self.written.get(buffer, -1) < first


def _all_early(stmt: Stmt, timing: Timing) -> bool:
    """Whether everything a statement does, and everything inside it, is early."""
    for inner in walk((stmt,)):
        if isinstance(inner, Report) or (isinstance(inner, Check) and inner not in timing.early_checks):
            return False
        if isinstance(inner, Store | Accum | Grow) and inner.buffer in timing.late:
            return False
        if timing.is_late(defined(inner)):
            return False
    return True


# -- call -----------------------------------------------------------------------------------------


class _CallCopier(Simplifier):
    """Copies the function with slots in place of what `prepare` computes."""

    def __init__(self, plan: _Plan) -> None:
        super().__init__(Builder(exact=True))
        self.plan = plan
        for item, target in (*plan.sizes.items(), *plan.targets.items()):
            if isinstance(item, Var) and isinstance(target, Var):
                self.env[item] = target
            elif isinstance(item, Buffer) and isinstance(target, Buffer):
                self.buffers[item] = target
        self.fixed = self.env.copy()

    def stmt(self, stmt: Stmt) -> None:
        tables = self.plan.tables.of.get(stmt)
        if tables is None:
            if not self.plan.dropped(stmt):
                super().stmt(stmt)
            self.hold(stmt)
            return
        if blocks(stmt) or any(isinstance(item, Buffer) for item in defined(stmt)):
            super().stmt(stmt)
        for table in tables:
            index = self.operands(table.index)
            self.env[table.var] = self.builder.load(self.buffer(table.buffer), index, table.var.hint)

    def load(self, stmt: Load) -> None:
        shelf = self.plan.shelves.get(stmt.buffer)
        if shelf is None:
            super().load(stmt)
            return
        index = self.operands((shelf.loop.index, *stmt.index))
        self.env[stmt.var] = self.builder.load(self.buffer(shelf.buffer), index, stmt.var.hint)

    def hold(self, stmt: Stmt) -> None:
        """What a statement has defined stays what the plan says."""
        for item in defined(stmt):
            if isinstance(item, Var) and item in self.fixed:
                self.env[item] = self.fixed[item]


def _used(body: Block) -> set[Item]:
    """Every variable and buffer that a function mentions."""
    found: set[Item] = set()
    for stmt in walk(body.stmts):
        found.update(x for x in operands(stmt) if isinstance(x, Var))
        found.update(read(stmt))
        for block in blocks(stmt):
            found.update(x for x in block.yields if isinstance(x, Var))
    found.update(x for x in body.yields if isinstance(x, Var))
    return found


# -- prepare --------------------------------------------------------------------------------------


def _with_tables(body: Block, plan: _Plan, wanted: set[Item]) -> Block:
    """The function's body with the wanted tables made and filled."""
    stmts: list[Stmt] = []
    for stmt in body.stmts:
        for table in plan.tables.before.get(stmt, ()):
            if table.buffer in wanted:
                stmts += table.setup
        for shelf in plan.shelves.values():
            if shelf.loop is stmt and shelf.buffer in wanted:
                stmts += shelf.setup
        stmts += _filling(stmt, plan, wanted)
    return Block(tuple(stmts))


def _filling(stmt: Stmt, plan: _Plan, wanted: set[Item]) -> Iterator[Stmt]:
    """A statement with the stores that fill tables from inside it, and from its own results."""
    match stmt:
        case For():
            yield For(
                stmt.index, stmt.start, stmt.stop, stmt.carried, _filled(stmt.body, plan, wanted), stmt.span
            )
        case If():
            then, orelse = _filled(stmt.then, plan, wanted), _filled(stmt.orelse, plan, wanted)
            yield If(stmt.cond, then, orelse, stmt.results, stmt.span)
        case Store() if stmt.buffer in plan.shelves and plan.shelves[stmt.buffer].buffer in wanted:
            yield stmt
            yield plan.shelves[stmt.buffer].put(stmt)
        case _:
            yield stmt
    for table in plan.tables.of.get(stmt, ()):
        if table.owned and table.buffer in wanted:
            yield Store(table.buffer, table.index, table.var, stmt.span)


def _filled(block: Block, plan: _Plan, wanted: set[Item]) -> Block:
    stmts = [new for stmt in block.stmts for new in _filling(stmt, plan, wanted)]
    return Block(tuple(stmts), block.yields)
