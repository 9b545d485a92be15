"""Emits a function once more, smaller: constants fold, equal values are shared, invariants and safe
loads leave their loops, loops of one iteration open up; then dead code goes.

    s = for i in 0..1 with s = 0.0:
      next add(s, x[i])                ->    s = x[0]
    r = if c: yield a else: yield b    ->    r = select(c, a, b)
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from adfun.ir.builder import Builder
from adfun.ir.nodes import (
    Accum,
    Alloc,
    Block,
    Buffer,
    Carried,
    Check,
    Const,
    For,
    Function,
    If,
    KernelCall,
    Let,
    Load,
    Operand,
    Var,
    While,
    b1,
    constant,
    f64,
    i64,
)
from adfun.ir.types import B1, F64, I64, VEC
from adfun.ir.walk import Copier
from adfun.passes.addends import addends
from adfun.passes.dead import eliminate
from adfun.passes.ranges import Ranges
from adfun.passes.twins import twins
from adfun.primitives.arithmetic import add, band, ieq, ile, ilt, imax, ine, isub, select
from adfun.primitives.counters import Steps, count_of, counted, counters


def simplify(function: Function, *, drop_reports: bool = False) -> Function:
    """The same function, re-emitted and without dead code."""
    return eliminate(copied(function, Simplifier(Builder())), drop_reports=drop_reports)


def copied(function: Function, copier: Copier) -> Function:
    """A function re-emitted by a copier."""
    if isinstance(copier, Simplifier):
        copier.learn_sizes(function)
    yields = copier.block(function.body)
    return Function(function.name, function.inputs, copier.builder.finish(*yields))


def _made_of(cond: Operand, lets: Mapping[Operand, Let]) -> list[Let]:
    """The statements that a condition follows from, in their order."""
    let = lets.get(cond)
    return [] if let is None else [*(x for arg in let.args for x in _made_of(arg, lets)), let]


class Simplifier(Copier):
    """A copier that also takes control flow apart where its course is known."""

    def __init__(self, builder: Builder) -> None:
        super().__init__(builder)
        self.ranges = Ranges(builder.definition)
        self.equalities: dict[Operand, tuple[Operand, ...]] = {}
        """The operands that a condition compares, or the conditions that it joins, by the condition."""
        self.zeroed: set[Buffer] = set()
        """New buffers that were zeroed when they were allocated."""
        self.same: dict[Operand, list[Var]] = {}
        """The old variables that an operand stands for since a check found them equal."""
        self.counters: dict[For | While, dict[Carried, Steps]] = {}
        """What loops count with."""
        self.calls: dict[object, tuple[Buffer | Var, ...]] = {}
        """The outputs of kernel calls, by kernel and inputs."""

    # -- sizes -------------------------------------------------------------------------------------

    def learn_sizes(self, function: Function) -> None:
        """Put the checks that two sizes agree first: all loops over one axis then have one bound."""
        sizes = {size: number for number, size in enumerate(function.dimensions())}
        self.ranges.sizes.update((size, number) for size, number in sizes.items())
        lets: dict[Operand, Let] = {}
        for stmt in function.body.stmts:
            if isinstance(stmt, Let) and stmt.op in (ieq, band):
                if all(isinstance(x, Const) or x in sizes or x in lets for x in stmt.args):
                    lets[stmt.var] = stmt
            elif isinstance(stmt, Check) and stmt.cond in lets:
                self.stmts((*_made_of(stmt.cond, lets), stmt))

    def check(self, stmt: Check) -> None:
        super().check(stmt)
        if len(self.builder.scopes) == 1:
            self.holds(stmt.cond)

    def holds(self, cond: Operand) -> None:
        """What follows from a condition that was checked."""
        args = self.equalities.get(cond, ())
        if args and args[0].type is B1:
            for part in args:
                self.holds(part)
        elif args:
            self.unify(*args)

    def unify(self, x: Operand, y: Operand) -> None:
        """After a check that two operands are equal, one of them stands for both."""
        kept, dropped = sorted((self.operand(x), self.operand(y)), key=self.precedence)
        if kept is dropped or not isinstance(dropped, Var):
            return
        olds = [*self.same.pop(dropped, []), dropped]
        olds += [old for old in (x, y) if isinstance(old, Var) and self.operand(old) is dropped]
        self.same.setdefault(kept, []).extend(olds)
        self.env.update(dict.fromkeys(olds, kept))
        self.ranges.equate(dropped, kept)

    def precedence(self, size: Operand) -> int:
        """Constants first, then the sizes of inputs in their order, then what is computed."""
        if isinstance(size, Const):
            return -1
        return self.ranges.sizes.get(size, len(self.ranges.sizes))

    def let(self, stmt: Let) -> None:
        if stmt.op in (ieq, ine) and self.differ(*self.operands(stmt.args)):
            self.env[stmt.var] = b1(stmt.op is ine)
            return
        if stmt.op in (ieq, band):
            self.equalities[stmt.var] = stmt.args
        elif stmt.op is imax:
            x, y = self.operands(stmt.args)
            for more, less in ((x, y), (y, x)):
                if isinstance(less, Const) and self.ranges.at_least(more, int(less.value)):
                    self.env[stmt.var] = more
                    return
        elif stmt.op in (ilt, ile):
            x, y = self.operands(stmt.args)
            strict = 1 if stmt.op is ilt else 0
            for holds in (True, False):
                if self.ranges.not_less(y, x, -strict) if holds else self.ranges.not_less(x, y, strict - 1):
                    self.env[stmt.var] = b1(holds)
                    return
        super().let(stmt)

    def differ(self, x: Operand, y: Operand) -> bool:
        """Whether two integers are never equal."""
        return self.ranges.not_less(x, y, -1) or self.ranges.not_less(y, x, -1)

    # -- kernels -----------------------------------------------------------------------------------

    def call(self, stmt: KernelCall) -> None:
        """A call with the same unchanging inputs as one before gives what that gave."""
        inputs = tuple([self.item(x) for x in stmt.inputs])
        key = stmt.kernel, inputs
        known = self.calls.get(key)
        if known is not None and all(self.builder.is_open(x) for x in known):
            for old, new in zip(stmt.outputs, known, strict=True):
                if isinstance(old, Buffer) and isinstance(new, Buffer):
                    self.buffers[old] = new
                elif isinstance(old, Var) and isinstance(new, Var):
                    self.env[old] = new
            return
        super().call(stmt)
        if all(x.immutable for x in inputs if isinstance(x, Buffer)):
            last = self.builder.scopes[-1].stmts[-1]
            assert isinstance(last, KernelCall)
            self.calls[key] = last.outputs

    # -- loads and loops ---------------------------------------------------------------------------

    def enter(self, index: Var, start: Operand, stop: Operand) -> None:
        self.ranges.enter(index, start, stop)

    def alloc(self, stmt: Alloc) -> None:
        super().alloc(stmt)
        if stmt.zero and stmt.buffer.elem is not VEC:
            self.zeroed.add(self.buffer(stmt.buffer))

    def accum(self, stmt: Accum) -> None:
        """An element whose value is at hand is stored to instead."""
        buffer, index = self.buffer(stmt.buffer), self.operands(stmt.index)
        if buffer.storage == "alloc" and buffer.elem is F64:
            fresh = buffer in self.zeroed and self.builder.untouched(buffer)
            before = f64(0.0) if fresh else self.builder.known(buffer, index)
            if before is not None:
                self.builder.store(buffer, index, self.builder.op(add, before, self.operand(stmt.value)))
                return
        super().accum(stmt)

    def load(self, stmt: Load) -> None:
        buffer, index = self.buffer(stmt.buffer), self.operands(stmt.index)
        if buffer in self.zeroed and self.builder.untouched(buffer):
            self.env[stmt.var] = constant(0, buffer.elem)
            return
        level = None
        if self.ranges.safe(buffer, index):
            level = max((self.builder.depth_of(part) for part in index), default=0)
        self.env[stmt.var] = self.builder.load(buffer, index, stmt.var.hint, level)

    def for_(self, stmt: For) -> None:
        start = self.operand(stmt.start)
        trips = self.ranges.trip_count(start, self.operand(stmt.stop))
        if trips is not None and trips <= 1:
            self.open_up(stmt, start, trips)
            return
        counts = counters(stmt)
        carried, yields = self.varying(stmt, counts)
        if len(carried) < len(stmt.carried):
            body = Block(stmt.body.stmts, yields)
            stmt = For(stmt.index, stmt.start, stmt.stop, carried, body, stmt.span)
        if counts:
            self.counters[stmt] = counts
        super().for_(stmt)
        if counts:
            self.count(
                self.trips(start, self.operand(stmt.stop)),
                {c.result: (c, steps) for c, steps in counts.items()},
            )

    def opened(self, loop: For | While) -> None:
        super().opened(loop)
        counts = self.counters.get(loop)
        if counts and isinstance(loop, For):
            passed = self.builder.op(isub, self.operand(loop.index), self.operand(loop.start))
            self.count(passed, {c.param: (c, steps) for c, steps in counts.items()})

    def count(self, passed: Operand, values: Mapping[Var, tuple[Carried, Steps]]) -> None:
        """Say what counters are after so many iterations."""
        for var, (carried, steps) in values.items():
            start = self.operand(carried.init)
            self.env[var] = counted(self.builder, start, self.operands(steps), passed)

    def trips(self, start: Operand, stop: Operand) -> Operand:
        """The number of iterations."""
        distance = self.builder.op(isub, stop, start)
        return distance if self.ranges.at_least(distance, 0) else self.builder.op(imax, distance, i64(0))

    def while_(self, stmt: While) -> None:
        count = count_of(stmt)
        if count is not None:
            start, end = self.operand(count.counter.init), self.operand(count.end)
            stop = Var(I64, "trips")
            self.env[stop] = count.trips(self.builder, start, end)
            self.for_(For(Var(I64, "i"), i64(0), stop, stmt.carried, stmt.body, stmt.span))
            return
        carried, yields = self.varying(stmt)
        if len(carried) < len(stmt.carried):
            stmt = While(carried, stmt.cond, Block(stmt.body.stmts, yields), stmt.span)
        super().while_(stmt)

    def open_up(self, stmt: For, start: Operand, trips: int) -> None:
        """A loop of one iteration is its body, a loop of none its initial values."""
        values = self.operands([c.init for c in stmt.carried])
        if trips == 1:
            self.env[stmt.index] = start
            self.bind([c.param for c in stmt.carried], values)
            self.opened(stmt)
            values = self.block(stmt.body)
        self.bind([c.result for c in stmt.carried], values)

    def varying(
        self, stmt: For | While, known: Container[Carried] = ()
    ) -> tuple[tuple[Carried, ...], tuple[Operand, ...]]:
        """The carried values that change and are not `known`, and what they become; the others are their
        initial values."""
        carried: list[Carried] = []
        yields: list[Operand] = []
        for c, value in zip(stmt.carried, stmt.body.yields, strict=True):
            if c in known:
                continue
            if value is c.param or value is c.init:
                self.env[c.param] = self.env[c.result] = self.operand(c.init)
            else:
                carried.append(c)
                yields.append(value)
        return tuple(carried), tuple(yields)

    def closed(self, carried: Sequence[Carried]) -> None:
        super().closed(carried)
        made = self.builder.scopes[-1].stmts[-1]
        if len(carried) > 1 and isinstance(made, For | While):
            for number, other in twins(made).items():
                self.env[carried[number].result] = made.carried[other].result

    def if_(self, stmt: If) -> None:
        super().if_(stmt)
        last = self.builder.scopes[-1].stmts[-1:]
        if not (last and isinstance(last[0], If) and stmt.results):
            return
        new = last[0]
        if new.results != self.operands(stmt.results):
            return  # the condition was known: what stands last is an If of the arm taken
        new, bases = addends(self.builder, new)
        if bases:
            self.builder.scopes[-1].stmts[-1] = new
            self.builder.declare(*new.results)
            self.bind(stmt.results, new.results)
        empty = not new.then.stmts and not new.orelse.stmts
        if empty:
            self.builder.scopes[-1].stmts.pop()
        for result, yes, no in zip(stmt.results, new.then.yields, new.orelse.yields, strict=True):
            if yes is no:
                self.env[result] = yes
            elif empty:
                self.env[result] = self.builder.op(select, new.cond, yes, no)
        for number, base in bases.items():
            result = stmt.results[number]
            self.env[result] = self.builder.op(add, base, self.env[result])
