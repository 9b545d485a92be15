"""Hands on what one iteration stores and a later one loads, as a carried value.

    for t in 1..n:                              p = for t in 1..n with p = h[0]:
      h[t] = w + 0.8 * h[t - 1]           ->      v = w + 0.8 * p
                                                  h[t] = v
                                                  next v

Only where what is stored depends on what was: other loops run side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from adfun.ir.builder import Builder
from adfun.ir.nodes import (
    Block,
    Buffer,
    Carried,
    For,
    Function,
    Let,
    Load,
    Operand,
    Store,
    Var,
    constant,
    i64,
)
from adfun.ir.types import F64, I64
from adfun.ir.walk import blocks, defined, operands, read, walk, written, written_within
from adfun.passes.ranges import ONE, Form, Ranges, minus
from adfun.passes.simplify import Simplifier, copied
from adfun.primitives import arithmetic as a
from adfun.records import dataclass, field

FURTHEST = 4
"""How many iterations later a value may be needed."""
NEVER = -1


def relay(function: Function) -> Function:
    """The same function with such values handed on; the very same if there are none."""
    stmts = list(walk(function.body.stmts))
    forms = Ranges({stmt.var: stmt for stmt in stmts if isinstance(stmt, Let)})
    found = {stmt: _Body(stmt, forms).relays() for stmt in stmts if isinstance(stmt, For)}
    plans = {loop: relays for loop, relays in found.items() if relays}
    return copied(function, _Relayer(plans)) if plans else function


@dataclass(slots=True, eq=False)
class _Relay:
    """A store to a place that moves with the loop, and the loads of it by the iterations that lie between."""

    store: Store
    place: tuple[Form, ...]
    loads: dict[int, list[Load]] = field(default_factory=dict)


class _Body:
    """What a loop's body stores and loads."""

    def __init__(self, loop: For, forms: Ranges) -> None:
        self.loop = loop
        self.forms = forms
        self.inside = {x for stmt in walk(loop.body.stmts) for x in defined(stmt)}
        self.inside.update(c.param for c in loop.carried)
        self.stores: dict[Buffer, list[_Relay]] = {}

    def relays(self) -> list[_Relay]:
        """The stores that may hand on their values."""
        self._find_stores()
        if not self.stores:
            return []
        loads = [s for s in walk(self.loop.body.stmts) if isinstance(s, Load) and s.buffer in self.stores]
        for load in loads:
            self._match(load)
        found = [relay for relays in self.stores.values() for relay in relays if relay.loads]
        waiting = self._waiting(load for relay in found for loads in relay.loads.values() for load in loads)
        return [relay for relay in found if relay.store.value in waiting]

    def _find_stores(self) -> None:
        unfit: set[Buffer] = set()
        for stmt in self.loop.body.stmts:
            if not isinstance(stmt, Store):
                unfit |= written_within((stmt,))
                continue
            buffer, place = stmt.buffer, self._place(stmt.index)
            if buffer in self.inside or buffer.elem not in (F64, I64) or buffer.storage != "alloc":
                continue
            if place is None or len(place) != buffer.rank:
                unfit.add(buffer)
            else:
                self.stores.setdefault(buffer, []).append(_Relay(stmt, place))
        for buffer in unfit:
            self.stores.pop(buffer, None)

    def _place(self, index: Sequence[Operand]) -> tuple[Form, ...] | None:
        """An index as sums of the loop's index and of what does not change in the loop."""
        place = tuple(self.forms.form(part) for part in index)
        return None if any(x in self.inside for form in place for x in form) else place

    def _match(self, load: Load) -> None:
        place = self._place(load.index)
        if place is None or len(place) != load.buffer.rank:
            return
        nearest: tuple[int, _Relay] | None = None
        for relay in self.stores[load.buffer]:
            later = _later(relay.place, place, self.loop.index)
            if later is None or later == 0:
                return
            if later > 0 and (nearest is None or later <= nearest[0]):  # of one place the last store counts
                nearest = later, relay
        if nearest is not None and nearest[0] <= FURTHEST:
            nearest[1].loads.setdefault(nearest[0], []).append(load)

    def _waiting(self, loads: Iterable[Load]) -> set[Operand]:
        """What depends on values of earlier iterations."""
        late: set[Var | Buffer | Operand] = {load.var for load in loads}
        for stmt in self.loop.body.stmts:
            parts = list(walk((stmt,)))
            used = {x for part in parts for x in (*operands(part), *read(part))}
            used.update(x for part in parts for block in blocks(part) for x in block.yields)
            if not used.isdisjoint(late):
                late.update(defined(stmt), *(written(part) for part in parts))
        return {x for x in late if isinstance(x, Var)}


def _later(stored: Sequence[Form], loaded: Sequence[Form], index: Var) -> int | None:
    """How many iterations after the store its place is loaded: negative if before it, or never.

    None where that is not known.
    """
    found: set[int] = set()
    unknown = False
    for one, other in zip(stored, loaded, strict=True):
        difference = minus(one, other)
        distance, step = difference.pop(ONE, 0), one.get(index, 0)
        if any(difference.values()):
            unknown = True
        elif step and distance % step == 0:
            found.add(distance // step)
        elif distance:
            return NEVER
    if unknown or not found:
        return None
    return found.pop() if len(found) == 1 else NEVER


class _Relayer(Simplifier):
    def __init__(self, plans: Mapping[For, list[_Relay]]) -> None:
        super().__init__(Builder(exact=True))
        self.plans = plans
        self.handed: dict[Load, Var] = {}
        """What takes the place of loads."""

    def load(self, stmt: Load) -> None:
        handed = self.handed.get(stmt)
        if handed is None:
            super().load(stmt)
        else:
            self.env[stmt.var] = self.operand(handed)

    def for_(self, stmt: For) -> None:
        carried, yields = list(stmt.carried), list(stmt.body.yields)
        for relay in self.plans.get(stmt, ()):
            buffer, hint = relay.store.buffer, relay.store.buffer.hint
            params = [Var(buffer.elem, hint) for _ in range(max(relay.loads))]
            for later, loads in relay.loads.items():
                self.handed.update(dict.fromkeys(loads, params[later - 1]))
            for number, param in enumerate(params, 1):
                init = Var(buffer.elem, hint)
                self.env[init] = self.before(stmt, relay, number)
                carried.append(Carried(param, init, Var(buffer.elem, hint)))
            yields += [relay.store.value, *(earlier for earlier, _ in pairwise(params))]
        body = Block(stmt.body.stmts, tuple(yields))
        super().for_(For(stmt.index, stmt.start, stmt.stop, tuple(carried), body, stmt.span))

    def before(self, loop: For, relay: _Relay, number: int) -> Operand:
        """The element so many iterations before the first; not read where there is none."""
        buffer, b = self.buffer(relay.store.buffer), self.builder
        start, stop = self.operand(loop.start), self.operand(loop.stop)
        first = b.op(a.iadd, start, i64(-number))
        index = tuple(self.total(form, {loop.index: first}) for form in relay.place)
        known = b.known(buffer, index)
        if known is not None:
            return known
        none = constant(0, buffer.elem)
        if buffer in self.zeroed and b.untouched(buffer):
            return none
        if self.ranges.safe(buffer, index):
            return b.load(buffer, index)
        inside: Operand = b.op(a.ilt, start, stop)
        for part, size in zip(index, buffer.shape, strict=True):
            for cond in (b.op(a.ile, i64(0), part), b.op(a.ilt, part, size)):
                inside = b.op(a.band, inside, cond)
        return b.if_else(inside, lambda: [b.load(buffer, index)], lambda: [none])[0]

    def total(self, form: Form, known: Mapping[Operand, Operand]) -> Operand:
        """The value of a sum."""
        value: Operand = i64(form.get(ONE, 0))
        for part, factor in form.items():
            if part is not ONE and factor:
                operand = known[part] if part in known else self.operand(part)
                value = self.builder.op(a.iadd, value, self.builder.op(a.imul, operand, i64(factor)))
        return value
