"""Splits a sequential loop around its recurrence: what does not wait for it can run in lanes.

                                                            for t in 0..n:
    h, s = for t in 0..n with h = h0, s = 0.0:                kept[t] = h
      next a + b * h, s + log(h) + x[t] / h         ->        next a + b * h
                                                            s = for t in 0..n with s = 0.0:
                                                              next s + log(kept[t]) + x[t] / kept[t]

What the recurrence needs but does not change goes before it, what it does not need goes after it, each
if it is costly enough.  Values that cross from loop to loop are kept, cheap ones computed again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from adfun.ir.builder import Builder
from adfun.ir.nodes import (
    Buffer,
    Build,
    Carried,
    Const,
    For,
    Function,
    Grow,
    KernelCall,
    Let,
    Load,
    Operand,
    Report,
    Stmt,
    Var,
    While,
    i64,
)
from adfun.ir.types import I64
from adfun.ir.walk import blocks, defined, fresh_params, walk
from adfun.passes.cost import cost_of
from adfun.passes.effects import Effects, Facts, accesses
from adfun.passes.sequential import CHEAP_BODY, in_step, is_sequential, outermost, sums
from adfun.passes.simplify import Simplifier, copied
from adfun.primitives.arithmetic import isub
from adfun.records import dataclass, field

Item = Var | Buffer

BEFORE, CORE, AFTER = 0, 1, 2
"""The parts of a loop; between them values go forward only."""
CHEAP_AGAIN = 4
"""Cycles up to which a value is computed again rather than kept."""
FEW = 16
"""A loop of so few iterations stays whole."""
INSIDE = 8
"""How many iterations a loop or array inside is taken to have."""


def split(function: Function) -> Function:
    """The same function with its outermost sequential loops in parts."""
    plans: dict[For, _Plan] = {}
    facts: Facts | None = None
    for loop in outermost(function.body):
        facts = facts or Facts(function.body)
        plan = _planned(loop, facts)
        if plan is not None:
            plans[loop] = plan
    return copied(function, _Splitter(plans)) if plans else function


@dataclass(slots=True)
class _Part:
    """One of the new loops: its statements, and what it takes from earlier ones."""

    stmts: list[Stmt]
    carried: list[tuple[Carried, Operand]]
    taken: list[Item] = field(default_factory=list)
    kept: list[Item] = field(default_factory=list)


_Plan = list[_Part]


def _planned(loop: For, facts: Facts) -> _Plan | None:
    """The parts of a loop; None where it had better stay whole."""
    trips = facts.ranges.trip_count(loop.start, loop.stop)
    if (trips is not None and trips <= FEW) or not is_sequential(loop, facts.lets):
        return None
    if any(isinstance(stmt, Report) for stmt in walk(loop.body.stmts)):
        return None
    body = _Body(loop, facts)
    for number in (AFTER, BEFORE):
        body.join(number)
    return body.plan() if len(set(body.part)) > 1 else None


class _Body:
    """The statements of a loop's body, numbered; sets of statements are bit masks."""

    def __init__(self, loop: For, facts: Facts) -> None:
        self.loop = loop
        self.stmts = loop.body.stmts
        self.effects: list[Effects] = [facts.of[stmt] for stmt in self.stmts]
        self.maker: dict[Item, int] = {x: k for k, s in enumerate(self.stmts) for x in defined(s)}
        self.sums = sums(loop)
        self.core = {c.param for c in loop.carried if c.param not in self.sums}
        self.needs: list[int] = [0] * len(self.stmts)
        self.pinned = 0
        """What cannot leave the recurrence."""
        for k, effects in enumerate(self.effects):
            for item in effects.uses:
                if item in self.maker:
                    self.needs[k] |= 1 << self.maker[item]
            if any(isinstance(s, KernelCall | While | Grow) for s in walk((self.stmts[k],))):
                self.pinned |= 1 << k
        self.order_memory(facts)
        self.after = self.forward()
        self.part = self.parted()

    def order_memory(self, facts: Facts) -> None:
        """Statements that meet in memory: of one iteration they keep their order, of several they stay."""
        changed = {b for effects in self.effects for b in effects.stores | effects.accums}
        places = accesses(self.stmts) if changed else {}
        for buffer in changed:
            users = [k for k, effects in enumerate(self.effects) if buffer in effects.uses]
            if buffer in self.maker:
                together = sum(1 << k for k in {*users, self.maker[buffer]})
                for k in _bits(together):
                    self.needs[k] |= together & ~(1 << k)
            elif in_step(facts.lets, buffer, ((self.loop.index, place) for place in places[buffer])):
                earlier = 0
                for k in users:
                    self.needs[k] |= earlier
                    earlier |= 1 << k
            elif any(buffer in effects.reads | effects.stores for effects in self.effects):
                self.pinned |= sum(1 << k for k in users)

    def forward(self) -> int:
        """What waits for the recurrence."""
        found = self.pinned
        while True:
            before = found
            for k, effects in enumerate(self.effects):
                if self.needs[k] & found or not self.core.isdisjoint(effects.uses):
                    found |= 1 << k
            if found == before:
                return found

    def backward(self, roots: int) -> int:
        """Statements with all that they need."""
        found, todo = 0, roots
        while todo:
            k = todo.bit_length() - 1
            found |= 1 << k
            todo = (todo | self.needs[k]) & ~found
        return found

    def parted(self) -> list[int]:
        """To which part every statement belongs."""
        roots = self.pinned
        for c, value in self.carried():
            if c.param in self.core and value in self.maker:
                roots |= 1 << self.maker[value]
        needed = self.backward(roots)
        part = [
            BEFORE if not self.after >> k & 1 else CORE if needed >> k & 1 else AFTER
            for k in range(len(self.stmts))
        ]
        for chain in self.sums.values():
            last = max((part[self.maker[x]] for x in chain), default=BEFORE)
            part = [
                last if any(x in chain for x in defined(s)) else p
                for s, p in zip(self.stmts, part, strict=True)
            ]
        return part

    def carried(self) -> Iterable[tuple[Carried, Operand]]:
        return zip(self.loop.carried, self.loop.body.yields, strict=True)

    # -- is it worth it? -----------------------------------------------------------------------

    def join(self, number: int) -> None:
        """Leave a part in the recurrence that is cheap, or that cannot be parted from it."""
        mine = [k for k, p in enumerate(self.part) if p == number]
        worth = sum(_work(self.stmts[k]) for k in mine) > CHEAP_BODY
        if not (worth and self.allowed(number, mine) and self.crossings(number)):
            self.part = [CORE if p == number else p for p in self.part]

    def allowed(self, number: int, mine: list[int]) -> bool:
        """Whether no check that guards a statement stays behind in a later loop."""
        if number == AFTER:
            return True
        checks = [k for k, p in enumerate(self.part) if p != number and self.effects[k].checks]
        return not checks or not any(self.effects[k].guarded and k > checks[0] for k in mine)

    def crossings(self, number: int) -> bool:
        """Whether what would cross the border of a part can be kept: scalars, and arrays no larger than
        those that the recurrence changes."""
        inside = {self.loop.index, *self.maker, *(c.param for c in self.loop.carried)}
        shapes = {b.shape for e in self.effects for b in e.stores if b not in self.maker}
        return all(
            item.storage == "built" and item.shape in shapes and inside.isdisjoint(item.shape)
            for item in self.crossing(number)
            if isinstance(item, Buffer)
        )

    def crossing(self, number: int) -> list[Item]:
        """What a part takes from earlier ones, or (the first) gives to later ones."""
        found: dict[Item, None] = {}
        for k, effects in enumerate(self.effects):
            for item in effects.uses:
                if item in self.maker:
                    source = self.part[self.maker[item]]
                    border = (
                        source == number != self.part[k]
                        if number == BEFORE
                        else self.part[k] == number != source
                    )
                    if border and not self.again(item):
                        found[item] = None
        return list(found)

    def again(self, item: Item) -> bool:
        """Whether a value had better be computed again than kept."""
        if self.after >> self.maker[item] & 1:
            return False
        found, todo, price = 0, 1 << self.maker[item], 0.0
        while todo:
            k = todo.bit_length() - 1
            stmt = self.stmts[k]
            price += max(1, cost_of(stmt)) if _is_pure(stmt) else math.inf
            if price > CHEAP_AGAIN:
                return False
            found |= 1 << k
            todo = (todo | self.needs[k]) & ~found
        return True

    # -- the parts -----------------------------------------------------------------------------

    def plan(self) -> _Plan:
        parts = {number: _Part([], []) for number in (BEFORE, CORE, AFTER)}
        for c, value in self.carried():
            parts[self.home(c)].carried.append((c, value))
        order: list[Item] = [*(c.param for c in self.loop.carried), *self.maker]
        for number, part in parts.items():
            own = sum(1 << k for k, p in enumerate(self.part) if p == number)
            uses: set[Item] = {x for k in _bits(own) for x in self.effects[k].uses}
            uses.update(value for _, value in part.carried if isinstance(value, Var))
            for item in order:  # the same in every process, so that the module is found again
                if item in uses:
                    self.supply(item, number, parts)
        for number, part in parts.items():
            again = [x for x in part.taken if x in self.maker and self.again(x)]
            own = sum(1 << k for k, p in enumerate(self.part) if p == number)
            for item in again:
                own |= self.backward(1 << self.maker[item])
            part.taken = [x for x in part.taken if x not in again]
            part.stmts = [self.stmts[k] for k in _bits(own)]
        return [part for part in parts.values() if part.stmts or part.carried]

    def supply(self, item: Item, number: int, parts: dict[int, _Part]) -> None:
        """Note that a part takes an item, and which part has to keep it."""
        if item in self.maker:
            source = self.part[self.maker[item]]
        elif item in self.core:
            source = CORE
        else:
            return
        if source == number:
            return
        parts[number].taken.append(item)
        if not (item in self.maker and self.again(item)) and item not in parts[source].kept:
            parts[source].kept.append(item)

    def home(self, c: Carried) -> int:
        """The part that carries a value on."""
        chain = self.sums.get(c.param)
        return CORE if chain is None else max((self.part[self.maker[x]] for x in chain), default=BEFORE)


def _is_pure(stmt: Stmt) -> bool:
    return isinstance(stmt, Let) or (isinstance(stmt, Load) and stmt.buffer.immutable)


def _work(stmt: Stmt) -> float:
    """Cycles of a statement, loops and arrays inside taken to be short."""
    inside = blocks(stmt)
    if not inside:
        return cost_of(stmt)
    times = INSIDE if isinstance(stmt, For | Build) else 1
    return times * sum(_work(inner) for block in inside for inner in block.stmts)


def _bits(mask: int) -> Iterator[int]:
    """The numbers in a mask, ascending."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


class _Splitter(Simplifier):
    def __init__(self, plans: dict[For, _Plan]) -> None:
        super().__init__(Builder())
        self.plans = plans
        self.stores: dict[Item, Buffer] = {}

    def for_(self, stmt: For) -> None:
        plan = self.plans.get(stmt)
        if plan is None:
            super().for_(stmt)
            return
        start, stop = self.operand(stmt.start), self.operand(stmt.stop)
        base: Operand = start
        if isinstance(start, Const) and int(start.value) >= 0:
            base = i64(0)  # some elements too many, but an index that is in range by itself
        size = self.trips(base, stop)
        for part in plan:
            for item in part.kept:
                more = self.operands(item.shape) if isinstance(item, Buffer) else ()
                elem = item.elem if isinstance(item, Buffer) else item.type
                self.stores[item] = self.builder.alloc(elem, (size, *more), zero=False, hint=item.hint)
        for part in plan:
            self.part(stmt, part, start, stop, base)

    def part(self, stmt: For, part: _Part, start: Operand, stop: Operand, base: Operand) -> None:
        builder = self.builder
        carried = [c for c, _ in part.carried]
        inits = self.operands([c.init for c in carried])
        index, params = Var(I64, stmt.index.hint), fresh_params(carried)
        with builder.block("loop") as scope:
            builder.declare(index, *params)
            self.env[stmt.index] = index
            self.bind([c.param for c in carried], params)
            self.enter(index, start, stop)
            place = builder.op(isub, index, base)
            for item in part.taken:
                self.take(item, place)
            self.stmts(part.stmts)
            for item in part.kept:
                self.keep(item, place)
            yields = self.operands([value for _, value in part.carried])
        builder.span = stmt.span
        builder.close_for(index, start, stop, params, inits, scope, yields)
        self.closed(carried)

    def take(self, item: Item, place: Operand) -> None:
        """Read what an earlier loop kept."""
        store = self.stores[item]
        if isinstance(item, Var):
            self.env[item] = self.builder.load(store, (place,), item.hint)
        else:
            shape = self.operands(item.shape)
            self.buffers[item] = self.builder.build(
                item.elem, shape, lambda index: self.builder.load(store, (place, *index)), item.hint
            )

    def keep(self, item: Item, place: Operand) -> None:
        store = self.stores[item]
        if isinstance(item, Var):
            self.builder.store(store, (place,), self.operand(item))
        else:
            self.keep_row(store, self.buffer(item), (place,))

    def keep_row(self, store: Buffer, row: Buffer, index: tuple[Operand, ...]) -> None:
        """store[index...] = row, by loops over the axes that are left."""
        axis = len(index) - 1
        if axis == row.rank:
            self.builder.store(store, index, self.builder.load(row, index[1:]))
            return

        def body(at: Var, _: tuple[Var, ...]) -> tuple[Operand, ...]:
            self.keep_row(store, row, (*index, at))
            return ()

        self.builder.for_loop(i64(0), row.shape[axis], (), body)
