"""Keeps array elements that are overwritten before the reverse sweep needs them.

The reverse sweep executes the body of a loop (or the arm of an `If`) again and then finds in
memory what the loop left there.  A load that would find something else is *clobbered*:

    for t in 0..n:                     alloc kept[n]
      v = x[0]                         for t in 0..n:
      x[0] = f(v)               ->       v = x[0]; kept[t] = v
                                         x[0] = f(v)            and re-execution reads v = kept[t]

State arrays that are read in inner loops and then overwritten are kept whole, one copy for each
iteration.  Matrices that a kernel reads are copied if they are changed afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from adfun.ir.builder import Builder
from adfun.ir.nodes import (
    Accum,
    Block,
    Buffer,
    Carried,
    For,
    Function,
    If,
    Index,
    KernelCall,
    Load,
    Operand,
    Stmt,
    Store,
    Var,
    While,
    i64,
)
from adfun.ir.types import I64, Type
from adfun.ir.walk import Copier
from adfun.passes.activity import Items, contains, useful, varied
from adfun.passes.dependence import Access, Accesses
from adfun.primitives import arithmetic as a
from adfun.primitives.loops import filled, in_stack, over
from adfun.records import dataclass, field


@dataclass(frozen=True)
class Preserved:
    """A function that keeps what it overwrites.

    kept    clobbered load -> the element to read instead when its loop is executed again
    tapes   the buffers that hold it: nothing is ever differentiated by them
    """

    function: Function
    kept: dict[Var, tuple[Buffer, Index]]
    tapes: frozenset[Buffer]


def preserve(function: Function, of: int = -1) -> Preserved:
    """Find the clobbered loads and keep their values; functions without any come back as they are."""
    function = _protect_kernels(function)
    accesses, clobbered = _find(function, of)
    tests = {stmt for x in clobbered for stmt, k in x.path if isinstance(stmt, While) and k == 0}
    if tests:
        function = _copied(function, _Rotator(Builder(), tests))
        accesses, clobbered = _find(function, of)
    if not clobbered:
        return Preserved(function, {}, frozenset())
    keeper = _Keeper(Builder(), _Plan(accesses, clobbered))
    rewritten = _copied(function, keeper)
    return Preserved(rewritten, keeper.kept, frozenset(keeper.tapes))


def _copied(function: Function, copier: Copier) -> Function:
    yields = copier.block(function.body)
    return Function(function.name, function.inputs, copier.builder.finish(*yields))


# -- kernels ----------------------------------------------------------------------------------


def _protect_kernels(function: Function) -> Function:
    """Give kernels copies of the matrices that may change after the call."""
    accesses = Accesses(function)
    changing: dict[KernelCall, list[Buffer]] = {}
    for buffer, entries in accesses.of.items():
        if buffer.storage == "built":
            continue
        for x in entries:
            if isinstance(x.stmt, KernelCall) and any(accesses.may_follow(x, w) for w in accesses.writes(x)):
                changing.setdefault(x.stmt, []).append(buffer)
    return _copied(function, _Protector(Builder(), changing)) if changing else function


class _Protector(Copier):
    def __init__(self, builder: Builder, changing: dict[KernelCall, list[Buffer]]) -> None:
        super().__init__(builder)
        self.changing = changing

    def call(self, stmt: KernelCall) -> None:
        outer = dict(self.buffers)
        for buffer in self.changing.get(stmt, ()):
            source = self.buffer(buffer)
            self.buffers[buffer] = filled(
                self.builder, source.elem, source.shape, partial(self.builder.load, source), source.hint
            )
        super().call(stmt)
        for buffer in self.changing.get(stmt, ()):
            self.buffers[buffer] = outer[buffer]


# -- tests of while loops ------------------------------------------------------------------------


class _Rotator(Copier):
    """Evaluates the test of a while loop at the end of its body, where values can be kept:

    while test(v): v = body(v)    ->    go = test(v); while go: v = body(v); go = test(v)
    """

    def __init__(self, builder: Builder, loops: set[While]) -> None:
        super().__init__(builder)
        self.loops = loops

    def while_(self, stmt: While) -> None:
        if stmt not in self.loops:
            super().while_(stmt)
            return
        b, olds = self.builder, [c.param for c in stmt.carried]

        def test(values: Sequence[Operand]) -> Operand:
            self.bind(olds, values)
            return self.block(stmt.cond)[0]

        def body(params: tuple[Var, ...]) -> Sequence[Operand]:
            self.bind(olds, params[:-1])
            values = self.block(stmt.body)
            return (*values, test(values))

        inits = self.operands([c.init for c in stmt.carried])
        results = b.while_loop((*inits, test(inits)), lambda params: params[-1], body)
        self.bind([c.result for c in stmt.carried], results[:-1])


# -- which loads, and where their values go ----------------------------------------------------


def _find(function: Function, of: int) -> tuple[Accesses, list[Access]]:
    """The clobbered loads that the reverse sweep may execute again."""
    active = varied(function) & useful(function, of)
    accesses = Accesses(function)
    return accesses, [x for x in _clobbered(accesses) if _outermost_is_active(accesses, x, active)]


def _clobbered(accesses: Accesses) -> list[Access]:
    found = []
    for buffer, entries in accesses.of.items():
        if buffer.storage == "built":
            continue
        home = len(accesses.home.get(buffer, ()))
        for x in entries:
            executed_again = isinstance(x.stmt, Load) and len(x.path) > home
            if executed_again and any(accesses.may_follow(x, w) for w in accesses.writes(x)):
                found.append(x)
    return found


def _outermost_is_active(accesses: Accesses, load: Access, active: Items) -> bool:
    outermost = load.path[len(accesses.home.get(load.buffer, ()))][0]
    return contains(Block((outermost,)), active)


@dataclass(eq=False)
class _Tape:
    """Storage for the values of one load, or for the states of one buffer.

    loops    the loops that index it, outermost first; None: values are appended, counted by `token`
    state    the buffer whose copies it holds, at the start of each iteration of the last loop
    """

    elem: Type
    loops: tuple[For, ...] | None
    state: Buffer | None = None
    token: Var = field(default_factory=lambda: Var(I64, "kept"))
    buffer: Buffer | None = None


class _Plan:
    """Which tape serves which load, and at which statements tapes are made, filled and counted."""

    def __init__(self, accesses: Accesses, clobbered: Sequence[Access]) -> None:
        self.accesses = accesses
        self.of: dict[Var, _Tape] = {}
        self.made_before: dict[Stmt, list[_Tape]] = {}
        self.at_start: dict[Stmt, list[_Tape]] = {}
        self.counted: dict[Stmt, list[_Tape]] = {}
        states: dict[tuple[Buffer, For], _Tape] = {}
        for load in clobbered:
            assert isinstance(load.stmt, Load)
            self.of[load.stmt.var] = self._tape(load, states)

    def _tape(self, load: Access, states: dict[tuple[Buffer, For], _Tape]) -> _Tape:
        buffer, inside = load.buffer, self._inside(load)
        state = self._state_loop(load, inside)
        if state is not None:
            known = states.get((buffer, state[-1]))
            if known is None:
                known = states[buffer, state[-1]] = _Tape(buffer.elem, state, buffer)
                self.made_before.setdefault(inside[0], []).append(known)
                self.at_start.setdefault(state[-1], []).append(known)
            return known
        tape = _Tape(buffer.elem, self._sized_loops(inside, load))
        self.made_before.setdefault(inside[0], []).append(tape)
        if tape.loops is None:
            for stmt in dict.fromkeys(inside):
                self.counted.setdefault(stmt, []).append(tape)
        return tape

    def _inside(self, access: Access) -> list[Stmt]:
        """The statements around an access, from the block that made its buffer inwards."""
        home = len(self.accesses.home.get(access.buffer, ()))
        return [stmt for stmt, _ in access.path[home:]]

    def _sized_loops(self, inside: Sequence[Stmt], load: Access) -> tuple[For, ...] | None:
        """The loops among `inside` if their trip counts are known before the first of them starts."""
        loops = []
        for stmt in inside:
            if isinstance(stmt, While):
                return None
            if isinstance(stmt, For):
                if not all(self._known_before(x, load) for x in (stmt.start, stmt.stop)):
                    return None
                loops.append(stmt)
        return tuple(loops)

    def _known_before(self, operand: Operand, load: Access) -> bool:
        home = self.accesses.home
        return not isinstance(operand, Var) or len(home.get(operand, ())) <= len(home.get(load.buffer, ()))

    def _state_loop(self, load: Access, inside: Sequence[Stmt]) -> tuple[For, ...] | None:
        """The loops up to the outermost one whose iterations read the buffer only before they change
        it, when both happen in loops further inside: then one copy an iteration serves all loads."""
        home = len(self.accesses.home.get(load.buffer, ()))
        for depth, stmt in enumerate(inside[:-1]):
            if not isinstance(stmt, For) or not _deeper_loop(inside[depth + 1 :]):
                continue
            within = [x for x in self.accesses.of[load.buffer] if _is_inside(x, stmt, home + depth)]
            writes = [x for x in within if isinstance(x.stmt, Store | Accum)]
            if not writes or load.order > min(x.order for x in writes):
                continue
            rest = [[s for s, _ in x.path[home + depth + 1 :]] for x in writes]
            parted = all(x.path[home + depth + 1 :][:1] != load.path[home + depth + 1 :][:1] for x in writes)
            if parted and all(_deeper_loop(r) for r in rest):
                return self._sized_loops(inside[: depth + 1], load)
        return None


def _deeper_loop(stmts: Sequence[Stmt]) -> bool:
    return any(isinstance(x, For | While) for x in stmts)


def _is_inside(access: Access, stmt: Stmt, depth: int) -> bool:
    return len(access.path) > depth and access.path[depth][0] is stmt


# -- rewriting --------------------------------------------------------------------------------


class _Keeper(Copier):
    """Emits the function with its tapes: made, filled, and counted where they have no index."""

    def __init__(self, builder: Builder, plan: _Plan) -> None:
        super().__init__(builder)
        self.plan = plan
        self.kept: dict[Var, tuple[Buffer, Index]] = {}
        self.tapes: list[Buffer] = []
        self._entering: Stmt | None = None

    def stmt(self, stmt: Stmt) -> None:
        for tape in self.plan.made_before.get(stmt, ()):
            self._make(tape)
        super().stmt(stmt)

    def _make(self, tape: _Tape) -> None:
        b = self.builder
        if tape.loops is None:
            tape.buffer = b.alloc(tape.elem, (i64(0),), zero=False, hint="kept", growable=True)
            self.env[tape.token] = i64(0)
        else:
            trips = [self._trip_count(loop) for loop in tape.loops]
            sizes = self.buffer(tape.state).shape if tape.state is not None else ()
            tape.buffer = b.alloc(tape.elem, (*trips, *sizes), zero=False, hint="kept")
        self.tapes.append(tape.buffer)

    def _trip_count(self, loop: For) -> Operand:
        count = self.builder.op(a.isub, self.operand(loop.stop), self.operand(loop.start))
        return self.builder.op(a.imax, count, i64(0))

    def load(self, stmt: Load) -> None:
        tape = self.plan.of.get(stmt.var)
        place = self._place(tape, stmt) if tape is not None else ()
        super().load(stmt)
        value = self.env[stmt.var]
        if tape is None or tape.buffer is None or not isinstance(value, Var) or value in self.kept:
            return
        self.kept[value] = (tape.buffer, place)
        if tape.state is not None:
            return
        if tape.loops is None:
            after = self.builder.op(a.iadd, place[0], i64(1))
            self.builder.grow(tape.buffer, after)
            self.env[tape.token] = after
        self.builder.store(tape.buffer, place, value)

    def _place(self, tape: _Tape, stmt: Load) -> Index:
        """Where the value of a load is kept: known before the load, so that it can take its place."""
        if tape.loops is None:
            return (self.operand(tape.token),)
        number = self._iteration(tape)
        if tape.state is None:
            return number
        assert tape.buffer is not None
        return in_stack(self.builder, tape.buffer, number, self.operands(stmt.index))

    def _iteration(self, tape: _Tape) -> Index:
        """The numbers of the current iterations of a tape's loops, from 0."""
        loops = tape.loops or ()
        return tuple([self.builder.op(a.isub, self.env[x.index], self.operand(x.start)) for x in loops])

    def block(self, block: Block) -> tuple[Operand, ...]:
        entering, self._entering = self._entering, None
        for tape in self.plan.at_start.get(entering, ()) if entering is not None else ():
            self._copy_state(tape)
        return super().block(block)

    def _copy_state(self, tape: _Tape) -> None:
        assert tape.state is not None and tape.buffer is not None
        b, source, target = self.builder, self.buffer(tape.state), tape.buffer
        number = self._iteration(tape)
        over(b, source.shape, lambda index: b.store(target, (*number, *index), b.load(source, index)))

    # A counter is carried as `token` under one name: before, inside and after a statement.

    def for_(self, stmt: For) -> None:
        self._entering = stmt
        carried, yields = self._counting(stmt)
        super().for_(
            For(stmt.index, stmt.start, stmt.stop, carried, Block(stmt.body.stmts, yields), stmt.span)
        )

    def while_(self, stmt: While) -> None:
        carried, yields = self._counting(stmt)
        super().while_(While(carried, stmt.cond, Block(stmt.body.stmts, yields), stmt.span))

    def _counting(self, stmt: For | While) -> tuple[tuple[Carried, ...], tuple[Operand, ...]]:
        tokens = [tape.token for tape in self.plan.counted.get(stmt, ())]
        return (*stmt.carried, *(Carried(t, t, t) for t in tokens)), (*stmt.body.yields, *tokens)

    def if_(self, stmt: If) -> None:
        tokens = [tape.token for tape in self.plan.counted.get(stmt, ())]
        before = self.operands(tokens)

        def arm(block: Block) -> tuple[Operand, ...]:
            self.bind(tokens, before)
            return self.block(Block(block.stmts, (*block.yields, *tokens)))

        values = self.builder.if_else(
            self.operand(stmt.cond), lambda: arm(stmt.then), lambda: arm(stmt.orelse)
        )
        self.bind((*stmt.results, *tokens), values)
