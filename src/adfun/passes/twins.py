"""Finds carried values of a loop that are always equal.

s, t = for i in 0..n with s = 0.0, t = 0.0:
  next add(s, x[i]), add(t, x[i])                t is a twin of s
"""

from __future__ import annotations

from collections.abc import Mapping

from adfun.ir.nodes import For, Let, Operand, Var, While

EFFORT = 64
"""Comparisons of operands that one pair of carried values may take."""


def twins(loop: For | While, lets: Mapping[Operand, Let]) -> dict[int, int]:
    """The numbers of carried values that equal an earlier one, each with the number of the first such."""
    carried, yields = loop.carried, loop.body.yields
    first: dict[Operand, int] = {}
    leader = [first.setdefault(c.init, number) for number, c in enumerate(carried)]
    if len(first) == len(carried):
        return {}
    numbers = {c.param: number for number, c in enumerate(carried)}
    while True:  # assume that values with one start are equal, until no update tells them apart
        refined: list[int] = []
        for number, old in enumerate(leader):
            same = (
                other
                for other in range(old, number)
                if leader[other] == old
                and refined[other] == other
                and _Comparison(lets, numbers, leader).equal(yields[number], yields[other])
            )
            refined.append(next(same, number))
        if refined == leader:
            return {number: other for number, other in enumerate(leader) if other != number}
        leader = refined


class _Comparison:
    """Whether two operands of a loop's body are equal when carried values of one class are."""

    def __init__(self, lets: Mapping[Operand, Let], numbers: Mapping[Var, int], leader: list[int]) -> None:
        self.lets = lets
        self.numbers = numbers
        self.leader = leader
        self.effort = EFFORT

    def equal(self, x: Operand, y: Operand) -> bool:
        self.effort -= 1
        if x is y:
            return True
        if self.effort < 0 or not isinstance(x, Var) or not isinstance(y, Var):
            return False
        if x in self.numbers or y in self.numbers:
            both = x in self.numbers and y in self.numbers
            return both and self.leader[self.numbers[x]] == self.leader[self.numbers[y]]
        left, right = self.lets.get(x), self.lets.get(y)
        if left is None or right is None or left.op is not right.op:
            return False
        return self._all(left.args, right.args) or (
            left.op.commutative and self._all(left.args, right.args[::-1])
        )

    def _all(self, left: tuple[Operand, ...], right: tuple[Operand, ...]) -> bool:
        return all(self.equal(x, y) for x, y in zip(left, right, strict=True))
