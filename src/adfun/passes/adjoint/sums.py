"""Sums that a reversed loop adds to adjoints outside of it.

    for i: g += (2 * z[i]) * (1 / s)     ->     for i: g' += z[i];  g = g' * 2 * (1 / s)

Factors that do not change in the loop wait until after it; a term that does not change at all is
multiplied by the trip count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

from adfun.ir.builder import Builder
from adfun.ir.nodes import Operand, Var
from adfun.primitives import arithmetic as a

K = TypeVar("K")
PRODUCTS = (a.mul, a.mul0)
DEPTH = 3
"""How far down a product its factors are looked for."""


class LoopSum(Generic[K]):
    """One such sum: `term` is what each iteration adds to the carried `param`."""

    def __init__(self, b: Builder, key: K, param: Var, term: Operand) -> None:
        self.key = key
        self.param = param
        self._level = len(b.scopes) - 1
        self._rest: list[Operand] = []
        """Unchanging factors that are partials: they may be infinite where the sum is zero."""
        self._seeds: list[Operand] = []
        """Unchanging factors that are adjoints: where they are zero the product is zero."""
        self._guarded = False
        self.term = self._peeled(b, term, True, DEPTH)
        self.is_carried = b.depth_of(self.term) == self._level

    def _peeled(self, b: Builder, term: Operand, is_seed: bool, depth: int) -> Operand:
        """A term without the factors that do not change, which are remembered."""
        let = b.definition.get(term) if isinstance(term, Var) else None
        if let is None or depth == 0 or b.depth_of(term) < self._level:
            return term
        if let.op is a.neg:
            self._rest.append(a.MINUS_ONE)
            return self._peeled(b, let.args[0], is_seed, depth)
        if let.op not in PRODUCTS:
            return term
        self._guarded |= let.op is a.mul0
        fixed = [b.depth_of(x) < self._level for x in let.args]
        if any(fixed):
            place = fixed.index(True)
            (self._seeds if is_seed and place == 0 else self._rest).append(let.args[place])
            return self._peeled(b, let.args[1 - place], is_seed and place == 1, depth - 1)
        left = self._peeled(b, let.args[0], is_seed, depth - 1)
        right = self._peeled(b, let.args[1], False, depth - 1)
        return b.op(let.op, left, right)

    def total(self, b: Builder, result: Operand) -> Operand:
        """What the whole loop adds, given the sum of the terms."""
        product = a.mul0 if self._guarded else a.mul
        for factor in reversed(self._rest):
            result = b.op(product, result, factor)
        for factor in reversed(self._seeds):
            result = b.op(product, factor, result)
        return result


def totals(
    b: Builder, sums: Sequence[LoopSum[K]], results: Sequence[Operand], trips: Operand
) -> Iterator[tuple[K, Operand]]:
    """Each key with what the loop adds to its adjoint; `results` are those of the carried sums."""
    rest = iter(results)
    for entry in sums:
        if entry.is_carried:
            yield entry.key, entry.total(b, next(rest))
        else:
            count = b.op(a.i2f, trips)
            yield entry.key, entry.total(b, b.op(a.mul0, count, entry.term))
