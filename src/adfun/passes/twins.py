"""Finds carried values of a loop that are always equal.

s, t = for i in 0..n with s = 0.0, t = 0.0:
  next add(s, x[i]), add(t, x[i])                t is a twin of s
"""

from __future__ import annotations

from collections.abc import Sequence

from adfun.ir.nodes import For, Let, Operand, While


def twins(loop: For | While) -> dict[int, int]:
    """The numbers of carried values that equal an earlier one, each with the number of the first such."""
    first: dict[Operand, int] = {}
    leader = [first.setdefault(c.init, number) for number, c in enumerate(loop.carried)]
    if len(first) == len(loop.carried):
        return {}
    while True:  # assume that values with one start are equal, until no update tells them apart
        equal = _numbered(loop, leader)
        seen: dict[tuple[int, Operand], int] = {}
        refined = [
            seen.setdefault((old, equal.get(value, value)), number)
            for number, (old, value) in enumerate(zip(leader, loop.body.yields, strict=True))
        ]
        if refined == leader:
            return {number: other for number, other in enumerate(leader) if other != number}
        leader = refined


def _numbered(loop: For | While, leader: Sequence[int]) -> dict[Operand, Operand]:
    """For what the body computes the first operand that equals it, if carried values of one class do."""
    equal: dict[Operand, Operand] = {
        c.param: loop.carried[other].param for c, other in zip(loop.carried, leader, strict=True)
    }
    known: dict[object, Operand] = {}
    for stmt in loop.body.stmts:
        if isinstance(stmt, Let):
            args = tuple(equal.get(arg, arg) for arg in stmt.args)
            key = (stmt.op, frozenset(args) if stmt.op.commutative else args)
            equal[stmt.var] = known.setdefault(key, stmt.var)
    return equal
