"""The primal sweep: execute once more, and leave behind what the way back needs.

The outermost block is executed as it stands.  The reverse sweep executes the body of a loop, or
the arm of an `If`, again: then nothing is stored to buffers made outside of it, nothing is
checked or reported, and clobbered loads read what `preserve` kept.  Loops that stand directly in
the executed block record their carried values, one slot per iteration.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from adfun.ir.builder import Builder
from adfun.ir.nodes import (
    Accum,
    Alloc,
    Buffer,
    Carried,
    Check,
    For,
    Grow,
    If,
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
    i64,
)
from adfun.ir.types import I64, Type
from adfun.ir.walk import Copier, defined, fresh_params
from adfun.passes.adjoint.plan import Plan
from adfun.passes.expand import is_composite
from adfun.primitives import arithmetic as a
from adfun.records import dataclass, field

ZERO, ONE = i64(0), i64(1)
KEEP_COST = 20
"""Cycles from which on a result is kept instead of computed again."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a loop inside sums up, one element for each iteration of the loops around.

    tapes   of each carried value
    loops   those around, from outside inwards, the recorded loop left out
    """

    tapes: tuple[Buffer, ...]
    loops: tuple[For, ...]


@dataclass(eq=False)
class Record:
    """What one execution of a loop left behind.

    trips   how often the body ran
    tapes   carried value -> its value at the start of each iteration
    results expensive value of the body -> its value in each iteration
    handed_on  value that becomes a kept carried value -> its tape, where it stands one slot further
    steps   carried integer -> (initial value, what each iteration adds): computed again, not kept
    sums    loop inside -> what it sums up
    """

    trips: Operand
    tapes: dict[Carried, Buffer] = field(default_factory=dict)
    results: dict[Var, Buffer] = field(default_factory=dict)
    handed_on: dict[Var, Buffer] = field(default_factory=dict)
    steps: dict[Carried, tuple[Operand, Operand]] = field(default_factory=dict)
    sums: dict[For, Kept] = field(default_factory=dict)


class Primal(Copier):
    """Executes blocks, once as they stand and later again for the reverse sweep."""

    def __init__(self, builder: Builder, plan: Plan, kept: dict[Var, tuple[Buffer, Index]]) -> None:
        super().__init__(builder)
        self.plan = plan
        self.kept = kept
        self.records: dict[For | While, Record] = {}
        self.calls: dict[KernelCall, KernelCall] = {}
        """The latest execution of each kernel call."""
        self.local: set[Buffer] | None = None
        """The buffers made by the block executed again; None while everything runs the first time."""
        self.saved: dict[Var, tuple[Buffer, Operand]] = {}
        """Expensive values of the body that is executed again, and where they are kept."""
        self.keeping: dict[For, tuple[Kept, Operand]] = {}
        """Loops that sum up, while the recorded loop around is executed, and the number of the iteration."""
        self.summed: dict[For, tuple[Kept, Operand]] = {}
        """The same while it is reversed: what they sum up need not be summed again."""
        self.nested = 0
        """How many loops and arms are open around a statement of the executed block."""

    def execute(self, stmts: Sequence[Stmt], again: bool) -> None:
        """Execute statements of a block, recording the loops that stand directly among them."""
        outer = self.local, self.nested
        self.local, self.nested = set() if again else None, 0
        self.stmts(stmts)
        self.local, self.nested = outer

    def is_foreign(self, buffer: Buffer) -> bool:
        """Whether a buffer holds already what it is going to hold."""
        return self.local is not None and buffer not in self.local

    def stmt(self, stmt: Stmt) -> None:
        super().stmt(stmt)
        if self.nested == 0 and self.saved and isinstance(stmt, For | While | If):
            for var in defined(stmt):
                if isinstance(var, Var) and var in self.saved:
                    self._recall(var)

    def let(self, stmt: Let) -> None:
        if self.nested == 0 and stmt.var in self.saved:
            self._recall(stmt.var)
        else:
            super().let(stmt)

    def _recall(self, var: Var) -> None:
        tape, number = self.saved[var]
        self.env[var] = self.builder.load(tape, (number,), var.hint)

    # -- effects -------------------------------------------------------------------------------

    def alloc(self, stmt: Alloc) -> None:
        if self.local is not None:
            self.local.add(stmt.buffer)
        super().alloc(stmt)

    def load(self, stmt: Load) -> None:
        kept = self.kept.get(stmt.var)
        if kept is not None and self.is_foreign(kept[0]):
            self.env[stmt.var] = self.builder.load(self.buffer(kept[0]), self.operands(kept[1]))
        else:
            super().load(stmt)

    def store(self, stmt: Store) -> None:
        if not self.is_foreign(stmt.buffer):
            super().store(stmt)

    def accum(self, stmt: Accum) -> None:
        if not self.is_foreign(stmt.buffer):
            super().accum(stmt)

    def grow(self, stmt: Grow) -> None:
        if not self.is_foreign(stmt.buffer):
            super().grow(stmt)

    def check(self, stmt: Check) -> None:
        if self.local is None:
            super().check(stmt)

    def report(self, stmt: Report) -> None:
        if self.local is None:
            super().report(stmt)

    def call(self, stmt: KernelCall) -> None:
        super().call(stmt)
        call = self.builder.scopes[-1].stmts[-1]
        assert isinstance(call, KernelCall)
        self.calls[stmt] = call

    # -- control flow --------------------------------------------------------------------------

    def if_(self, stmt: If) -> None:
        self.nested += 1
        super().if_(stmt)
        self.nested -= 1

    def for_(self, stmt: For) -> None:
        recorded = self.nested == 0 and stmt in self.plan.relevant
        self.nested += 1
        if stmt in self.summed:
            self._recall_sums(stmt)
        elif recorded:
            self._recorded_for(stmt)
        else:
            super().for_(stmt)
        self.nested -= 1
        if stmt in self.keeping:
            kept, number = self.keeping[stmt]
            for c, tape in zip(stmt.carried, kept.tapes, strict=True):
                self.builder.store(tape, self._place(kept, number), self.operand(c.result))

    def _recall_sums(self, stmt: For) -> None:
        """What a loop summed up when the loop around was recorded."""
        kept, number = self.summed[stmt]
        self.records[stmt] = Record(self._trip_count(self.operand(stmt.start), self.operand(stmt.stop)))
        for c, tape in zip(stmt.carried, kept.tapes, strict=True):
            self.env[c.result] = self.builder.load(tape, self._place(kept, number), c.result.hint)

    def _place(self, kept: Kept, number: Operand) -> Index:
        return (number, *self.operands([loop.index for loop in kept.loops]))

    def while_(self, stmt: While) -> None:
        recorded = self.nested == 0 and stmt in self.plan.relevant
        self.nested += 1
        if recorded:
            self._recorded_while(stmt)
        else:
            super().while_(stmt)
        self.nested -= 1

    def _recorded_for(self, stmt: For) -> None:
        b = self.builder
        start, stop = self.operand(stmt.start), self.operand(stmt.stop)
        record = self.records[stmt] = self._record(stmt, self._trip_count(start, stop))
        if not self.plan.forwards(stmt):
            slots = b.op(a.iadd, record.trips, ONE)
            self._make_tapes(stmt, record, lambda type, hint: b.alloc(type, (slots,), zero=False, hint=hint))
            for inner, loops in self.plan.inner_sums(stmt):
                sizes = (record.trips, *(b.op(a.imax, self.operand(x.stop), ZERO) for x in loops))
                tapes = [b.alloc(c.param.type, sizes, zero=False, hint="sum") for c in inner.carried]
                record.sums[inner] = Kept(tuple(tapes), loops)
                self.summed.pop(inner, None)
        inits = self.operands([c.init for c in stmt.carried])
        index, params = Var(I64, stmt.index.hint), fresh_params(stmt.carried)
        with b.block("loop") as scope:
            b.declare(index, *params)
            self.env[stmt.index] = index
            self.bind([c.param for c in stmt.carried], params)
            number = b.op(a.isub, index, start)
            self.keeping.update((inner, (kept, number)) for inner, kept in record.sums.items())
            yields = self._body(stmt, record, number)
        b.span = stmt.span
        results = b.close_for(index, start, stop, params, inits, scope, yields)
        for inner in record.sums:
            del self.keeping[inner]
        self.bind([c.result for c in stmt.carried], results)
        self._keep_last(stmt, record)

    def _trip_count(self, start: Operand, stop: Operand) -> Operand:
        return self.builder.op(a.imax, self.builder.op(a.isub, stop, start), ZERO)

    def _recorded_while(self, stmt: While) -> None:
        b = self.builder
        record = self._record(stmt, ZERO)
        self._make_tapes(
            stmt, record, lambda type, hint: b.alloc(type, (ONE,), zero=False, hint=hint, growable=True)
        )
        count = Var(I64, "trips")
        inits = (*self.operands([c.init for c in stmt.carried]), ZERO)
        params = (*fresh_params(stmt.carried), count)
        self.bind([c.param for c in stmt.carried], params[:-1])
        with b.block("arm") as test:
            b.declare(*params)
            (go_on,) = self.block(stmt.cond)
        with b.block("arm") as scope:
            b.declare(*params)
            after = b.op(a.iadd, count, ONE)
            for tape in (*record.tapes.values(), *record.results.values()):
                b.grow(tape, after)
            yields = (*self._body(stmt, record, count), after)
        b.span = stmt.span
        results = b.close_while(params, inits, test, go_on, scope, yields)
        self.bind([c.result for c in stmt.carried], results[:-1])
        record.trips = results[-1]
        self.records[stmt] = record
        for tape in dict.fromkeys(record.handed_on.values()):
            b.grow(tape, b.op(a.iadd, record.trips, ONE))
        self._keep_last(stmt, record)

    def _make_tapes(self, stmt: For | While, record: Record, make: Callable[[Type, str], Buffer]) -> None:
        for c in self._taped(stmt, record):
            record.tapes[c] = make(c.param.type, c.param.hint)
        for c, after in zip(stmt.carried, stmt.body.yields, strict=True):
            if (
                c in record.tapes
                and isinstance(after, Var)
                and self._is_costly(self.plan.origin(after), stmt)
            ):
                record.handed_on.setdefault(after, record.tapes[c])
        for let in stmt.body.stmts:
            if isinstance(let, Let) and self._is_expensive(let, stmt) and let.var not in record.handed_on:
                record.results[let.var] = make(let.var.type, let.op.name)

    def _is_costly(self, origin: Stmt | None, loop: For | While) -> bool:
        """Whether what a loop hands on comes from a statement in its body that takes time."""
        if origin is None or not any(origin is stmt for stmt in loop.body.stmts):
            return False
        return not isinstance(origin, Let | Load) or (isinstance(origin, Let) and origin.op.cost >= KEEP_COST)

    def _is_expensive(self, let: Let, loop: For | While) -> bool:
        """Whether a value of a loop body is worth a slot of the tape: functions that expand share
        more with their derivative than their value, and what does not change leaves the loop."""
        if let.op.cost < KEEP_COST or is_composite(let) or let.var not in self.plan.active:
            return False
        return not all(self.plan.is_outside(x, loop) for x in let.args)

    def _keep_last(self, stmt: For | While, record: Record) -> None:
        """What the last iteration hands on stands behind the last slot."""
        for c, tape in record.tapes.items():
            if tape in record.handed_on.values():
                self.builder.store(tape, (record.trips,), self.operand(c.result))

    def _body(self, stmt: For | While, record: Record, number: Operand) -> tuple[Operand, ...]:
        """Execute the body of a recorded loop and keep what its record wants."""
        b = self.builder
        for c, tape in record.tapes.items():
            b.store(tape, (number,), self.operand(c.param))
        yields = self.block(stmt.body)
        for var, tape in record.results.items():
            b.store(tape, (number,), self.operand(var))
        return yields

    def _record(self, stmt: For | While, trips: Operand) -> Record:
        record = Record(trips)
        for c, after in zip(stmt.carried, stmt.body.yields, strict=True):
            step = self._step(stmt, c, after)
            if step is not None:
                record.steps[c] = (self.operand(c.init), step)
        return record

    def _taped(self, stmt: For | While, record: Record) -> list[Carried]:
        sums = self.plan.accumulated(stmt)
        return [c for c in stmt.carried if c not in sums and c not in record.steps]

    def _step(self, stmt: For | While, c: Carried, after: Operand) -> Operand | None:
        """What each iteration adds to a carried integer, if that does not change."""
        let = self.plan.origin(after)
        if c.param.type is not I64 or not isinstance(let, Let) or let.op is not a.iadd:
            return None
        for x, step in (let.args, let.args[::-1]):
            if x is c.param and self.plan.is_outside(step, stmt):
                return self.operand(step)
        return None
