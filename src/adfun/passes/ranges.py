"""What is known of i64 operands: constant distances between them, and the range of loop indices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from adfun.ir.nodes import Buffer, Check, Const, Let, Operand, Stmt, Var, i64
from adfun.primitives.arithmetic import iadd, ieq, imax, imin, imul, isub

Shifted = tuple[Var | None, int]
"""base + offset; no base for a constant."""
Form = dict[Operand, int]
"""A sum of operands times factors; the constant part is the factor of `ONE`."""
ONE = i64(1)
STEPS = 10
"""How many parts of a sum are replaced by their bounds before giving up."""
DEPTH = 6
"""How deep sums of sums are looked into."""


def shifted(lets: Mapping[Operand, Let], operand: Operand) -> Shifted:
    """An i64 operand as a variable plus a constant."""
    if isinstance(operand, Const):
        return None, int(operand.value)
    found = lets.get(operand)
    if found is not None and found.op in (iadd, isub):
        x, y = found.args
        if isinstance(y, Const) and isinstance(x, Var):
            return x, int(y.value) if found.op is iadd else -int(y.value)
        if isinstance(x, Const) and isinstance(y, Var) and found.op is iadd:
            return y, int(x.value)
    return operand, 0


def agreed(stmts: Iterable[Stmt]) -> Iterator[tuple[Operand, Operand]]:
    """What checks among statements find equal."""
    compared: dict[Operand, tuple[Operand, ...]] = {}
    for stmt in stmts:
        if isinstance(stmt, Let) and stmt.op is ieq:
            compared[stmt.var] = stmt.args
        elif isinstance(stmt, Check) and stmt.cond in compared:
            x, y = compared[stmt.cond]
            yield x, y


def minus(form: Form, other: Form, times: int = 1) -> Form:
    """form - times * other"""
    return {x: form.get(x, 0) - times * other.get(x, 0) for x in (*form, *other)}


class Ranges:
    """The bounds of loop indices, and what follows from them."""

    def __init__(self, lets: Mapping[Operand, Let]) -> None:
        self.lets = lets
        self.sizes: dict[Operand, int] = {}
        """The sizes of inputs, which cannot be negative, numbered in their order."""
        self._same: dict[Operand, Operand] = {}
        self._bounds: dict[Operand, tuple[Operand, Operand]] = {}
        self._order: dict[Operand, int] = {}
        """The loop indices, numbered as their loops were entered."""

    def equate(self, operand: Operand, other: Operand) -> None:
        """A check has made sure that two sizes are equal."""
        self._same[operand] = other

    def unite(self, x: Operand, y: Operand) -> None:
        """The same, where neither is known to stand for the other already."""
        x, y = self._common(x), self._common(y)
        if x is not y:
            dropped, kept = (y, x) if isinstance(x, Const) else (x, y)
            self.equate(dropped, kept)

    def equal(self, x: Operand, y: Operand) -> bool:
        """Whether two sizes are known to be equal."""
        return self._common(x) is self._common(y)

    def enter(self, index: Var, start: Operand, stop: Operand) -> None:
        """There is a loop over start..stop whose body uses `index`."""
        self._bounds[index] = (start, stop)
        self._order[index] = len(self._order)

    def form(self, operand: Operand) -> Form:
        """An i64 operand as a sum."""
        return self._sum({}, 1, operand)

    def trip_count(self, start: Operand, stop: Operand) -> int | None:
        """How many iterations start..stop has, when that is a constant."""
        low, high = shifted(self.lets, start), shifted(self.lets, stop)
        return max(0, high[1] - low[1]) if low[0] is high[0] else None

    def safe(self, buffer: Buffer, index: Sequence[Operand]) -> bool:
        """Whether an index of full rank is in range by the bounds of the loops it comes from."""
        return len(index) == buffer.rank and all(
            self.at_least(part, 0) and self._below(part, size)
            for part, size in zip(index, buffer.shape, strict=True)
        )

    def at_least(self, operand: Operand, low: int) -> bool:
        """Whether operand >= low follows from the bounds of loops."""
        base, offset = shifted(self.lets, operand)
        if base is None or base in self.sizes:
            return offset >= low
        bounds = self._bounds.get(base)
        if bounds is not None and self.at_least(bounds[0], low - offset):
            return True
        return self.not_less(operand, i64(low))

    def _below(self, operand: Operand, size: Operand, slack: int = 0) -> bool:
        """Whether operand + slack < size follows from the bounds of loops."""
        base, offset = shifted(self.lets, self._common(operand))
        top, extra = shifted(self.lets, self._common(size))
        if base is top:
            return offset + slack < extra
        bounds = self._bounds.get(base) if base is not None else None
        if bounds is not None and self._below(bounds[1], size, slack + offset - 1):
            return True
        return self.not_less(size, operand, -1 - slack)

    def not_less(self, x: Operand, y: Operand, slack: int = 0) -> bool:
        """Whether x - y + slack >= 0 follows from the bounds of loops."""
        if not (self._has_parts(x) or self._has_parts(y)):
            return False
        difference = minus(self.form(x), self.form(y))
        difference[ONE] = difference.get(ONE, 0) + slack
        return self._is_positive(difference, STEPS)

    def _has_parts(self, operand: Operand) -> bool:
        """Whether there is more to an operand than a variable plus a constant."""
        base, _ = shifted(self.lets, operand)
        return base in self.lets or base in self._bounds

    def _sum(self, form: Form, factor: int, operand: Operand, depth: int = DEPTH) -> Form:
        """form + factor * operand, with what the operand is a sum of (sizes found equal may make circles)."""
        if isinstance(operand, Const):
            form[ONE] = form.get(ONE, 0) + factor * int(operand.value)
            return form
        operand = self._common(operand)
        let = self.lets.get(operand)
        if let is not None and let.op in (iadd, isub) and depth > 0:
            self._sum(form, factor, let.args[0], depth - 1)
            self._sum(form, factor if let.op is iadd else -factor, let.args[1], depth - 1)
        elif let is not None and let.op is imul and isinstance(let.args[1], Const) and depth > 0:
            self._sum(form, factor * int(let.args[1].value), let.args[0], depth - 1)
        else:
            form[operand] = form.get(operand, 0) + factor
        return form

    def _is_positive(self, form: Form, steps: int) -> bool:
        """Whether a sum cannot be negative: its parts are replaced by their bounds, the newest first."""
        rest = {x: factor for x, factor in form.items() if factor and x is not ONE}
        if not rest:
            return form.get(ONE, 0) >= 0
        if steps == 0:
            return False
        for part, factor in rest.items():
            let = self.lets.get(part)
            if let is not None and let.op in (imax, imin):
                ways = (self._replaced(form, part, arg) for arg in let.args)
                enough = any if (let.op is imax) == (factor > 0) else all
                return enough(self._is_positive(way, steps - 1) for way in ways)
        index = max(rest, key=lambda x: self._order.get(x, -1))
        if index in self._bounds:
            start, stop = self._bounds[index]
            way = self._replaced(form, index, start if rest[index] > 0 else stop)
            way[ONE] = way.get(ONE, 0) + max(0, -rest[index])
            return self._is_positive(way, steps - 1)
        known = all(factor > 0 and part in self.sizes for part, factor in rest.items())
        return known and form.get(ONE, 0) >= 0

    def _replaced(self, form: Form, part: Operand, by: Operand) -> Form:
        others = {x: factor for x, factor in form.items() if x is not part}
        return self._sum(others, form[part], by)

    def _common(self, operand: Operand) -> Operand:
        """What stands for all operands that are known to equal this one."""
        while operand in self._same:
            operand = self._same[operand]
        return operand
