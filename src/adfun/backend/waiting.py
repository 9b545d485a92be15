"""How long sequential loops wait: each iteration for what the one before hands on.

A processor works on several operations in every cycle, and on the next iterations before one is done, but
what depends on each other takes its time:

    for t: with h = 1.0:  next w + b * h + a * r[t]         two operations to wait for, four to do
"""

from __future__ import annotations

from adfun.backend.lanes.cost import Choice
from adfun.backend.lanes.trips import FEW
from adfun.backend.latency import arrivals
from adfun.ir.nodes import Block, For, Stmt, While
from adfun.ir.types import F64, VEC
from adfun.ir.walk import blocks

AT_ONCE = 4.0
"""Operations of scalar code, as `Choice` counts them, that are done in a cycle."""
ROUNDS = 3
"""Iterations until what only follows has fallen in step, and over which the rest is measured."""


def waiting(block: Block, choice: Choice) -> float:
    """What loops outside of lanes take beyond their operations, in the units of `Choice.cycles`."""
    return sum(_waiting(stmt, choice) for stmt in block.stmts)


def _waiting(stmt: Stmt, choice: Choice) -> float:
    if stmt in choice.plans:
        return 0.0
    inside = sum(waiting(inner, choice) for inner in blocks(stmt))
    if not isinstance(stmt, For | While):
        return inside
    trips = choice.trips.count(stmt) if isinstance(stmt, For) else FEW
    work = sum(1.0 + choice.scalar.block(inner) for inner in blocks(stmt))
    return trips * max(inside, AT_ONCE * chain(stmt) - work)


def chain(loop: For | While) -> float:
    """Cycles from an iteration's results to those of the next, where these need each other in turn."""
    carried = {
        item.param: after
        for item, after in zip(loop.carried, loop.body.yields, strict=True)
        if item.param.type in (F64, VEC)
    }
    if not carried:
        return 0.0
    when = dict.fromkeys(carried, 1)
    ends = []
    for _ in range(2 * ROUNDS):
        known = arrivals(loop, when)
        when = {param: max(1, known.get(after, 0)) for param, after in carried.items()}
        ends.append(max(when.values()))
    return (ends[-1] - ends[ROUNDS - 1]) / ROUNDS
