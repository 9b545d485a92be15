"""`for` and `while` over run-time ranges: the body is evaluated once, for any iteration.

Names that the body changes become carried values.  Their form is found by evaluating the body, with what
is known so far, until it no longer changes: an int that becomes a float, a number that becomes an array.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from adfun.diagnostics.internal import InternalError
from adfun.frontend import analysis, specs
from adfun.frontend.arrays import core, extent
from adfun.frontend.branches import branch, code_operand, guarded
from adfun.frontend.budget import LENGTHS
from adfun.frontend.dryrun import store_in_copies, undone
from adfun.frontend.lists import Grows, promote, promote_list
from adfun.frontend.machine import CONTINUE, GO_ON, NEXT, RETURN, Env, Flow, Machine
from adfun.frontend.remembered import RETURNED, Remembered, resumed
from adfun.frontend.stage import Frame, Restart
from adfun.frontend.totals import after_loop
from adfun.frontend.values import (
    Array,
    Buffered,
    DictValue,
    ListValue,
    RangeValue,
    RunList,
    Token,
    Undefined,
    Value,
)
from adfun.ir.builder import Scope
from adfun.ir.nodes import Buffer, Const, For, Operand, Stmt, Var, While, b1, i64
from adfun.ir.types import I64
from adfun.ir.walk import defined, walk, written_within
from adfun.primitives import arithmetic as a
from adfun.records import dataclass, field

ATTEMPTS = 500
"""Every attempt puts one more value into its final form, and there are not as many."""
STEP = 2
"""By how much an array gets longer or shorter in an iteration, as those of recurrences do."""


@dataclass(slots=True)
class Slot:
    """One value that goes from iteration to iteration: a name's, or a mutable value's."""

    key: Any
    name: str
    spec: specs.Spec
    before: Value
    read: Callable[[], Value]
    write: Callable[[Value], None]
    buffers: list[Buffer] = field(default_factory=list)
    every: bool = False
    """Whether every iteration gives the name a value that it did not have before the loop."""


@dataclass(slots=True)
class Loop:
    """What a `for` or a `while` hands to the common machinery."""

    node: ast.For | ast.While
    start: Operand
    stop: Operand | None
    """The range of positions; None for `while`."""
    enter: Callable[[Var], None] | None
    """Binds the loop's target, given the position."""
    test: ast.expr | None = None
    emitted: Stmt | None = None
    """The statement that it became."""
    memory: Remembered = field(default_factory=Remembered)
    settled: dict[Any, specs.Spec] = field(default_factory=dict)
    """The forms of what it carries, at the end."""


class _Again(Exception):
    """The carried values have another form than assumed: evaluate the body again."""


class _Acts(Exception):
    """The condition of a `while` does more than give a value: it assigns, or changes an object or array."""


def run(m: Machine, loop: Loop) -> Flow:
    """Emit a run-time loop; returns how it ended."""
    known: dict[Any, specs.Spec] = {}
    around, place = m.remembered, (loop.node, m.stage.ways[-1])
    memory = around.next(place)
    for cell in memory.to_place(m.names()):
        with suppress(Restart):
            promote(m, Restart(cell))
    try:
        for _ in range(ATTEMPTS):
            saved = m.names()
            mark = len(m.stage.builder.scopes), len(m.stage.frames)
            before_span = m.stage.span
            m.remembered = loop.memory = memory
            memory.met.clear()
            known = memory.known(m.stage, saved) | known
            try:
                flow = _attempt(m, loop, known)
                memory.keep(saved, loop.settled)
                return flow
            except _Again:
                _reset(m, saved, mark)
            except _Acts:
                _reset(m, saved, mark)
                loop = _tested_inside(m, loop)
            except Grows as grows:
                _reset(m, saved, mark)
                m.stage.builder.span = before_span
                m.remembered = around
                _grow(m, loop, grows, saved, place)
            except Restart as restart:
                _reset(m, saved, mark)
                memory.placed(saved, restart)
                promote(m, restart)
    finally:
        m.remembered = around
    raise InternalError("the values that a loop carries do not settle", m.stage.span)


def _reset(m: Machine, saved: list[tuple[Env, dict[str, Value]]], mark: tuple[int, int]) -> None:
    del m.stage.builder.scopes[mark[0] :]
    del m.stage.frames[mark[1] :]
    m.restore(saved)


def _tested_inside(m: Machine, loop: Loop) -> Loop:
    """`while test: body` as `while True: if not test: break; body`: what the test does is carried on.

    The condition block of a `While` yields a truth value and nothing else.
    """
    node = loop.node
    assert isinstance(node, ast.While)
    if analysis.may_jump(node.orelse):
        m.stage.fail(
            "the condition of this `while` assigns or changes something, and its `else` jumps",
            "here",
            remedy="write `while True:`, and leave by `if ...: break`",
        )
    made = m.tested_inside.get(node)
    if made is None:
        end = ast.copy_location(ast.Break(), node.test)
        leave = ast.copy_location(ast.If(node.test, [ast.Pass()], [*node.orelse, end]), node.test)
        always = ast.copy_location(ast.Constant(True), node.test)
        made = ast.copy_location(ast.While(always, [leave, *node.body], []), node)
        m.tested_inside[node] = ast.fix_missing_locations(made)
    return Loop(made, loop.start, loop.stop, loop.enter, made.test, memory=loop.memory)


def _grow(
    m: Machine, loop: Loop, grows: Grows, saved: list[tuple[Env, dict[str, Value]]], place: object
) -> None:
    """Make room for a list that the loop appends to; not where the loop takes as much away."""
    if isinstance(grows.cell, ListValue) and _shrinks(m, loop, grows.cell):
        grows.cell.steady = True
        return

    def rerun(counting: RunList) -> None:
        with undone(m.stage, counting), m.remembered.rehearsal(place):
            run(m, loop)
        m.restore(saved)
        assert loop.emitted is not None
        store_in_copies(m.stage, loop.emitted)

    promote_list(m, grows, _token(m, loop), _simple_growth(m, loop, grows), rerun)


def _token(m: Machine, loop: Loop) -> Token:
    """What tells loops apart, and the runs of one that a loop over known items repeats."""
    return loop.node, m.env, loop.memory


def _shrinks(m: Machine, loop: Loop, cell: ListValue) -> bool:
    """Whether the body also takes items out of a list."""
    nodes = [n for s in loop.node.body for n in ast.walk(s)]
    taken = [n.value for n in nodes if isinstance(n, ast.Attribute) and n.attr in ("pop", "popleft")]
    taken += [
        t.value for n in nodes if isinstance(n, ast.Delete) for t in n.targets if isinstance(t, ast.Subscript)
    ]
    return any(_holds(m, node, cell) for node in taken)


def _simple_growth(m: Machine, loop: Loop, grows: Grows) -> Operand | None:
    """How many items a loop adds to a list that every iteration appends to a fixed number of times."""
    if loop.stop is None:
        return None
    calls = [n for s in loop.node.body for n in ast.walk(s) if isinstance(n, ast.Attribute)]
    growing = [
        n for n in calls if n.attr in ("append", "extend", "insert") and _holds(m, n.value, grows.cell)
    ]
    direct = [
        s.value.func
        for s in loop.node.body
        if isinstance(s, ast.Expr)
        and isinstance(s.value, ast.Call)
        and isinstance(s.value.func, ast.Attribute)
    ]
    leaving = any(
        isinstance(n, (ast.Continue, ast.Break, ast.Return)) for s in loop.node.body for n in ast.walk(s)
    )
    if not growing or leaving or any(n not in direct or n.attr != "append" for n in growing):
        return None
    length = extent.range_length(m.stage, RangeValue(loop.start, loop.stop, 1))
    return m.stage.imul(length, i64(len(growing)))


def _holds(m: Machine, node: ast.expr, cell: Any) -> bool:
    return isinstance(node, ast.Name) and m.env.names.get(node.id) is cell


# -- one evaluation of the body ---------------------------------------------------------------


def _attempt(m: Machine, loop: Loop, known: dict[Any, specs.Spec]) -> Flow:
    stage, builder = m.stage, m.stage.builder
    body = loop.node.body
    exits = analysis.may_exit_loop(body)
    as_while = loop.stop is None or exits
    slots = _slots(m, loop, known)
    inits = _inits(m, slots)
    flags: list[Operand] = [i64(NEXT)] if exits else []
    counter: list[Operand] = [loop.start] if as_while and loop.stop is not None else []
    params = tuple(Var(o.type, "") for o in (*inits, *flags, *counter))
    index = Var(I64, "i") if not as_while else None
    frame = Frame(loop=True, level=len(builder.scopes), token=_token(m, loop))
    test: Scope | None = None
    go_on: Operand | None = None
    stage.frames.append(frame)
    try:
        if as_while:
            with builder.block("arm") as test:
                builder.declare(*params)
                _arrive(m, slots, params)
                with _inert(m, loop, test):
                    go_on = _condition(m, loop, params, len(inits), exits)
        with builder.block("arm" if as_while else "loop") as scope:
            builder.declare(*params, *((index,) if index is not None else ()))
            position = index if index is not None else (params[-1] if counter else None)
            if position is not None and loop.stop is not None:
                stage.loop_index(position, loop.start, loop.stop)
            _arrive(m, slots, params)
            _without_value(m, loop, slots, index)
            if loop.enter is not None and position is not None:
                loop.enter(position)
            flow = m.exec_block(body)
            first: dict[Operand, Operand] = dict(zip(params, (*inits, *flags, *counter), strict=True))
            if index is not None:
                first[index] = loop.start
            _check_forms(m, loop, slots, known, frame, flow, exits, first)
            yields = _depart(m, slots, flow)
            if exits:
                yields.append(_exit_code(m, flow))
            if counter:
                yields.append(stage.iadd(params[-1], i64(1)))
    finally:
        stage.frames.pop()
        for cell, state in frame.changed.values():
            specs.set_state(stage, cell, state)
    for cell, state in frame.changed.values():
        stage.touch(cell, state)
    all_inits = (*inits, *flags, *counter)
    if index is not None:
        assert loop.stop is not None
        builder.close_for(index, loop.start, loop.stop, params, all_inits, scope, yields)
    else:
        assert test is not None and go_on is not None
        builder.close_while(params, all_inits, test, go_on, scope, yields)
    loop.emitted = made = builder.scopes[-1].stmts[-1]
    assert isinstance(made, For | While)
    results = after_loop(m.stage, made)
    loop.settled = {s.key: s.spec for s in slots}
    return _finish(m, loop, slots, results, len(inits), exits)


@contextmanager
def _inert(m: Machine, loop: Loop, test: Scope) -> Iterator[None]:
    """See to it that evaluating the condition of a `while` leaves names, objects and arrays as they are."""
    if loop.test is None:
        yield
        return
    before = m.names()
    with m.stage.region(Frame(loop=False, level=len(m.stage.builder.scopes))) as frame:
        yield
    if acts(m, frame, test, before):
        raise _Acts


def acts(m: Machine, frame: Frame, scope: Scope, before: list[tuple[Env, dict[str, Value]]]) -> bool:
    """Whether an evaluation has changed anything: an object, an array, or what a name stands for."""
    rebound = any(
        x.keys() != y.keys() or any(x[name] is not y[name] for name in x)
        for (_, x), (_, y) in zip(before, m.names(), strict=True)
    )
    own = {made for stmt in walk(scope.stmts) for made in defined(stmt)}
    return bool(frame.changed) or rebound or bool(written_within(scope.stmts) - own)


def _condition(m: Machine, loop: Loop, params: Sequence[Var], carried: int, exits: bool) -> Operand:
    """Whether there is another iteration, emitted in the condition block of a `while`."""
    stage = m.stage
    running = stage.op(a.ieq, params[carried], i64(NEXT)) if exits else None
    if loop.stop is not None:
        more = stage.op(a.ilt, params[-1], loop.stop)
        return more if running is None else stage.op(a.band, running, more)
    assert loop.test is not None

    def holds() -> Operand:
        assert loop.test is not None
        with stage.at(m.source, loop.test):
            return m.truth(m.eval(loop.test))

    if running is None:
        return holds()
    return stage.builder.if_else(running, lambda: (holds(),), lambda: (b1(False),))[0]


def _slots(m: Machine, loop: Loop, known: dict[Any, specs.Spec]) -> list[Slot]:
    """The carried values as far as they are known: assigned names, then what earlier attempts found."""
    target = [loop.node.target] if isinstance(loop.node, ast.For) else []
    names, certain = analysis.assigned([*loop.node.body, *target]), _certain(loop)
    exposed = analysis.read_first(loop.node.body) - analysis.assigned(target)
    if loop.test is not None:
        exposed |= set(analysis.reads([loop.test]))
    in_place = analysis.only_augmented(loop.node.body)
    live = m.live_after(loop.node)
    slots = []
    for name in sorted(names):
        env = _owner(m, name)
        before = env.names.get(name, Undefined(name))
        if name in in_place and _changes_in_place(before):
            continue
        if live is not None and name not in exposed and name not in live:
            env.names[name] = Undefined(name)
            continue
        spec = known.get(name)
        if spec is None:
            spec = resumed(m.stage, specs.spec_of(m.stage, before), loop.memory.names.get(name))
        slot = _name_slot(env, name, spec, before)
        if isinstance(before, Undefined) and name in certain:
            slot.every, slot.spec = True, specs.surely(spec)
        slots.append(slot)
    for key, spec in known.items():
        if not isinstance(key, str):
            slots.append(_cell_slot(m, key, spec))
    if RETURNED in known:
        holder = Env({RETURNED: Undefined(RETURNED)})
        slots.append(_name_slot(holder, RETURNED, known[RETURNED], Undefined(RETURNED)))
    return slots


def _changes_in_place(value: Value) -> bool:
    """Whether `x += ...` changes the object that x stands for."""
    return isinstance(value, (ListValue, RunList)) or (isinstance(value, Array) and value.rank > 0)


def _forget_locals(m: Machine, loop: Loop, carried: set[str]) -> None:
    """Names that only the body uses have no value after the loop: theirs was the last iteration's."""
    target = [loop.node.target] if isinstance(loop.node, ast.For) else []
    in_place = analysis.only_augmented(loop.node.body) - analysis.assigned(target)
    for name in analysis.assigned([*loop.node.body, *target]) - carried - in_place:
        _owner(m, name).names[name] = Undefined(name)


def _owner(m: Machine, name: str) -> Env:
    env = m.env
    while name in env.nonlocals and env.parent is not None:
        env = env.parent
    return env


def _certain(loop: Loop) -> set[str]:
    """Names that have a value after one iteration, whatever happens in it."""
    if loop.stop is None or analysis.may_jump(loop.node.body):
        return set()
    return analysis.surely_assigned([*_targets(loop), *loop.node.body])


def _targets(loop: Loop) -> list[ast.stmt]:
    """The binding of the loop's target as a statement."""
    if not isinstance(loop.node, ast.For):
        return []
    return [ast.Assign([loop.node.target], ast.Constant(None))]


def _without_value(m: Machine, loop: Loop, slots: list[Slot], index: Var | None) -> None:
    """Names that come without a value from before the loop have none in its first iteration."""
    for slot in slots:
        value = slot.read() if slot.name and slot.name != RETURNED else None
        if isinstance(value, Undefined) and isinstance(slot.spec, specs.Nothing):
            slot.write(Undefined(slot.name, pending=True))
        elif slot.every and index is not None:
            slot.write(specs.maybe(value, m.stage.op(a.ilt, loop.start, index)))


def _name_slot(env: Env, name: str, spec: specs.Spec, before: Value) -> Slot:
    def write(value: Value) -> None:
        env.names[name] = value

    return Slot(name, name, spec, before, lambda: env.names.get(name, Undefined(name)), write)


def _cell_slot(m: Machine, cell: Any, spec: specs.Spec) -> Slot:
    def write(value: Value) -> None:
        m.stage.touch(cell, specs.state_of(cell))
        specs.set_state(m.stage, cell, value)

    return Slot(cell, "", spec, specs.state_of(cell), lambda: specs.state_of(cell), write)


def _inits(m: Machine, slots: list[Slot]) -> list[Operand]:
    inits: list[Operand] = []
    for slot in slots:
        slot.buffers = specs.make_buffers(m.stage, slot.spec)
        inits += specs.put(m.stage, slot.spec, slot.before, iter(slot.buffers))
    return inits


def _arrive(m: Machine, slots: list[Slot], params: Sequence[Operand]) -> None:
    """Let every carried name and value be what this iteration starts with."""
    operands = iter(params)
    m.stage.carried.update(p for p in params if p.type is I64)
    for slot in slots:
        slot.write(specs.take(m.stage, slot.spec, operands, iter(slot.buffers), slot.name))


def _check_forms(
    m: Machine,
    loop: Loop,
    slots: list[Slot],
    known: dict[Any, specs.Spec],
    frame: Frame,
    flow: Flow,
    exits: bool,
    first: Mapping[Operand, Operand],
) -> None:
    """Compare the forms that were assumed with those that the body left; again if they differ."""
    again = False
    for slot in slots:
        if slot.name == RETURNED:
            continue
        now = slot.read()
        join = specs.join_names if slot.name and not slot.every else specs.join
        left = specs.spec_of(m.stage, now)
        spec = join(m.stage, slot.spec, left)
        if slot.every:
            spec = specs.surely(spec)
        spec = _same_sizes(spec, slot.spec)
        if _changes_length(m, slot.spec, left):
            spec = specs.Clash(LENGTHS, "shape")
        if not _equal(spec, slot.spec):
            known[slot.key] = spec = specs.outside(m.stage, spec, first)
            again = again or not _equal(spec, slot.spec)
    present = {id(s.key) for s in slots}
    for cell, before in list(frame.changed.values()):
        if id(cell) not in present and id(cell) not in frame.born:
            known[cell] = specs.outside(m.stage, _state_spec(m, cell, before), first)
            again = True
    if (
        exits
        and analysis.may_return(loop.node.body)
        and (flow.code == RETURN or not isinstance(flow.code, int))
        and not isinstance(flow.value, Undefined)
    ):
        spec = specs.spec_of(m.stage, m.settle(flow.value))
        if RETURNED not in known:
            known[RETURNED] = specs.outside(m.stage, spec, first)
            again = True
    if again:
        raise _Again


def _state_spec(m: Machine, cell: Any, before: Value) -> specs.Spec:
    """The form of what a mutable value holds before and after an iteration; a dict may get new keys."""
    now = specs.state_of(cell)
    spec = specs.spec_of(m.stage, now)
    grown = isinstance(cell, DictValue) and list(now.items) != list(before.items)
    if isinstance(cell, (ListValue, DictValue)) and not grown:
        return specs.join(m.stage, specs.spec_of(m.stage, before), spec)
    return spec


def _same_sizes(spec: specs.Spec, before: specs.Spec) -> specs.Spec:
    """The form with the sizes that were assumed: others must equal them."""
    part, assumed = specs.surely(spec), specs.surely(before)
    if not (isinstance(part, specs.Big) and isinstance(assumed, specs.Big)):
        return spec
    if len(part.shape) != len(assumed.shape):
        return spec
    kept = specs.Big(part.type, assumed.shape)
    return specs.Perhaps(kept, spec.none) if isinstance(spec, specs.Perhaps) else kept


def _changes_length(m: Machine, before: specs.Spec, after: specs.Spec) -> bool:
    """Whether an array is surely a bit longer, or shorter, at the end of an iteration."""
    if not (isinstance(before, specs.Big) and isinstance(after, specs.Big)):
        return False
    pairs = ((_offset(m, p), _offset(m, q)) for p, q in zip(before.shape, after.shape, strict=False))
    return any(p[0] is q[0] and 0 < abs(p[1] - q[1]) <= STEP for p, q in pairs)


def _offset(m: Machine, size: Operand) -> tuple[Operand, int]:
    """A size as another one and a constant that is added to it."""
    base, more = specs.apart(m.stage, m.stage.size(size))
    base = m.stage.size(base)
    return (i64(0), more + int(base.value)) if isinstance(base, Const) else (base, more)


def _equal(x: specs.Spec, y: specs.Spec) -> bool:
    if isinstance(x, specs.Perhaps) and isinstance(y, specs.Perhaps):
        return x.none == y.none and _equal(x.part, y.part)
    if isinstance(x, (specs.Items, specs.Fields)) and type(x) is type(y):
        return all(_equal(p, q) for p, q in zip(x.parts, y.parts, strict=True))
    if isinstance(x, specs.Clash) and isinstance(y, specs.Clash):
        return True
    if isinstance(x, specs.Fixed) and isinstance(y, specs.Fixed):
        return x.value is y.value or specs._equal(x.value, y.value)
    return x == y


def _depart(m: Machine, slots: list[Slot], flow: Flow) -> list[Operand]:
    """The values that the next iteration starts with."""
    values = []
    own = {b for slot in slots for b in slot.buffers}
    for slot in slots:
        value = flow.value if slot.name == RETURNED else slot.read()
        if slot.name == RETURNED and not (flow.code == RETURN or not isinstance(flow.code, int)):
            value = Undefined(RETURNED)
        values.append(_apart(m, value, own, slot.buffers) if slot.buffers else value)
    yields: list[Operand] = []
    for slot, value in zip(slots, values, strict=True):
        yields += specs.put(m.stage, slot.spec, value, iter(slot.buffers))
    return yields


def _apart(m: Machine, value: Value, others: set[Buffer], mine: list[Buffer]) -> Value:
    """A copy of an array that reads a buffer about to be overwritten."""
    if isinstance(value, tuple):
        return tuple(_apart(m, v, others, mine) for v in value)
    if not isinstance(value, Array):
        return value
    source = value.root.source
    if isinstance(value.source, Buffered) and value.source.buffer in mine:
        return value
    if not isinstance(source, Buffered) or source.buffer not in others:
        return value
    buffer = m.stage.builder.build(value.elem, value.shape, lambda index: core.at(m.stage, value, index))
    return Array(value.elem, value.shape, Buffered(buffer))


def _exit_code(m: Machine, flow: Flow) -> Operand:
    """The carried code: NEXT to go on (also after `continue`), BREAK or RETURN to stop."""
    if isinstance(flow.code, int):
        return i64(NEXT if flow.code == CONTINUE else flow.code)
    code = code_operand(flow.code)
    goes_on = m.stage.op(a.ieq, code, i64(CONTINUE))
    return m.stage.op(a.select, goes_on, i64(NEXT), code)


def _finish(
    m: Machine, loop: Loop, slots: list[Slot], results: Sequence[Operand], carried: int, exits: bool
) -> Flow:
    """Let names stand for the results, and run what follows the loop's end (`else`, `return`)."""
    operands: Iterator[Operand] = iter(results)
    returned: Value = None
    for slot in slots:
        value = specs.take(m.stage, slot.spec, operands, iter(slot.buffers), slot.name)
        if slot.name == RETURNED:
            returned = value
        elif slot.every:
            assert loop.stop is not None
            slot.write(specs.maybe(value, m.stage.op(a.ilt, loop.start, loop.stop)))
        else:
            slot.write(value)
    _forget_locals(m, loop, {s.name for s in slots})
    if not exits:
        return m.exec_block(loop.node.orelse) if loop.node.orelse else GO_ON
    code = results[carried]
    if any(s.name == RETURNED for s in slots):
        left = m.stage.op(a.ieq, code, i64(RETURN))
        flow = branch(m, left, lambda: Flow(RETURN, returned), lambda: GO_ON)
    else:
        flow = GO_ON
    if not loop.node.orelse:
        return flow
    ended = m.stage.op(a.ieq, code, i64(NEXT))
    after = branch(m, ended, lambda: m.exec_block(loop.node.orelse), lambda: GO_ON)
    return guarded(m, after, lambda: flow) if flow is not GO_ON else after
