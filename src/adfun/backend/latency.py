"""Products and sums in sequential loops, in the order in which their parts arrive.

    for t: with s, u:  r = c < s ? a : b       for t: with s, u:  r = c < s ? a d : b d    (a d, b d: once)
      q = ((r s) u) d                    ->      q = (s u) r
      next s + q - e, ...                        next (s - e) + q, ...

An iteration waits for the values of the one before: what is known earlier is taken first, and what does
not change in the loop is multiplied outside.  The error bounds stay what they are.  Sums in which a
value is added and taken away again, whose order is of the essence, stay as they are written.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Collection, Container

from adfun.ir.builder import Builder
from adfun.ir.nodes import Buffer, For, Function, Let, Load, Operand, Var, While
from adfun.ir.types import F64
from adfun.ir.walk import Copier, defined, inner_vars, walk
from adfun.primitives.arithmetic import add, div, mul, select, sub, vadd, vscale, vsub
from adfun.records import dataclass, field

INVARIANT = -1
"""The arrival of what is known before the loop.  What needs nothing of the last iteration arrives at 0."""
STEP = 4
"""Cycles of a product, of a sum, and of both together."""
CYCLES = {
    "add": STEP,
    "sub": STEP,
    "mul": STEP,
    "square": STEP,
    "neg": 1,
    "select": 3,
    "div": 14,
    "lt": 3,
    "le": 3,
}
LATE = 20
"""The arrival of what inner loops and branches give."""
MOST = 6
"""Parts of a product or sum that are looked at."""


def shorten(
    function: Function, reads: Counter[Var | Buffer], exact: Container[Var], lanes: Collection[For]
) -> Function:
    """The function with shorter chains of products and sums in its sequential loops (not in `lanes`)."""
    parallel = {stmt for loop in lanes for stmt in (loop, *walk(loop.body.stmts))}
    found = _Chains(reads, exact)
    for stmt in walk(function.body.stmts):
        if isinstance(stmt, (For, While)) and stmt not in parallel:
            found.search(stmt)
    if not found.chains:
        return function
    copier = _Shortener(Builder(), found)
    yields = copier.block(function.body)
    return Function(function.name, function.inputs, copier.builder.finish(*yields))


@dataclass(frozen=True, slots=True)
class _Part:
    """A factor, or a term with its sign, and its arrival."""

    value: Operand
    arrival: int
    minus: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Chain:
    """A product or sum of three or more parts.

    choice   a factor that is chosen between two invariants, and takes the invariant factors in
    """

    product: bool
    parts: tuple[_Part, ...]
    choice: Let | None = None


@dataclass
class _Chains:
    """The products and sums to be written in another order.

    gone   what is then not written: parts of longer ones, choices that take factors in
    """

    reads: Counter[Var | Buffer]
    exact: Container[Var]
    chains: dict[Var, _Chain] = field(default_factory=dict)
    gone: set[Var] = field(default_factory=set)

    def search(self, loop: For | While) -> None:
        """Look through the loop's own block."""
        carried = [item.param for item in loop.carried if item.param.type is F64]
        if not carried:
            return
        known = arrivals(loop, dict.fromkeys(carried, 1))
        lets: dict[Operand, Let] = {stmt.var: stmt for stmt in loop.body.stmts if isinstance(stmt, Let)}
        for stmt in reversed(lets.values()):
            if stmt.var in self.gone or stmt.var in self.exact or known[stmt.var] <= 0:
                continue
            if stmt.op is mul:
                self.product(stmt, lets, known)
            elif stmt.op in (add, sub):
                self.sum(stmt, lets, known)

    # -- products: what is used elsewhere, too, is computed twice ---------------------------------

    def product(self, root: Let, lets: dict[Operand, Let], arrivals: dict[Operand, int]) -> None:
        """Note the product that ends here, if another order brings it forward."""
        parts: list[_Part] = []
        inner: list[Var] = []
        lone: set[Var] = set()
        todo = [(x, True) for x in reversed(root.args)]
        while todo and len(parts) + len(todo) <= MOST:
            x, alone = todo.pop()
            let = lets.get(x)
            if let is not None and let.op is mul and let.var not in self.exact:
                alone = alone and self.reads[let.var] == 1  # nor is what it is part of read elsewhere
                if alone:
                    inner.append(let.var)
                todo += [(y, alone) for y in reversed(let.args)]
            else:
                if alone and let is not None and self.reads[let.var] == 1:
                    lone.add(let.var)
                parts.append(_Part(x, arrivals.get(x, INVARIANT)))
        if todo or len(parts) < 3 or _finish(parts) >= arrivals[root.var]:
            return
        invariant = any(part.arrival == INVARIANT for part in parts)
        choice = _choice(parts, lets, arrivals) if invariant else None
        self.chains[root.var] = _Chain(True, tuple(parts), choice)
        if choice is not None and choice.var in lone:
            inner.append(choice.var)
        self.gone.update(inner)

    # -- sums -------------------------------------------------------------------------------------

    def sum(self, root: Let, lets: dict[Operand, Let], arrivals: dict[Operand, int]) -> None:
        """Note the sum that ends here, if another order brings it forward."""
        parts: list[_Part] = []
        inner: list[Var] = []
        todo = [(root.args[1], root.op is sub), (root.args[0], False)]
        while todo and len(parts) + len(todo) <= MOST:
            x, minus = todo.pop()
            let = lets.get(x)
            if (
                let is not None
                and let.op in (add, sub)
                and self.reads[let.var] == 1
                and let.var not in self.exact
            ):
                inner.append(let.var)
                todo += [(let.args[1], minus != (let.op is sub)), (let.args[0], minus)]
            else:
                arrival = arrivals.get(x, INVARIANT)
                fused = let is not None and let.op is mul and arrival > STEP
                parts.append(_Part(x, arrival - STEP if fused else arrival, minus))
        terms = [x for part in parts for x in _terms(part.value, lets)]
        if (
            todo
            or len(parts) < 3
            or len(set(terms)) < len(terms)
            or _finish(parts) + STEP > arrivals[root.var]
        ):
            return
        self.chains[root.var] = _Chain(False, tuple(parts))
        self.gone.update(inner)


def _terms(x: Operand, lets: dict[Operand, Let]) -> list[Operand]:
    """What a value is the sum of, in this block."""
    found: list[Operand] = []
    todo = [x]
    while todo and len(found) < 4 * MOST:
        x = todo.pop()
        let = lets.get(x)
        if let is not None and let.op in (add, sub):
            todo += let.args
        else:
            found.append(x)
    return found + todo


def _choice(parts: list[_Part], lets: dict[Operand, Let], arrivals: dict[Operand, int]) -> Let | None:
    """A factor that is chosen between two invariants."""
    for part in parts:
        let = lets.get(part.value)
        if let is None or let.op is not select:
            continue
        if all(arrivals.get(arm, INVARIANT) == INVARIANT for arm in let.args[1:]):
            return let
    return None


def arrivals(loop: For | While, carried: dict[Var, int]) -> dict[Operand, int]:
    """When each value of an iteration is known, in cycles; `carried`: when what it was handed is known.

    What is known before the loop has no entry.
    """
    known: dict[Operand, int] = dict.fromkeys(inner_vars(loop), 0)
    known.update(carried.items())
    products: set[Operand] = set()
    for stmt in loop.body.stmts:
        match stmt:
            case Let():
                fused = stmt.op in (add, sub, vadd, vsub)
                when = [known.get(x, INVARIANT) - (STEP if fused and x in products else 0) for x in stmt.args]
                latest = max(when, default=INVARIANT)
                cycles = CYCLES.get(stmt.op.name, max(STEP, stmt.op.cost))
                if stmt.op is div and known.get(stmt.args[1], INVARIANT) == INVARIANT:
                    cycles = STEP  # times its reciprocal
                known[stmt.var] = latest + cycles if latest > 0 else max(latest, 0)
                if stmt.op in (mul, vscale) and latest > 0:
                    products.add(stmt.var)
            case Load():
                latest = max((known.get(x, INVARIANT) for x in stmt.index), default=INVARIANT)
                known[stmt.var] = latest + 5 if latest > 0 else 0
            case _:
                known.update((item, LATE) for item in defined(stmt) if isinstance(item, Var))
    return known


def _finish(parts: list[_Part]) -> int:
    """When the whole is known if the earliest parts are taken first."""
    heap = [part.arrival for part in parts]
    heapq.heapify(heap)
    while len(heap) > 1:
        heapq.heappush(heap, _joined(max(heapq.heappop(heap), heapq.heappop(heap))))
    return heap[0]


def _joined(latest: int) -> int:
    """When two parts are joined, the later being known at `latest`."""
    return latest + STEP if latest > 0 else latest


class _Shortener(Copier):
    """Copies a function, with its products and sums rebuilt."""

    def __init__(self, builder: Builder, chains: _Chains) -> None:
        super().__init__(builder)
        self.chains = chains

    def let(self, stmt: Let) -> None:
        chain = self.chains.chains.get(stmt.var)
        if chain is not None:
            self.env[stmt.var] = self.rebuilt(
                self.factors(chain) if chain.product else list(chain.parts), chain
            )
        elif stmt.var not in self.chains.gone:
            super().let(stmt)

    def factors(self, chain: _Chain) -> list[_Part]:
        """The factors, the invariant ones as one, or in the arms of a choice."""
        b = self.builder
        choice = None if chain.choice is None else chain.choice.var
        fixed = [self.operand(p.value) for p in chain.parts if p.arrival == INVARIANT]
        rest = [p for p in chain.parts if p.arrival != INVARIANT and p.value is not choice]
        if not fixed:
            return rest
        invariant = fixed[0]
        for x in fixed[1:]:
            invariant = b.op(mul, invariant, x)
        if chain.choice is None:
            return [_Part(invariant, INVARIANT), *rest]
        test, yes, no = self.operands(chain.choice.args)
        value = b.op(select, test, b.op(mul, yes, invariant), b.op(mul, no, invariant))
        return [_Part(value, next(p.arrival for p in chain.parts if p.value is choice)), *rest]

    def rebuilt(self, parts: list[_Part], chain: _Chain) -> Operand:
        """The parts joined, the earliest first."""
        heap = [(p.arrival, k, self.operand(p.value), p.minus) for k, p in enumerate(parts)]
        heapq.heapify(heap)
        number = len(heap)
        while len(heap) > 1:
            early, late = heapq.heappop(heap), heapq.heappop(heap)
            number += 1
            value, minus = self.joined(early[2], early[3], late[2], late[3], chain.product)
            heapq.heappush(heap, (_joined(max(early[0], late[0])), number, value, minus))
        return heap[0][2]

    def joined(
        self, x: Operand, x_minus: bool, y: Operand, y_minus: bool, product: bool
    ) -> tuple[Operand, bool]:
        """Two parts as one, and its sign."""
        b = self.builder
        if product:
            return b.op(mul, x, y), False
        if x_minus == y_minus:
            return b.op(add, x, y), x_minus
        return (b.op(sub, y, x) if x_minus else b.op(sub, x, y)), False
