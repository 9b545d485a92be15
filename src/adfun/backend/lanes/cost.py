"""Rough cycles of scalar code and of lane code: which loop of a nest is worth running in lanes."""

from __future__ import annotations

from collections import Counter

from adfun.backend.lanes.legal import Form, Plan, Refused, plan
from adfun.backend.lanes.shapes import UNIFORM, Shape, Varying, is_one
from adfun.backend.lanes.sums import shadow_sizes
from adfun.backend.lanes.table import has_vector_form
from adfun.diagnostics.internal import assert_never
from adfun.ir.nodes import (
    Accum,
    Alloc,
    Block,
    Buffer,
    Build,
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
)
from adfun.ir.walk import blocks, walk

WIDTH = 8
GUESS = 16
"""The trip count of a loop whose bounds are not literals."""

COSTLY = 15
"""From this cost on a primitive fills the registers of two vectors."""
CHEAP = 12
"""A body of at most this many cycles is not worth a masked pass."""
REDUCTION = 8
"""Cycles to set up a vector loop, or to add up the lanes of one sum."""


def trips(loop: For) -> int:
    """How often a loop runs, as far as one can tell."""
    if isinstance(loop.start, Const) and isinstance(loop.stop, Const):
        return max(0, int(loop.stop.value) - int(loop.start.value))
    return GUESS


def scalar_block(block: Block) -> float:
    """Cycles of a block without vectors."""
    return sum(scalar(stmt) for stmt in block.stmts)


def scalar(stmt: Stmt) -> float:
    """Cycles of a statement without vectors."""
    match stmt:
        case Let():
            return stmt.op.cost
        case Load() | Store() | Check():
            return 1.0
        case Accum():
            return 2.0
        case For():
            return trips(stmt) * (1 + scalar_block(stmt.body))
        case Build() | While():
            return GUESS * sum(scalar_block(b) for b in blocks(stmt))
        case If():
            return 3 + max(scalar_block(stmt.then), scalar_block(stmt.orelse))
        case Alloc() | Grow():
            return 5.0
        case KernelCall() | Report():
            return 1000.0
        case _:
            assert_never(stmt)


class LaneCost:
    """Cycles of one pass of all lanes through a loop's body."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.shapes = plan.shapes
        self.ranges: dict[Operand, For] = {}

    def block(self, block: Block) -> float:
        return sum(self.statement(stmt) for stmt in block.stmts)

    def statement(self, stmt: Stmt) -> float:
        match stmt:
            case Let():
                vector = not self.shapes.varying(stmt.var) or has_vector_form(stmt.op)
                return stmt.op.cost if vector else WIDTH * stmt.op.cost
            case Load():
                if stmt.buffer in self.shapes.local or self.plan.tile_of(stmt, self.ranges) is not None:
                    return 1.0
                return self.memory(self.shapes.position(stmt.buffer, stmt.index), False)
            case Store():
                if stmt.buffer in self.shapes.local:
                    return 1.0
                return self.memory(self.shapes.position(stmt.buffer, stmt.index), True)
            case Accum():
                return 1 + 2 * self.memory(self.shapes.position(stmt.buffer, stmt.index), False)
            case For():
                self.ranges[stmt.index] = stmt
                return trips(stmt) * (1 + self.block(stmt.body))
            case If():
                return 4 + self.block(stmt.then) + self.block(stmt.orelse)
            case Check():
                return 2.0
            case _:
                return 10.0

    def memory(self, position: Shape, store: bool) -> float:
        if position == UNIFORM or is_one(position):
            return 1.0
        stride = (1.5 if store else 1.0) * WIDTH
        return stride if not isinstance(position, Varying) else stride + 2

    def tiles(self) -> float:
        """Cycles to transpose the slabs of a pass."""
        return sum(2.0 * elements(tile.sizes) for tile in self.plan.tiles.values())

    def start(self) -> float:
        """Cycles to set up the loop and to add up its partial sums."""
        parts = len(self.plan.reductions) + len(self.plan.registers)
        return REDUCTION * (1 + parts) + sum(
            6.0 * elements(shadow_sizes(place)) for place in self.plan.shadows
        )


def elements(sizes: Index) -> int:
    """The number of elements of a shape, as far as one can tell."""
    count = 1
    for size in sizes:
        count *= int(size.value) if isinstance(size, Const) else GUESS
    return count


def form(plan: Plan, nested: bool) -> Form:
    """Two vectors where loops inside are cheap, so that memory and chains of sums limit them; scalars for
    what is left over by cheap loops."""
    inner = [stmt for stmt in walk(plan.loop.body.stmts) if isinstance(stmt, For)]
    costly = any(isinstance(s, Let) and s.op.cost >= COSTLY for loop in inner for s in walk(loop.body.stmts))
    two = bool(inner) and not costly
    masked = not nested or bool(inner) or scalar_block(plan.loop.body) > CHEAP
    return Form(two, "masked" if masked else "scalar")


def best(stmt: Stmt, reads: Counter[Var | Buffer], nested: bool) -> tuple[float, list[Plan]]:
    """The cheapest way to run a statement: cycles, and the loops to run in lanes."""
    plans: list[Plan] = []
    if not isinstance(stmt, For):
        for inner in blocks(stmt):
            plans += best_block(inner, reads, nested or isinstance(stmt, While))[1]
        return scalar(stmt), plans
    inside, plans = best_block(stmt.body, reads, True)
    count = trips(stmt)
    cheapest = count * (1 + inside)
    if count < WIDTH:
        return cheapest, plans
    try:
        own = plan(stmt, reads)
    except Refused:
        return cheapest, plans
    own.form = form(own, nested)
    lanes = LaneCost(own)
    one_pass = 1 + lanes.tiles() + lanes.block(stmt.body)
    left = (WIDTH - 1) / 2 if count == GUESS else count % WIDTH
    rest = min(left, 1) * one_pass if own.form.rest == "masked" else left * scalar_block(stmt.body)
    cycles = lanes.start() + count // WIDTH * one_pass + rest
    return (cycles, [own]) if cycles <= cheapest else (cheapest, plans)


def best_block(block: Block, reads: Counter[Var | Buffer], nested: bool) -> tuple[float, list[Plan]]:
    """The same for the statements of a block."""
    total, plans = 0.0, []
    for stmt in block.stmts:
        cycles, inner = best(stmt, reads, nested)
        total += cycles
        plans += inner
    return total, plans


def choose(body: Block, reads: Counter[Var | Buffer]) -> dict[For, Plan]:
    """The loops of a function to run in lanes; none of them is inside another."""
    return {p.loop: p for p in best_block(body, reads, False)[1]}
