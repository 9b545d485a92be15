"""Rough cycles of scalar code and of lane code: which loop of a nest is worth running in lanes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from adfun.backend.lanes.chain import waits
from adfun.backend.lanes.legal import Form, Plan, Refused, plan
from adfun.backend.lanes.shapes import UNIFORM, Shape, Varying, is_one, streams
from adfun.backend.lanes.sums import SEVERAL, scattered, shadow_sizes
from adfun.backend.lanes.table import has_vector_form
from adfun.backend.lanes.trips import FEW, MANY, Trips
from adfun.backend.padding import Padding, within_loops
from adfun.backend.width import needs_few
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
    Function,
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
from adfun.ir.types import VEC
from adfun.ir.walk import blocks, length, walk
from adfun.primitives.arithmetic import iadd, imin, isub
from adfun.records import replace

WIDTH = 8
SHORT = 3
"""A loop that is known to run less often stays as it is."""
COSTLY = 15
"""From this cost on a primitive fills the registers of two vectors."""
RARE = 0.25
"""Up to this share of the cycles of loops within loops, such primitives do not matter."""
OFTEN = 0.45
"""The same of loops without loops inside, of up to ..."""
SIMPLE = 75
"""... so many statements in all."""
CHEAP = 12
"""A body of at most this many cycles is not worth a masked pass."""
ADDING = 60
"""The same of one that adds to short rows."""
LONG = 400
"""Statements with loops among them of which one vector at a time fills the registers."""
MISPREDICTED = 4
"""Times that a gather costs more where its mask is another one in every iteration: its lanes are branches."""
SLOW = 12
"""Cycles that a pass spends on each vector it reads in order, from which on memory is asked ahead: where the
next passes are nearer the processor sees them itself."""
NARROW = 0.5
"""The part of its cycles that a primitive of directions takes where vectors are half as long."""
REDUCTION = 8
"""Cycles to set up a vector loop, or to add up the lanes of one sum."""


class ScalarCost:
    """Cycles of statements outside of lanes; `narrow`: vectors of directions are half as long."""

    def __init__(self, trips: Trips, narrow: bool) -> None:
        self.trips = trips
        self.narrow = narrow
        self.branches: dict[If, float] = {}
        """What is known: a chain of them would be summed up again from every link."""

    def block(self, block: Block) -> float:
        return sum(self.statement(stmt) for stmt in block.stmts)

    def statement(self, stmt: Stmt) -> float:
        match stmt:
            case Let():
                return stmt.op.cost * (NARROW if self.narrow and stmt.var.type is VEC else 1.0)
            case Load() | Store() | Check():
                return 1.0
            case Accum():
                return 2.0
            case For():
                return self.trips.count(stmt) * (1 + self.block(stmt.body))
            case Build() | While():
                return FEW * sum(self.block(b) for b in blocks(stmt))
            case If():
                if stmt not in self.branches:
                    self.branches[stmt] = 3 + max(self.block(stmt.then), self.block(stmt.orelse))
                return self.branches[stmt]
            case Alloc() | Grow():
                return 5.0
            case KernelCall() | Report():
                return 1000.0
            case _:
                assert_never(stmt)


class LaneCost:
    """Cycles of one pass of all lanes through a loop's body."""

    def __init__(self, plan: Plan, trips: Trips) -> None:
        self.plan = plan
        self.shapes = plan.shapes
        self.trips = trips
        self.ranges: dict[Operand, For] = {}
        self.ragged = 0
        """Loops around a statement that run for other times in every lane."""
        self.times = 1.0
        """How often the statement at hand runs in one pass."""
        self.streams = 0.0
        """Vectors that one pass reads in order."""

    def one_pass(self) -> float:
        """Cycles of one pass, tiles included."""
        tiles = sum(2.0 * self.trips.elements(tile.sizes) for tile in self.plan.tiles.values())
        tiles += sum(4.0 * self.trips.size(x.columns) for x in self.plan.rows)
        return 1 + tiles + self.block(self.plan.loop.body)

    def start(self) -> float:
        """Cycles to set up the loop and to add up its partial sums."""
        parts = len(self.plan.reductions) + len(self.plan.registers)
        shadows = sum(6.0 * self.trips.elements(shadow_sizes(place)) for place in self.plan.shadows)
        return REDUCTION * (1 + parts) + shadows

    def block(self, block: Block) -> float:
        return sum(self.statement(stmt) for stmt in block.stmts)

    def statement(self, stmt: Stmt) -> float:
        match stmt:
            case Let():
                vector = not self.shapes.varying(stmt.var) or has_vector_form(stmt.op)
                return stmt.op.cost if vector else WIDTH * stmt.op.cost
            case Load():
                if self.plan.tile_of(stmt, self.ranges) is not None:
                    return 1.0
                if streams(self.shapes, stmt):
                    self.streams += self.times
                return self.memory(stmt, False)
            case Store():
                return self.memory(stmt, True)
            case Accum():
                return 2.0 if stmt in self.plan.row_sums else 1 + 2 * self.memory(stmt, False)
            case For():
                ragged = not self.shapes.uniform(stmt.start, stmt.stop)
                if not ragged:
                    self.ranges[stmt.index] = stmt
                self.ragged += ragged
                outside, trips = self.times, self.trips.count(stmt)
                self.times *= trips
                cycles = self.block(stmt.body)
                self.times = outside
                self.ragged -= ragged
                return trips * (4 * ragged + 1 + cycles)
            case If():
                return 4 + self.block(stmt.then) + self.block(stmt.orelse)
            case Check():
                return 2.0
            case _:
                return 10.0

    def memory(self, stmt: Load | Store | Accum, store: bool) -> float:
        position: Shape = self.shapes.position(stmt.buffer, stmt.index)
        private = stmt.buffer in self.shapes.local
        if position == UNIFORM or (is_one(position) and not private):
            return 1.0
        stride = (1.5 if store else 1.0) * WIDTH
        if isinstance(position, Varying):
            return stride * (MISPREDICTED if self.ragged else 1) + 2
        return stride


class Choice:
    """The search for the loops to run in lanes."""

    def __init__(
        self,
        trips: Trips,
        reads: Counter[Var | Buffer],
        narrow: bool,
        lets: Mapping[Operand, Let],
        padding: Padding,
        parts: Container[Buffer],
    ) -> None:
        self.parts = parts
        """What loops store to at known places."""
        self.trips = trips
        self.padding = padding
        self.reads = reads
        self.within: dict[Operand, Index] = {let.var: let.args for let in lets.values() if let.op is imin}
        self.sums: dict[Operand, Let] = {let.var: let for let in lets.values() if let.op in (iadd, isub)}
        self.scalar = ScalarCost(trips, narrow)
        self.iteration: dict[For, float] = {}
        """Cycles of one iteration of each outermost loop."""
        self.plans: dict[For, Plan] = {}
        self.cycles = 0.0

    def block(self, block: Block, nested: bool) -> tuple[float, list[Plan]]:
        """The cheapest way to run a block: cycles, and the loops to run in lanes."""
        total, plans = 0.0, []
        for stmt in block.stmts:
            cycles, inner = self.statement(stmt, nested)
            total += cycles
            plans += inner
        return total, plans

    def statement(self, stmt: Stmt, nested: bool) -> tuple[float, list[Plan]]:
        if isinstance(stmt, For):
            cycles, plans = self.loop(stmt, nested)
            if not nested:
                self.iteration[stmt] = cycles / max(1, self.trips.count(stmt))
            return cycles, plans
        plans = []
        for inner in blocks(stmt):
            plans += self.block(inner, nested or isinstance(stmt, While))[1]
        return self.scalar.statement(stmt), plans

    def loop(self, stmt: For, nested: bool) -> tuple[float, list[Plan]]:
        inside, plans = self.block(stmt.body, True)
        cheapest = self.trips.count(stmt) * (1 + inside)
        if self.trips.count(stmt) < (SHORT if self.trips.known(stmt) else WIDTH):
            return cheapest, plans
        try:
            own = plan(stmt, self.reads, self.within, self.sums)
        except Refused:
            return cheapest, plans
        if nested:
            own.row_sums.clear()  # there are few passes for what it takes to add them
        own.form = self.form(own, nested)
        if own.form.short and nested and self.in_parts(own):
            return cheapest, plans
        cycles = self.in_lanes(own)
        return (cycles, [own]) if cycles <= cheapest else (cheapest, plans)

    def in_lanes(self, own: Plan) -> float:
        """Cycles of a whole loop in lanes, with the iterations left over."""
        count, lanes = self.trips.count(own.loop), LaneCost(own, self.trips)
        one_pass = lanes.one_pass()
        own.form = replace(own.form, ahead=one_pass >= SLOW * lanes.streams)
        left = count % WIDTH if self.trips.known(own.loop) else (WIDTH - 1) / 2
        masked = own.form.rest == "masked"
        rest = min(left, 1) * one_pass if masked else left * self.scalar.block(own.loop.body)
        return lanes.start() + count // WIDTH * one_pass + rest

    def form(self, plan: Plan, nested: bool) -> Form:
        """Of many iterations two vectors at a time where there are loops inside, four where these are cheap,
        so that memory and chains of sums limit them, two where straight-line code is one long chain or adds
        to many sums; scalars for what cheap loops leave over."""
        inner = list(_loops(plan.loop.body.stmts))
        vectors = 1
        outermost = bool(inner) and not nested and not self.trips.known(plan.loop)
        if outermost or 2 * self.trips.count(plan.loop) >= MANY:
            if not inner:
                several = len(scattered(plan.shapes)) > SEVERAL
                slow = waits(plan.loop.body) or plan.has_many_sums()
                vectors = 2 if slow and not several else 1
            elif length(plan.loop.body.stmts) <= LONG:
                vectors = 4 if self.are_cheap(plan, inner) else 2
        short = self.trips.known(plan.loop) and self.trips.count(plan.loop) < WIDTH
        cycles = self.scalar.block(plan.loop.body)
        masked = short or not nested or bool(inner) or cycles > CHEAP or self.padding.copies(plan.loop)
        few = nested and not short and not inner and cycles <= ADDING and self.adds_to_rows(plan)
        return Form(vectors, "masked" if masked else "scalar", short=short, few=masked and few)

    def adds_to_rows(self, plan: Plan) -> bool:
        """Whether lanes add to rows that may follow each other: one that is shorter than a vector is slow to
        be loaded after the one before was stored with a mask."""
        sums = (stmt for stmt in plan.loop.body.stmts if isinstance(stmt, Accum))
        return any(is_one(plan.shapes.position(s.buffer, s.index)) and s.buffer.rank > 1 for s in sums)

    def in_parts(self, plan: Plan) -> bool:
        """Whether lanes load what was just stored element by element, which they had to wait for, or store
        so themselves: a few iterations gain less than that costs."""
        for stmt in walk(plan.loop.body.stmts):
            if not isinstance(stmt, (Load, Store)) or stmt.buffer in plan.shapes.local:
                continue
            position, loads = plan.shapes.position(stmt.buffer, stmt.index), isinstance(stmt, Load)
            if position != UNIFORM and (stmt.buffer in self.parts if loads else not is_one(position)):
                return True
        return False

    def are_cheap(self, plan: Plan, loops: Sequence[For]) -> bool:
        """Whether functions take a small part of the cycles of loops inside; where these have none inside
        themselves, less than half, and all is short."""
        cycles = LaneCost(plan, self.trips).block(Block(tuple(loops)))
        deep = any(isinstance(stmt, For) for loop in loops for stmt in loop.body.stmts)
        if deep:
            return self.costly(loops) <= RARE * cycles
        return length(plan.loop.body.stmts) <= SIMPLE and self.costly(loops) <= OFTEN * cycles

    def costly(self, loops: Iterable[Stmt]) -> float:
        """Cycles of the costly primitives inside loops."""
        total = 0.0
        for stmt in loops:
            if isinstance(stmt, Let):
                total += stmt.op.cost if stmt.op.cost >= COSTLY else 0.0
            else:
                trips = self.trips.count(stmt) if isinstance(stmt, For) else 1
                total += trips * sum(self.costly(inner.stmts) for inner in blocks(stmt))
        return total


def _loops(stmts: Iterable[Stmt]) -> Iterator[For]:
    """The outermost loops among statements, branches looked into."""
    for stmt in stmts:
        if isinstance(stmt, For):
            yield stmt
        else:
            for inside in blocks(stmt):
                yield from _loops(inside.stmts)


def _parts(function: Function) -> set[Buffer]:
    """The arrays to whose known elements loops store."""
    stores = (stmt for stmt in within_loops(function) if isinstance(stmt, Store))
    return {s.buffer for s in stores if s.index and all(isinstance(x, Const) for x in s.index)}


def weigh(function: Function, reads: Counter[Var | Buffer], padding: Padding | None = None) -> Choice:
    """The search, done: `plans` are the loops to run in lanes, none of them inside another."""
    lets: dict[Operand, Let] = {s.var: s for s in walk(function.body.stmts) if isinstance(s, Let)}
    parts = _parts(function)
    choice = Choice(Trips(function), reads, needs_few((function,)), lets, padding or Padding(), parts)
    choice.cycles, plans = choice.block(function.body, False)
    choice.plans = {plan.loop: plan for plan in plans}
    return choice


def choose(function: Function, reads: Counter[Var | Buffer]) -> dict[For, Plan]:
    """The loops of a function to run in lanes."""
    return weigh(function, reads).plans
