"""Removes what no result depends on.

    a = 0-filled; a[0] = f(x)      (a is never read)
    s, t = for i in 0..n with ...  (t is never used)
becomes
    s = for i in 0..n with ...

Effects are checks, reports and what is stored to output buffers; everything else lives only as long as
something living needs it.  One marking from the effects and yields, one sweep: linear in the program.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from adfun.ir.nodes import (
    Accum,
    Block,
    Buffer,
    Build,
    Carried,
    Check,
    Const,
    For,
    Function,
    Grow,
    If,
    Let,
    Load,
    Operand,
    Report,
    Stmt,
    Store,
    Var,
    While,
    i64,
)
from adfun.ir.walk import blocks, defined, inner_vars, operands, read, written

Item = Var | Buffer


def eliminate(function: Function, *, drop_reports: bool = False) -> Function:
    """The function without dead code; with `drop_reports` also without what it reports."""
    uses = _Uses(function.body)
    effects = [x for x in uses.effects if not (drop_reports and isinstance(x, Report))]
    body = _restricted(function.body, uses, function.body.yields, effects)
    return Function(function.name, function.inputs, body)


def restrict(body: Block, items: Iterable[Item], effects: Iterable[Stmt]) -> Block:
    """The part of a block that certain variables, buffers and effects need; it yields nothing."""
    return _restricted(Block(body.stmts), _Uses(body), tuple(items), effects)


def _restricted(
    body: Block, uses: _Uses, items: Sequence[Operand | Buffer], effects: Iterable[Stmt]
) -> Block:
    marking = _Marking(uses)
    for stmt in effects:
        marking.need_stmt(stmt)
    marking.need(items)
    marking.run()
    return _sweep(body, marking)


class _Uses:
    """Where everything is defined and changed, and what encloses it."""

    def __init__(self, body: Block) -> None:
        self.origin: dict[Item, Stmt] = {}
        self.position: dict[Item, int] = {}
        """Which of its statement's results an If result, or a carried value, is."""
        self.parent: dict[Stmt, Stmt] = {}
        self.changes: dict[Buffer, list[Stmt]] = {}
        self.effects: list[Stmt] = []
        self._collect(body, None)

    def _collect(self, block: Block, parent: Stmt | None) -> None:
        for stmt in block.stmts:
            if parent is not None:
                self.parent[stmt] = parent
            match stmt:
                case Let() | Load():
                    self.origin[stmt.var] = stmt
                case Store() | Accum() | Grow():
                    self.changes.setdefault(stmt.buffer, []).append(stmt)
                    if stmt.buffer.storage == "output":
                        self.effects.append(stmt)
                case Check() | Report():
                    self.effects.append(stmt)
                case _:
                    self._define(stmt)
                    for inside in blocks(stmt):
                        self._collect(inside, stmt)

    def _define(self, stmt: Stmt) -> None:
        for item in (*defined(stmt), *inner_vars(stmt)):
            self.origin[item] = stmt
        if isinstance(stmt, If):
            self.position.update((v, k) for k, v in enumerate(stmt.results))
        elif isinstance(stmt, For | While):
            for k, c in enumerate(stmt.carried):
                self.position[c.param] = self.position[c.result] = k


class _Marking:
    """What lives: `items` are variables and buffers, `stmts` the statements that must stay."""

    def __init__(self, uses: _Uses) -> None:
        self.uses = uses
        self.items: set[Item] = set()
        self.stmts: set[Stmt] = set()
        self._todo: list[Item] = []

    def run(self) -> None:
        while self._todo:
            self._explain(self._todo.pop())

    def need(self, items: Sequence[Operand | Buffer]) -> None:
        for item in items:
            if not isinstance(item, Const) and item not in self.items:
                self.items.add(item)
                self._todo.append(item)

    def need_stmt(self, stmt: Stmt) -> None:
        """A statement stays: so does what encloses it, and what its own header reads."""
        while stmt not in self.stmts:
            self.stmts.add(stmt)
            match stmt:
                case Let():
                    self.need(stmt.args)
                case For():
                    self.need((stmt.start, stmt.stop))
                case While():
                    self.need(stmt.cond.yields)
                case _:
                    self.need(operands(stmt))
                    self.need(read(stmt))
                    self.need(written(stmt))
            outer = self.uses.parent.get(stmt)
            if outer is None:
                return
            stmt = outer

    def _explain(self, item: Item) -> None:
        """Mark what a living variable or buffer depends on."""
        stmt = self.uses.origin.get(item)
        if isinstance(item, Buffer):
            for change in self.uses.changes.get(item, ()):
                self.need_stmt(change)
        if stmt is None:
            return
        self.need_stmt(stmt)
        position = self.uses.position.get(item)
        if isinstance(stmt, Build):
            if item is stmt.buffer:
                self.need(stmt.body.yields)
        elif position is not None and isinstance(stmt, If):
            self.need((stmt.then.yields[position], stmt.orelse.yields[position]))
        elif position is not None and isinstance(stmt, For | While):
            self.need((stmt.carried[position].init, stmt.body.yields[position]))


def _sweep(block: Block, live: _Marking, keep: Sequence[bool] | None = None) -> Block:
    """The living part of a block; `keep` says which of its yields stay."""
    stmts = tuple([new for stmt in block.stmts if stmt in live.stmts for new in _swept(stmt, live)])
    yields = block.yields
    if keep is not None and not all(keep):
        yields = tuple([y for y, k in zip(yields, keep, strict=True) if k])
    return Block(stmts, yields)


def _swept(stmt: Stmt, live: _Marking) -> Iterator[Stmt]:
    match stmt:
        case For():
            keep, carried = _living(stmt.carried, live)
            body = _sweep(stmt.body, live, keep)
            yield For(stmt.index, stmt.start, stmt.stop, carried, body, stmt.span)
        case While():
            keep, carried = _living(stmt.carried, live)
            yield While(carried, _sweep(stmt.cond, live), _sweep(stmt.body, live, keep), stmt.span)
        case If():
            keep = [v in live.items for v in stmt.results]
            results = tuple([v for v, k in zip(stmt.results, keep, strict=True) if k])
            then, orelse = _sweep(stmt.then, live, keep), _sweep(stmt.orelse, live, keep)
            yield If(stmt.cond, then, orelse, results, stmt.span)
        case Build():
            if stmt.buffer in live.items:
                yield Build(stmt.buffer, stmt.indices, _sweep(stmt.body, live), stmt.span)
            else:
                yield from _effects_of_build(stmt, live)
        case _:
            yield stmt


def _living(carried: Sequence[Carried], live: _Marking) -> tuple[list[bool], tuple[Carried, ...]]:
    keep = [c.param in live.items or c.result in live.items for c in carried]
    return keep, tuple([c for c, k in zip(carried, keep, strict=True) if k])


def _effects_of_build(stmt: Build, live: _Marking) -> tuple[Stmt, ...]:
    """The checks of a Build whose elements nobody reads any more, as a plain loop nest."""
    inside = _sweep(Block(stmt.body.stmts), live).stmts
    for index, size in reversed(list(zip(stmt.indices, stmt.buffer.shape, strict=True))):
        inside = (For(index, i64(0), size, (), Block(inside), stmt.span),)
    return inside
