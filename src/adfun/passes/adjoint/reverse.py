"""The reverse sweep: statements from last to first, each handing its adjoint to what it was made of.

The adjoint of an SSA value is an SSA value, summed up in `adjoints`; the adjoint of a buffer is a
buffer.  A region (loop body, arm of an `If`) is executed again and then reversed; what it adds to
adjoints of values from outside leaves it as carried values or results.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from adfun.ir.builder import Builder, Scope
from adfun.ir.nodes import (
    Accum,
    Alloc,
    Block,
    Buffer,
    Build,
    Carried,
    Check,
    Const,
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
from adfun.ir.types import F64, I64
from adfun.ir.walk import written_within
from adfun.passes.activity import smooth_outputs
from adfun.passes.adjoint.plan import Plan
from adfun.passes.adjoint.primal import Primal, Record
from adfun.passes.adjoint.sums import LoopSum, totals
from adfun.passes.rules import added, terms
from adfun.primitives import arithmetic as a

Element = tuple[Buffer, Index]
Key = Var | Element
"""What has an adjoint in SSA form: a value, or an element that a loop reads in every iteration."""
Constants = dict[Carried, Operand | None]
Seeds = Sequence[tuple[Operand, Operand | None]]


class Reverse(Primal):
    """Emits primal sweeps and reverses them."""

    def __init__(self, builder: Builder, plan: Plan, kept: dict[Var, Element]) -> None:
        super().__init__(builder, plan, kept)
        self.active = plan.active
        self.adjoints: dict[Key, Operand] = {}
        self.adjoint_buffers: dict[Buffer, Buffer] = {}
        self.regions: list[bool] = []
        """The regions being reversed, from the outside in: whether each is a loop."""
        self._constant: set[Var] = set()
        """Carried values whose adjoint is that of the loop's result: nothing is added to it."""

    # -- adjoints of values --------------------------------------------------------------------

    def give(self, key: Key | Const, term: Operand | None) -> None:
        """Add a term to the adjoint of a value; constants and inactive values have none."""
        if term is None or isinstance(key, Const):
            return
        if isinstance(key, Var) and (key not in self.active or key in self._constant):
            return
        total = added(self.builder, self.adjoints.get(key), term)
        if total is not None:
            self.adjoints[key] = total

    def give_element(self, buffer: Buffer, index: Index, term: Operand, level: int | None) -> None:
        """Add a term to the adjoint of an element, which is one and the same outside `level` regions.

        Inside loops it becomes a carried value; outside of them it goes to memory, if the loops ran
        into it at all: the index may be meaningless when they did not.
        """
        if level is not None and any(self.regions[level:]):
            self.give((buffer, index), term)
            return
        target, place = self.adjoint_buffers[buffer], self.operands(index)
        self.builder.accum(target, place, term)

    def _leave(self, keys: Iterable[tuple[Key, Operand]]) -> None:
        """Hand on what a region has added to adjoints outside of it."""
        for key, term in keys:
            if isinstance(key, Var) or any(self.regions[self._level(key) :]):
                self.give(key, term)
            else:
                self._add_guarded(key, term)

    def _level(self, element: Element) -> int:
        buffer, index = element
        home = self.plan.accesses.home
        return max(len(home.get(x, ())) for x in (buffer, *index) if not isinstance(x, Const))

    def _add_guarded(self, element: Element, term: Operand) -> None:
        b, (buffer, index) = self.builder, element
        target, place = self.adjoint_buffers[buffer], self.operands(index)
        if self.plan.surely_inside(buffer, index):
            b.accum(target, place, term)
            return
        sizes = target.shape if len(place) == target.rank else (self._size(target),)
        inside: Operand = a.TRUE
        for part, size in zip(place, sizes, strict=True):
            inside = b.op(a.band, inside, b.op(a.ile, i64(0), part))
            inside = b.op(a.band, inside, b.op(a.ilt, part, size))

        def add() -> Sequence[Operand]:
            b.accum(target, place, term)
            return ()

        b.if_else(inside, add, tuple)

    def _size(self, buffer: Buffer) -> Operand:
        total: Operand = i64(1)
        for size in buffer.shape:
            total = self.builder.op(a.imul, total, size)
        return total

    # -- blocks --------------------------------------------------------------------------------

    def differentiate(self, block: Block, seeds: Seeds, again: bool, whole: bool = True) -> None:
        """Execute a block, then reverse it; `seeds` are the adjoints of what it yields.

        Unless `whole`, nobody asks for the values that it yields, and a branch at its end, which the way
        back executes again anyway, is left out: a chain of `elif` would be executed once for each link.
        """
        end = block.stmts[-1:]
        skip = not whole and isinstance(next(iter(end), None), If) and not written_within(end)
        self.execute(block.stmts[:-1] if skip else block.stmts, again)
        for value, adjoint in seeds:
            if not isinstance(value, Const):
                self.give(value, adjoint)
        for stmt in block.stmts:
            self.builder.span = stmt.span
            self._make_adjoints(stmt)
        for stmt in reversed(block.stmts):
            if stmt in self.plan.relevant:
                self.builder.span = stmt.span
                self.reverse(stmt)

    def _make_adjoints(self, stmt: Stmt) -> None:
        made: tuple[Buffer, ...] = ()
        if isinstance(stmt, Alloc):
            made = (stmt.buffer,)
        elif isinstance(stmt, KernelCall):
            made = smooth_outputs(stmt)
        for buffer in made:
            if buffer in self.active:
                shape = self.operands(buffer.shape)
                adjoint = self.builder.alloc(F64, shape, zero=True, hint=f"{buffer.hint}_adj")
                self.adjoint_buffers[buffer] = adjoint

    def reverse(self, stmt: Stmt) -> None:
        """Emit the adjoint of one statement."""
        match stmt:
            case Let():
                self._reverse_let(stmt)
            case Load():
                self._reverse_load(stmt)
            case Store():
                self._reverse_store(stmt)
            case Accum():
                adjoint = self._adjoint_element(stmt)
                self.give(stmt.value, adjoint)
            case For() | While():
                if self._is_reached(stmt, [c.result for c in stmt.carried]):
                    self._reverse_loop(stmt, self.records.pop(stmt))
            case If():
                if self._is_reached(stmt, stmt.results):
                    self._reverse_if(stmt)
            case KernelCall():
                self._reverse_call(stmt)
            case Build():
                raise AssertionError("adjoint needs a lowered function")
            case Alloc() | Grow() | Check() | Report():
                pass

    # -- scalars and elements ------------------------------------------------------------------

    def _reverse_let(self, stmt: Let) -> None:
        adjoint = self.adjoints.pop(stmt.var, None)
        if adjoint is None:
            return
        args, guard = self.operands(stmt.args), stmt.var in self.plan.guarded
        given = terms(self.builder, stmt, args, self.env[stmt.var], adjoint, self.active, guard)
        for old, term in given:
            self.give(old, term)

    def _reverse_load(self, stmt: Load) -> None:
        adjoint = self.adjoints.pop(stmt.var, None)
        if adjoint is not None:
            self.give_element(stmt.buffer, stmt.index, adjoint, self.plan.fixed_level(stmt))

    def _reverse_store(self, stmt: Store) -> None:
        if stmt.buffer not in self.active:
            return
        adjoint = self._adjoint_element(stmt) if stmt.value in self.active else None
        if self.plan.clears(stmt):
            self.builder.store(self.adjoint_buffers[stmt.buffer], self.operands(stmt.index), a.ZERO)
        self.give(stmt.value, adjoint)

    def _adjoint_element(self, stmt: Store | Accum) -> Operand | None:
        if stmt.value not in self.active:
            return None
        return self.builder.load(self.adjoint_buffers[stmt.buffer], self.operands(stmt.index))

    def _reverse_call(self, stmt: KernelCall) -> None:
        rule = stmt.kernel.adjoint
        if rule is None:
            return
        outputs = tuple([self._buffer_adjoint(x) for x in stmt.outputs])
        inputs = tuple([self._buffer_adjoint(x) for x in stmt.inputs])
        rule(self.builder, self.calls[stmt], outputs, inputs)

    def _buffer_adjoint(self, item: Buffer | Operand) -> Buffer | None:
        return self.adjoint_buffers.get(item) if isinstance(item, Buffer) else None

    # -- loops ---------------------------------------------------------------------------------

    def _is_reached(self, stmt: For | While | If, results: Sequence[Var]) -> bool:
        """Whether an adjoint comes to a statement at all."""
        return any(x in self.adjoints for x in results) or self.plan.changes_active_buffers(stmt)

    def _reverse_loop(self, stmt: For | While, record: Record) -> None:
        if isinstance(stmt, For) and self.plan.forwards(stmt):
            self._reverse_forwards(stmt, record)
        else:
            self._reverse_backwards(stmt, record)

    def _take_results(
        self, stmt: For | While
    ) -> tuple[dict[Carried, Operand | None], dict[Carried, Operand]]:
        """The adjoints of the results: of those that only accumulate, and of the others."""
        sums = self.plan.accumulated(stmt)
        constant: Constants = {}
        moving: dict[Carried, Operand] = {}
        for c in stmt.carried:
            if c.param not in self.active:
                continue
            adjoint = self.adjoints.pop(c.result, None)
            if c in sums:
                constant[c] = adjoint
                self._constant.add(c.param)
                self.env[c.param] = a.ZERO  # nobody asks for its value
            else:
                moving[c] = a.ZERO if adjoint is None else adjoint
        return constant, moving

    def _reverse_forwards(self, stmt: For, record: Record) -> None:
        """Values that only accumulate: run through the loop once more in its own order."""
        b = self.builder
        constant, _ = self._take_results(stmt)
        again = [c for c in stmt.carried if c not in constant and c not in record.steps]
        after = dict(zip(stmt.carried, stmt.body.yields, strict=True))
        index = Var(I64, stmt.index.hint)
        params = [Var(c.param.type, c.param.hint) for c in again]
        start, stop = self.operand(stmt.start), self.operand(stmt.stop)
        with b.block("loop") as scope:
            b.declare(index, *params)
            self.env[stmt.index] = index
            self.bind([c.param for c in again], params)
            self._set_steps(record, b.op(a.isub, index, start))
            seeds = [(after[c], adjoint) for c, adjoint in constant.items()]
            sums, handed = self._reverse_body(stmt.body, seeds)
            values = self.operands([after[c] for c in again])
        b.span = stmt.span
        carried = [x.param for x in sums if x.is_carried]
        inits = [*self.operands([c.init for c in again]), *(a.ZERO for _ in carried)]
        results = b.close_for(index, start, stop, [*params, *carried], inits, scope, [*values, *handed])
        self._leave(totals(b, sums, results[len(params) :], record.trips))
        for c, adjoint in constant.items():
            self.give(c.init, adjoint)

    def _reverse_backwards(self, stmt: For | While, record: Record) -> None:
        """Run from the last iteration to the first; carried values come from the tape."""
        b = self.builder
        constant, moving = self._take_results(stmt)
        handed_on = dict(zip(stmt.carried, stmt.body.yields, strict=True))
        back = Var(I64, "back")
        params = [Var(F64, f"{c.param.hint}_adj") for c in moving]
        with b.block("loop") as scope:
            b.declare(back, *params)
            number = self._number(stmt, record, back)
            self._set_steps(record, number)
            for c, tape in record.tapes.items():
                self.env[c.param] = b.load(tape, (number,))
            after = b.op(a.iadd, number, i64(1))
            self.saved.update((var, (tape, number)) for var, tape in record.results.items())
            self.saved.update((var, (tape, after)) for var, tape in record.handed_on.items())
            self.summed.update((inner, (kept, number)) for inner, kept in record.sums.items())
            seeds = [(handed_on[c], adjoint) for c, adjoint in constant.items()]
            seeds += [(handed_on[c], param) for c, param in zip(moving, params, strict=True)]
            sums, handed = self._reverse_body(stmt.body, seeds, [c.param for c in moving])
        b.span = stmt.span
        carried = [x.param for x in sums if x.is_carried]
        inits = [*moving.values(), *(a.ZERO for _ in carried)]
        results = b.close_for(back, i64(0), record.trips, [*params, *carried], inits, scope, handed)
        for c, adjoint in zip(moving, results, strict=False):
            self.give(c.init, adjoint)
        self._leave(totals(b, sums, results[len(params) :], record.trips))
        for c, total in constant.items():
            self.give(c.init, total)

    def _number(self, stmt: For | While, record: Record, back: Var) -> Operand:
        """How many iterations ran before this one, `back` having been reversed already."""
        b = self.builder
        if isinstance(stmt, While):
            return b.op(a.isub, b.op(a.isub, record.trips, i64(1)), back)
        index = b.op(a.isub, b.op(a.isub, self.operand(stmt.stop), i64(1)), back)
        self.env[stmt.index] = index
        return b.op(a.isub, index, self.operand(stmt.start))

    def _set_steps(self, record: Record, number: Operand) -> None:
        """The carried integers that change by the same step each iteration."""
        b = self.builder
        for c, (init, step) in record.steps.items():
            self.env[c.param] = b.op(a.iadd, init, b.op(a.imul, number, step))

    def _reverse_body(
        self, body: Block, seeds: Seeds, moving: Sequence[Var] = ()
    ) -> tuple[list[LoopSum[Key]], list[Operand]]:
        """Execute and reverse a loop body inside its open scope.

        Returns what it adds to adjoints outside of the loop, and all that is handed on to the next
        iteration: the adjoints of `moving`, then those sums.
        """
        b, outer = self.builder, self.adjoints
        self.adjoints = {}
        self.regions.append(True)
        self.differentiate(body, seeds, again=True)
        self.regions.pop()
        handed: list[Operand] = [self.adjoints.pop(x, a.ZERO) for x in moving]
        terms, self.adjoints = self.adjoints, outer
        sums = [LoopSum(b, key, Var(F64, _hint(key)), term) for key, term in terms.items()]
        moved = [x for x in sums if x.is_carried]
        b.declare(*(x.param for x in moved))
        handed += [b.op(a.add, x.param, x.term) for x in moved]
        return sums, handed

    # -- branches ------------------------------------------------------------------------------

    def _reverse_if(self, stmt: If) -> None:
        b, cond = self.builder, self.operand(stmt.cond)
        adjoints = [self.adjoints.pop(x, None) for x in stmt.results]
        if isinstance(cond, Const):
            taken = stmt.then if cond.value else stmt.orelse
            self.regions.append(False)
            self.differentiate(taken, list(zip(taken.yields, adjoints, strict=True)), again=True)
            self.regions.pop()
            return
        yes, to_yes = self._arm(stmt.then, adjoints)
        no, to_no = self._arm(stmt.orelse, adjoints)
        keys = list(to_yes | to_no)
        if not (keys or yes.stmts or no.stmts):
            return
        b.span = stmt.span
        terms = ([arm.get(key, a.ZERO) for key in keys] for arm in (to_yes, to_no))
        results = b.close_if(cond, yes, next(terms), no, next(terms))
        self._leave(zip(keys, results, strict=True))

    def _arm(self, block: Block, adjoints: Sequence[Operand | None]) -> tuple[Scope, dict[Key, Operand]]:
        outer, self.adjoints = self.adjoints, {}
        self.regions.append(False)
        with self.builder.block("arm") as scope:
            self.differentiate(block, list(zip(block.yields, adjoints, strict=True)), again=True, whole=False)
        self.regions.pop()
        found, self.adjoints = self.adjoints, outer
        return scope, found


def _hint(key: Key) -> str:
    return f"{(key if isinstance(key, Var) else key[0]).hint}_adj"
