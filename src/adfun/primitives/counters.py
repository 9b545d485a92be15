"""Finds integers that a loop counts with: their value follows from the number of the iteration.

k = for i in 2..n with k = c:
  b[k] = f(i)                        k is c + (i - 2) inside, c + max(n - 2, 0) after it
  next iadd(k, 1)
"""

from __future__ import annotations

from adfun.ir.builder import Builder
from adfun.ir.nodes import Carried, Const, For, Let, Operand, While, i64
from adfun.ir.types import I64
from adfun.ir.walk import defined, inner_vars, walk
from adfun.primitives.arithmetic import iadd, ifloordiv, ile, ilt, imul, isub
from adfun.records import dataclass

LONGEST = 8
"""How many additions of one iteration are followed."""

Steps = tuple[Operand, ...]
"""What every iteration adds."""


def counters(loop: For | While) -> dict[Carried, Steps]:
    """The carried integers to which every iteration adds the same, and what that is."""
    integers = [(c, y) for c, y in zip(loop.carried, loop.body.yields, strict=True) if c.param.type is I64]
    if not integers:
        return {}
    lets: dict[Operand, Let] = {s.var: s for s in loop.body.stmts if isinstance(s, Let) and s.op is iadd}
    inside = _made(loop)
    found = {}
    for carried, value in integers:
        steps = _steps(carried, value, lets)
        if steps and inside.isdisjoint(steps):
            found[carried] = steps
    return found


def counted(builder: Builder, start: Operand, steps: Steps, times: Operand) -> Operand:
    """What a counter is after so many iterations."""
    value = start
    for step in steps:
        value = builder.op(iadd, value, builder.op(imul, times, step))
    return value


def _made(loop: For | While) -> set[object]:
    """What a loop defines at any depth."""
    return {x for stmt in walk((loop,)) for x in (*defined(stmt), *inner_vars(stmt))}


def _steps(carried: Carried, value: Operand, lets: dict[Operand, Let]) -> Steps:
    """What is added to a carried value on the way to its next one; nothing if there is another way."""
    steps: list[Operand] = []
    while value is not carried.param:
        let = lets.get(value)
        if let is None or len(steps) == LONGEST:
            return ()
        first, second = let.args
        if isinstance(first, Const) or second is carried.param:
            first, second = second, first
        value = first
        steps.append(second)
    return tuple(steps)


@dataclass(frozen=True, slots=True)
class Count:
    """A `while` that goes on until a counter comes to an end.

    step   what an iteration adds to it
    ahead  what is added to it before it is compared
    """

    counter: Carried
    step: int
    ahead: int
    end: Operand
    inclusive: bool

    def trips(self, builder: Builder, start: Operand, end: Operand) -> Operand:
        """The number of iterations, or a number below 0 for none, from where counter and end are now."""
        last, first = (end, start) if self.step > 0 else (start, end)
        ahead = self.ahead if self.step > 0 else -self.ahead
        distance = builder.op(iadd, builder.op(isub, last, first), i64(self.inclusive - ahead))
        step = abs(self.step)
        return builder.op(ifloordiv, builder.op(iadd, distance, i64(step - 1)), i64(step))


def count_of(loop: While) -> Count | None:
    """Whether the number of iterations follows from a counter alone."""
    lets: dict[Operand, Let] = {stmt.var: stmt for stmt in loop.cond.stmts if isinstance(stmt, Let)}
    test = lets.get(loop.cond.yields[0])
    if test is None or test.op not in (ilt, ile) or len(lets) < len(loop.cond.stmts):
        return None
    inside = _made(loop)
    steps = {c.param: (c, adds[0]) for c, adds in counters(loop).items() if len(adds) == 1}
    for place, sign in ((0, 1), (1, -1)):
        value, ahead, end = test.args[place], 0, test.args[1 - place]
        let = lets.get(value)
        if let is not None and let.op is iadd:
            value, added = sorted(let.args, key=lambda x: isinstance(x, Const))
            if not isinstance(added, Const):
                continue
            ahead = int(added.value)
        if value not in steps or end in inside:
            continue
        carried, step = steps[value]
        if isinstance(step, Const) and step.value * sign > 0:
            return Count(carried, int(step.value), ahead, end, test.op is ile)
    return None
