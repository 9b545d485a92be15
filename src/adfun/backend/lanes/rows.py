"""Loops inside a lane loop whose iterations may go in pairs: what both need is loaded once.

for j:  s = 0                        for j in steps of 2:  s0 = s1 = 0
        for i: s += c[i] * q[j, i]         for i: x = c[i];  s0 += x * q[j, i];  s1 += x * q[j + 1, i]
        use s                              use s0;  use s1

The statements of both iterations alternate: all that stands before an inner loop, that loop, what follows it.
"""

from __future__ import annotations

from collections.abc import Iterable

from adfun.backend.lanes.shapes import LOOSE, Shapes
from adfun.ir.nodes import Accum, Block, Buffer, For, Let, Load, Operand, Stmt, Store, Var
from adfun.ir.types import F64
from adfun.ir.walk import inner_vars, operands, walk, written_within

LONGEST = 40
"""Statements of a body that is worth being written twice: more need more registers than there are."""


def pairs(shapes: Shapes, loop: For) -> frozenset[Var] | None:
    """What the loops inside compute for both iterations of a pair; None where there are no pairs."""
    body = loop.body
    inner = [stmt for stmt in body.stmts if isinstance(stmt, For)]
    if not inner or not _plain(shapes, body.stmts) or sum(1 for _ in walk(body.stmts)) > LONGEST:
        return None
    if not _carried_late(loop) or not _apart(shapes, loop):
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
    loose = {s.var for s in body.stmts if isinstance(s, Let) and s.op in LOOSE}
    bounds = {x for nest in inner for x in (nest.start, nest.stop) if x not in loose}
    if not own.isdisjoint(bounds) or not any(shapes.varying(v) for v in shared):
        return None
    return frozenset(shared | {nest.index for nest in inner})


def _made(stmt: Stmt) -> tuple[Var, ...]:
    return (stmt.var,) if isinstance(stmt, (Let, Load)) else ()


def _plain(shapes: Shapes, stmts: Iterable[Stmt], depth: int = 0) -> bool:
    """Whether there are only values, sums and stores, and loops of these."""
    for stmt in stmts:
        match stmt:
            case Let() | Accum() | Store():
                pass
            case Load() if stmt.buffer.elem is F64 or not shapes.varying(stmt.var):
                pass
            case For() if depth == 0 and _plain(shapes, stmt.body.stmts, 1):
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


def _apart(shapes: Shapes, loop: For) -> bool:
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


def own_vars(body: Block, shared: frozenset[Var]) -> set[Var]:
    """The values that each iteration of a pair has for itself."""
    found = {v for stmt in walk(body.stmts) for v in (*_made(stmt), *inner_vars(stmt))}
    results = {c.result for stmt in walk(body.stmts) if isinstance(stmt, For) for c in stmt.carried}
    return (found | results) - shared
