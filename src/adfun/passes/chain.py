"""Adds vectors of directions up in one chain, so that every product becomes part of an addition.

    a = x * v; b = y * w; c = a + b               c = x * v
    d = z * u; e = t * s; f = d + e       ->      c = c + y * w
    g = c + f                                     c = c + z * u
                                                  g = c + t * s

What is known late comes last: the chain is no longer than the sum of the sums.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from adfun.ir.builder import Builder
from adfun.ir.nodes import For, Function, Let, Operand, Stmt, Var
from adfun.ir.types import VEC
from adfun.ir.walk import Copier, blocks, defined, operands, walk
from adfun.passes.simplify import copied
from adfun.primitives import arithmetic as a

SUMS = (a.vadd, a.vsub, a.vneg)
PRODUCTS = (a.vscale, a.vprod)
Term = tuple[bool, Operand]
"""Whether it is subtracted, and what."""


def chain(function: Function) -> Function:
    """The same function; the very same where it adds up no vectors."""
    stmts = list(walk(function.body.stmts))
    if not any(isinstance(stmt, Let) and stmt.op in SUMS for stmt in stmts):
        return function
    uses = Counter(x for stmt in stmts for x in operands(stmt) if x.type is VEC)
    uses.update(y for stmt in stmts for block in blocks(stmt) for y in block.yields if y.type is VEC)
    uses.update(function.body.yields)
    return copied(function, _Chainer(uses))


class _Chainer(Copier):
    def __init__(self, uses: Counter[Operand]) -> None:
        super().__init__(Builder(exact=True))
        self.uses = uses
        self.sums: dict[Operand, Let] = {}
        """The sums of the blocks that are open."""
        self.products: set[Operand] = set()
        self.inner: set[Operand] = set()
        """Those that are terms of one other sum, and nothing else."""
        self.depth: dict[Operand, int] = {}
        """For how many operations of its iteration a value waits; 0 if not for the iteration before."""

    def stmts(self, stmts: Iterable[Stmt]) -> None:
        stmts = tuple(stmts)
        lets = [stmt for stmt in stmts if isinstance(stmt, Let) and stmt.var.type is VEC]
        here: dict[Operand, Let] = {stmt.var: stmt for stmt in lets if stmt.op in SUMS}
        self.sums.update(here)
        self.products.update(stmt.var for stmt in lets if stmt.op in PRODUCTS)
        for stmt in here.values():
            self.inner.update(x for x in stmt.args if x in here and self.uses[x] == 1)
        self.measure(stmts)
        super().stmts(stmts)

    def measure(self, stmts: Iterable[Stmt]) -> None:
        for stmt in stmts:
            depth = max((self.depth.get(x, 0) for x in operands(stmt)), default=0)
            for x in defined(stmt):
                if isinstance(x, Var):
                    self.depth[x] = depth and depth + 1

    def for_(self, stmt: For) -> None:
        """What an iteration hands on late, the next one gets late."""
        self.depth.update((c.param, 1) for c in stmt.carried)
        self.measure(stmt.body.stmts)
        ends = [self.depth.get(value, 0) for value in stmt.body.yields]
        self.depth.update((c.param, 1 + end - min(ends)) for c, end in zip(stmt.carried, ends, strict=True))
        super().for_(stmt)

    def let(self, stmt: Let) -> None:
        if stmt.var in self.inner:
            return
        if self.inner.isdisjoint(stmt.args):
            super().let(stmt)
        else:
            self.env[stmt.var] = self.total(self.terms(stmt.var, False))

    def terms(self, value: Operand, minus: bool) -> list[Term]:
        let = self.sums.get(value)
        if let is None:
            return [(minus, value)]
        found = []
        for number, x in enumerate(let.args):
            sign = minus != (let.op is a.vneg or (let.op is a.vsub and number == 1))
            found += self.terms(x, sign) if x in self.inner else [(sign, x)]
        return found

    def total(self, terms: list[Term]) -> Operand:
        """The sum: first what is no product, if it is not known last of all."""
        terms.sort(key=lambda term: self.depth.get(term[1], 0))
        latest = self.depth.get(terms[-1][1], 0) or 1
        first = min(terms, key=lambda t: (t[0], t[1] in self.products or self.depth.get(t[1], 0) == latest))
        terms.remove(first)
        minus, value = first[0], self.operand(first[1])
        value = self.builder.op(a.vneg, value) if minus else value
        for minus, term in terms:
            value = self.builder.op(a.vsub if minus else a.vadd, value, self.operand(term))
        return value
