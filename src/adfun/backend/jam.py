"""Iterations of a loop written together: what loops inside need for all of them is loaded once, and there
are more chains of sums to work on.

for j:  s = 0                        for j in steps of 2:  s0 = s1 = 0
        for i: s += c[i] * q[j, i]         for i: x = c[i];  s0 += x * q[j, i];  s1 += x * q[j + 1, i]
        use s                              use s0;  use s1

The statements of all iterations alternate: what stands before an inner loop, that loop, what follows it.
Every sum has its terms in their old order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from adfun.backend.unit import Names, Unit
from adfun.ir.nodes import Accum, Block, Buffer, For, Let, Load, Operand, Stmt, Store, Var
from adfun.ir.types import F64
from adfun.ir.walk import inner_vars, length, operands, walk, written_within
from adfun.primitives.arithmetic import loose_start, loose_stop

# -- whether iterations can be written together ------------------------------------------------------


def shared_by_all(loop: For, longest: int, simple: Callable[[Load], bool]) -> frozenset[Var] | None:
    """What the loops inside compute for all iterations; None where they cannot be written together.

    longest   statements of a body that is worth being written several times
    simple    whether an integer may be loaded
    """
    body = loop.body
    inner = [stmt for stmt in body.stmts if isinstance(stmt, For)]
    if not inner or not _plain(simple, body.stmts) or length(body.stmts) > longest:
        return None
    if not _carried_late(loop) or not _apart(loop):
        return None
    own: set[Operand] = {loop.index, *(item.param for item in loop.carried)}
    written = written_within(body.stmts)
    for stmt in walk(body.stmts):
        if isinstance(stmt, For):
            own.update(item.param for item in stmt.carried)
            own.update(item.result for item in stmt.carried)
        elif not own.isdisjoint(operands(stmt)) or (isinstance(stmt, Load) and stmt.buffer in written):
            own.update(_made(stmt))
    shared = {v for nest in inner for s in walk(nest.body.stmts) for v in _made(s) if v not in own}
    loose = {s.var for s in body.stmts if isinstance(s, Let) and s.op in (loose_start, loose_stop)}
    bounds = {x for nest in inner for x in (nest.start, nest.stop) if x not in loose}
    if not own.isdisjoint(bounds):
        return None
    return frozenset(shared | {nest.index for nest in inner})


def _made(stmt: Stmt) -> tuple[Var, ...]:
    return (stmt.var,) if isinstance(stmt, (Let, Load)) else ()


def _plain(simple: Callable[[Load], bool], stmts: Iterable[Stmt], depth: int = 0) -> bool:
    """Whether there are only values, sums and stores, and loops of these."""
    for stmt in stmts:
        match stmt:
            case Let() | Accum() | Store():
                pass
            case Load() if stmt.buffer.elem is F64 or simple(stmt):
                pass
            case For() if depth == 0 and _plain(simple, stmt.body.stmts, 1):
                pass
            case _:
                return False
    return True


def _carried_late(loop: For) -> bool:
    """Whether carried values are read only after the last loop inside."""
    last = max(k for k, stmt in enumerate(loop.body.stmts) if isinstance(stmt, For))
    params: set[Operand] = {item.param for item in loop.carried}
    for stmt in walk(loop.body.stmts[: last + 1]):
        passed_on = stmt.body.yields if isinstance(stmt, For) else ()
        if not params.isdisjoint((*operands(stmt), *passed_on)):
            return False
    return True


def _apart(loop: For) -> bool:
    """Whether iterations share no memory, but for sums that nothing inside reads."""
    accesses: dict[Buffer, list[Load | Store | Accum]] = {}
    for stmt in walk(loop.body.stmts):
        if isinstance(stmt, (Load, Store, Accum)):
            accesses.setdefault(stmt.buffer, []).append(stmt)
    for found in accesses.values():
        kinds = {type(stmt) for stmt in found}
        if kinds in ({Load}, {Accum}):
            continue
        axes = [{k for k, part in enumerate(s.index) if part is loop.index} for s in found]
        whole = all(len(s.index) == s.buffer.rank for s in found)
        if not whole or not set.intersection(*axes):
            return False
    return True


# -- writing them --------------------------------------------------------------------------------------


class Writer(Protocol):
    """What writes statements: of lanes, or plain ones."""

    unit: Unit
    held: frozenset[Var]
    """What is loaded once for all."""

    def statement(self, stmt: Stmt) -> None: ...

    def enter(self, loop: For) -> None:
        """The body of a loop inside is about to be written."""

    def declare_carried(self, stmt: For) -> None: ...

    def assign(self, targets: Sequence[Var], values: Sequence[Operand]) -> None: ...


def together(writer: Writer, loop: For, shared: frozenset[Var], count: int, stop: str) -> None:
    """The iterations of a loop so many at a time, as far as they go."""
    unit, index = writer.unit, writer.unit.name(loop.index)
    for item in loop.carried:
        unit.name(item.param)  # the same for all
    with unit.writer.block(f"for (; {index} + {count} <= {stop}; {index} += {count})"):
        own = _own(loop.body, shared)
        copies = [unit.names_without(own) for _ in range(count)]
        for k, names in enumerate(copies[1:], 1):
            names[loop.index] = unit.fresh("i")
            unit.line(f"const adfun_i64 {names[loop.index]} = {index} + {k};")
        last = max(k for k, stmt in enumerate(loop.body.stmts) if isinstance(stmt, For))
        for stmt in loop.body.stmts[: last + 1]:
            if isinstance(stmt, For):
                _loop_of_all(writer, stmt, shared, copies)
                continue
            for names in copies:
                with unit.naming(names):
                    writer.statement(stmt)
        for names in copies:
            with unit.naming(names):
                for stmt in loop.body.stmts[last + 1 :]:
                    writer.statement(stmt)
                writer.assign([c.param for c in loop.carried], loop.body.yields)


def _loop_of_all(writer: Writer, stmt: For, shared: frozenset[Var], copies: Sequence[Names]) -> None:
    """A loop inside: one loop, whose body has the statements of all."""
    unit, first = writer.unit, copies[0]
    writer.enter(stmt)
    start, stop = _bounds(unit, stmt, copies)
    index = unit.fresh("i")
    for names in copies:
        names[stmt.index] = index
        with unit.naming(names):
            writer.declare_carried(stmt)
    with unit.writer.block(f"for (adfun_i64 {index} = {start}; {index} < {stop}; ++{index})"):
        for names in copies:
            if names is not first:
                names.update((v, name) for v, name in first.items() if v in shared)
            else:
                loads = (s.var for s in stmt.body.stmts if isinstance(s, Load))
                writer.held = frozenset(var for var in loads if var in shared)
            with unit.naming(names):
                for inner in stmt.body.stmts:
                    if names is first or not (isinstance(inner, (Let, Load)) and inner.var in shared):
                        writer.statement(inner)
            writer.held = frozenset()
        for names in copies:
            with unit.naming(names):
                writer.assign([c.param for c in stmt.carried], stmt.body.yields)
    for names in copies:
        with unit.naming(names):
            for item in stmt.carried:
                unit.rename(item.result, unit.name(item.param))


def _bounds(unit: Unit, stmt: For, copies: Sequence[Names]) -> tuple[str, str]:
    """Where a loop of all begins and ends: where bounds are loose, at the first and the last."""
    starts: dict[str, None] = {}
    stops: dict[str, None] = {}
    for names in copies:
        with unit.naming(names):
            starts[unit.term(stmt.start)] = stops[unit.term(stmt.stop)] = None
    (start, *others), (stop, *later) = starts, stops
    for x in others:
        start = f"adfun_least({start}, {x})"
    for x in later:
        stop = f"adfun_most({stop}, {x})"
    return start, stop


def _own(body: Block, shared: frozenset[Var]) -> set[Var]:
    """The values that each iteration has for itself."""
    found = {v for stmt in walk(body.stmts) for v in (*_made(stmt), *inner_vars(stmt))}
    results = {c.result for stmt in walk(body.stmts) if isinstance(stmt, For) for c in stmt.carried}
    return (found | results) - shared
