"""`if` on a run-time condition: both arms are evaluated, and what they leave behind becomes one."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager, nullcontext
from functools import reduce
from typing import Any

from adfun.frontend import specs
from adfun.frontend.arrays import core
from adfun.frontend.lists import Grows, Uneven, promote
from adfun.frontend.machine import NEXT, RAISED, RETURN, VALUE, Env, Flow, Machine
from adfun.frontend.stage import Frame, Restart, Stage
from adfun.frontend.values import Array, DictValue, ListValue, Undefined, Value
from adfun.frontend.written import outlives
from adfun.ir.builder import Scope
from adfun.ir.nodes import Buffer, Const, Let, Operand, i64
from adfun.ir.types import I64
from adfun.primitives import arithmetic as a
from adfun.records import dataclass

RETURNED = "the returned value"
"""What stands for it where arms are joined."""
CHEAP = 12
"""Arms that cost no more than this together are both computed, and one result is selected."""


@dataclass(slots=True)
class Arm:
    """What one arm left behind."""

    scope: Scope
    flow: Flow
    names: list[tuple[Env, dict[str, Value]]]
    states: dict[int, tuple[Any, Value]]
    """Mutable values from outside that the arm changed, with what they hold at its end."""

    @property
    def dead(self) -> bool:
        """Whether control never goes on from here to code of this function, which reads its names."""
        return self.flow.code in (RETURN, RAISED)


def branch(
    m: Machine,
    cond: Operand,
    then: Callable[[], Flow],
    orelse: Callable[[], Flow],
    local: Set[str] = frozenset(),
    live: Set[str] = frozenset(),
    place: ast.expr | None = None,
) -> Flow:
    """Run one of two pieces of code; names in `local` are not read after it, those in `live` may be.

    Where what they leave does not fit together, the error is at `place`.
    """
    while True:
        before = m.names()
        mark, met = len(m.stage.builder.scopes), dict(m.remembered.met)
        try:
            yes = _arm(m, then, before, (cond, True))
            no = _arm(m, orelse, before, (cond, False))
            latest = m.stage.latest
            with nullcontext() if place is None else m.stage.at(m.source, place):
                m.stage.latest = latest
                return _merge(m, cond, yes, no, before, local, live)
        except Restart as restart:
            del m.stage.builder.scopes[mark:]
            m.restore(before)
            m.remembered.met = met
            if isinstance(restart, Grows):
                raise
            promote(m, restart)


def _arm(
    m: Machine,
    run: Callable[[], Flow],
    before: list[tuple[Env, dict[str, Value]]],
    given: tuple[Operand, bool],
) -> Arm:
    stage = m.stage
    frame = Frame(loop=False, level=len(stage.builder.scopes), given=given)
    stage.frames.append(frame)
    try:
        with stage.builder.block("arm") as scope:
            flow = run()
        return Arm(scope, flow, m.names(), {k: (c, specs.state_of(c)) for k, (c, _) in frame.changed.items()})
    finally:
        stage.frames.pop()
        for cell, state in frame.changed.values():
            specs.set_state(stage, cell, state)
        m.restore(before)


@dataclass(slots=True)
class Joint:
    """One value that has to get out of both arms."""

    spec: specs.Spec
    yes: Value
    no: Value
    name: str
    deliver: Callable[[Value], None]
    made: Value = None
    """What it has become."""


def _merge(
    m: Machine,
    cond: Operand,
    yes: Arm,
    no: Arm,
    before: list[tuple[Env, dict[str, Value]]],
    local: Set[str],
    live: Set[str],
) -> Flow:
    stage = m.stage
    joints: list[Joint] = []
    for k, (env, names) in enumerate(before):
        _join_names(m, joints, env, names, yes, no, (yes.names[k][1], no.names[k][1]), local)
    _join_states(m, joints, yes, no)
    outcome: dict[str, Value] = {}
    _join_flows(m, joints, yes, no, outcome)
    _transfer(m, cond, yes, no, joints)
    known = {name: value for name, value in before[0][1].items() if name in live} if before else {}
    goes_on = RETURN not in (yes.flow.code, no.flow.code)
    for joint in joints:
        if joint.name != RETURNED or goes_on:
            _fork(m, joint, known)
    if "code" not in outcome:
        code: int | Operand = no.flow.code if yes.flow.code == RAISED else yes.flow.code
    else:
        code = core.operand(stage, outcome["code"])
        code = int(code.value) if isinstance(code, Const) else code
    return Flow(code, outcome.get("value", Undefined(RETURNED)))


def _join_names(
    m: Machine,
    joints: list[Joint],
    env: Env,
    before: dict[str, Value],
    yes: Arm,
    no: Arm,
    after: tuple[dict[str, Value], dict[str, Value]],
    local: Set[str],
) -> None:
    """Names that differ `after` the arms; those in `local` are not read after the branch."""
    dead = yes.dead, no.dead
    for name in dict.fromkeys((*after[0], *after[1])):
        x, y = (names.get(name, Undefined(name)) for names in after)
        if all(dead):
            continue
        live = y if dead[0] else x
        if (x is y and not any(dead)) or (any(dead) and live is before.get(name)):
            env.names[name] = live
            continue
        if env is m.env and name in local:
            env.names[name] = Undefined(name)
            continue
        if dead[0]:
            x = Undefined(name)
        elif dead[1]:
            y = Undefined(name)

        def deliver(value: Value, name: str = name) -> None:
            env.names[name] = value

        join = specs.join if any(dead) else specs.join_names
        joints.append(_joint(m, (yes, x), (no, y), name, deliver, join))


def _joint(
    m: Machine,
    yes: tuple[Arm, Value],
    no: tuple[Arm, Value],
    name: str,
    deliver: Callable[[Value], None],
    join: Callable[[Stage, specs.Spec, specs.Spec], specs.Spec] = specs.join,
) -> Joint:
    stage = m.stage
    forms = []
    for arm, value in (yes, no):
        with _as_left(stage, arm):
            forms.append(specs.spec_of(stage, value))
    spec = join(stage, *forms)
    if not specs.usable(stage, spec):
        spec = specs.Clash("its size is only known inside the branch", "size")
    return Joint(spec, yes[1], no[1], name, deliver)


def _fork(m: Machine, joint: Joint, known: dict[str, Value]) -> None:
    """Note that a value is a copy of what another name stands for, or is not: neither can be changed."""
    for value in (joint.yes, joint.no):
        if value is None or joint.made is None:
            continue
        cell = value.root if isinstance(value, Array) else value
        if not isinstance(cell, (Array, ListValue, DictValue)) or joint.made is cell:
            continue
        for name, other in known.items():
            if name != joint.name and _reaches(other, cell):
                made = joint.made.root if isinstance(joint.made, Array) else joint.made
                for changed in (cell, made):
                    m.stage.forked[id(changed)] = changed, name


def _reaches(value: Value, cell: Value) -> bool:
    """Whether a name that stands for a value leads to an array, list or dict."""
    if isinstance(value, (tuple, ListValue)):
        return value is cell or any(
            _reaches(x, cell) for x in (value if isinstance(value, tuple) else value.items)
        )
    return value is cell or (isinstance(value, Array) and value.root is cell)


@contextmanager
def _as_left(stage: Stage, arm: Arm) -> Iterator[None]:
    """Let mutable values hold for a while what they held at the end of an arm."""
    now = [(cell, specs.state_of(cell)) for cell, _ in arm.states.values()]
    for cell, state in arm.states.values():
        specs.set_state(stage, cell, state)
    try:
        yield
    finally:
        for cell, state in now:
            specs.set_state(stage, cell, state)


def _join_states(m: Machine, joints: list[Joint], yes: Arm, no: Arm) -> None:
    for key in dict.fromkeys((*yes.states, *no.states)):
        cell = (yes.states.get(key) or no.states[key])[0]
        now = specs.state_of(cell)
        x = yes.states[key][1] if key in yes.states else now
        y = no.states[key][1] if key in no.states else now
        over = tuple(_never_read(m, arm, cell) for arm in (yes, no))
        if isinstance(cell, ListValue) and len(x) != len(y):
            if not any(over):
                items = [specs.spec_of(m.stage, v) for v in (*x, *y)]
                spec = reduce(lambda p, q: specs.join(m.stage, p, q), items)
                raise Uneven(cell, spec, max(len(x), len(y)))
            x, y = (y, y) if over[0] else (x, x)
        if all(over):
            continue
        if over[0]:
            x = Undefined("")
        elif over[1]:
            y = Undefined("")
        m.stage.touch(cell, now)

        def deliver(value: Value, cell: Any = cell) -> None:
            specs.set_state(m.stage, cell, value)

        joints.append(_joint(m, (yes, x), (no, y), "", deliver))


def _never_read(m: Machine, arm: Arm, cell: Value) -> bool:
    """Whether what a mutable value holds at the end of an arm concerns nobody.

    Nothing comes after an error, nor after the objective's own `return`; after another one the caller goes
    on, with all that it can reach.
    """
    if arm.flow.code == RETURN and m.depth > 1:
        return isinstance(cell, (ListValue, DictValue)) and not outlives(m, cell, arm.flow.value)
    return arm.dead


def _join_flows(m: Machine, joints: list[Joint], yes: Arm, no: Arm, outcome: dict[str, Value]) -> None:
    flows = (yes.flow, no.flow)
    codes = tuple(f.code for f in flows)
    run_time = any(not isinstance(c, int) for c in codes)
    if run_time or (codes[0] != codes[1] and RAISED not in codes):
        x, y = map(_code, codes)
        joints.append(_joint(m, (yes, x), (no, y), "code", lambda value: outcome.__setitem__("code", value)))
    if any(c in (RETURN, VALUE) or not isinstance(c, int) for c in codes):
        values = [
            f.value if f.code in (RETURN, VALUE) or not isinstance(f.code, int) else Undefined(RETURNED)
            for f in flows
        ]
        if values[0] is values[1]:
            outcome["value"] = values[0]
        else:
            values = [m.settle(v) for v in values]
            joints.append(
                _joint(
                    m,
                    (yes, values[0]),
                    (no, values[1]),
                    RETURNED,
                    lambda v: outcome.__setitem__("value", v),
                    specs.join_parts,
                )
            )


def _code(code: int | Operand) -> Value:
    """A flow code as a value; code that raises sends none."""
    if code == RAISED:
        return Undefined("code")
    return code if isinstance(code, int) else core.wrap(code)


def _transfer(m: Machine, cond: Operand, yes: Arm, no: Arm, joints: list[Joint]) -> None:
    """Emit the `if` itself, with all joint values as its results."""
    stage, builder = m.stage, m.stage.builder
    buffers = [b for j in joints for b in specs.make_buffers(stage, j.spec)]
    sent: list[list[Operand]] = []
    for arm, side in ((yes, "yes"), (no, "no")):
        given = iter(buffers)
        with builder.reopen(arm.scope), _as_left(stage, arm):
            sent.append([o for j in joints for o in specs.put(stage, j.spec, getattr(j, side), given)])
    if not buffers and _cheap(yes.scope, no.scope):
        operands: Iterator[Operand] = iter(_select(m, cond, yes.scope, no.scope, *sent))
    elif yes.scope.stmts or no.scope.stmts or sent[0]:
        made = builder.close_if(cond, yes.scope, sent[0], no.scope, sent[1])
        operands = iter([y if y is n else result for result, y, n in zip(made, *sent, strict=True)])
    else:
        operands = iter(())
    arrived: Iterator[Buffer] = iter(buffers)
    for joint in joints:
        joint.made = specs.take(stage, joint.spec, operands, arrived, joint.name)
        if isinstance(joint.made, Array):
            _mix(stage, joint.made, joint.yes, joint.no)
        joint.deliver(joint.made)


def _mix(stage: Stage, made: Array, *sides: Value) -> None:
    """Note that an array stands for one on some paths, and on others for a number that is not 0: that is the
    same next to other arrays, but its sum is another."""
    mixed = any(id(side) in stage.mixed for side in sides)
    for side in sides:
        known = core.operand(stage, side) if core.is_number(side) else None
        mixed = mixed or (known is not None and not (isinstance(known, Const) and known.value == 0))
    if mixed and not all(core.is_number(side) for side in sides):
        stage.mixed[id(made)] = made


def _cheap(*scopes: Scope) -> bool:
    stmts = [s for scope in scopes for s in scope.stmts]
    return (
        all(isinstance(s, Let) for s in stmts)
        and sum(s.op.cost for s in stmts if isinstance(s, Let)) <= CHEAP
    )


def _select(
    m: Machine, cond: Operand, yes: Scope, no: Scope, x: list[Operand], y: list[Operand]
) -> list[Operand]:
    builder = m.stage.builder
    for scope in (yes, no):
        for stmt in scope.stmts:
            assert isinstance(stmt, Let)
            builder.declare(stmt.var)
            builder.emit(stmt)
    return [p if p is q else builder.op(a.select, cond, p, q) for p, q in zip(x, y, strict=True)]


def guarded(m: Machine, flow: Flow, rest: Callable[[], Flow]) -> Flow:
    """Go on with `rest` where the code so far has not left."""
    if isinstance(flow.code, int):
        return rest() if flow.code == NEXT else flow
    goes_on = m.stage.op(a.ieq, flow.code, i64(NEXT))
    return branch(m, goes_on, rest, lambda: flow)


def code_operand(code: int | Operand) -> Operand:
    """A flow code as an operand."""
    operand = i64(code) if isinstance(code, int) else code
    assert operand.type is I64
    return operand
