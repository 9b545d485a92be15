"""What is known of i64 operands: constant distances between them, and the range of loop indices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adfun.ir.nodes import Buffer, Const, Let, Operand, Var
from adfun.primitives.arithmetic import iadd, isub

Shifted = tuple[Var | None, int]
"""base + offset; no base for a constant."""


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


class Ranges:
    """The bounds of loop indices, and what follows from them."""

    def __init__(self, lets: Mapping[Operand, Let]) -> None:
        self.lets = lets
        self.sizes: dict[Operand, int] = {}
        """The sizes of inputs, which cannot be negative, numbered in their order."""
        self._same: dict[Operand, Operand] = {}
        self._bounds: dict[Var, tuple[Operand, Operand]] = {}

    def equate(self, operand: Operand, other: Operand) -> None:
        """A check has made sure that two sizes are equal."""
        self._same[operand] = other

    def unite(self, x: Operand, y: Operand) -> None:
        """The same, where neither is known to stand for the other already."""
        x, y = self._common(x), self._common(y)
        if x is not y:
            dropped, kept = (y, x) if isinstance(x, Const) else (x, y)
            self.equate(dropped, kept)

    def enter(self, index: Var, start: Operand, stop: Operand) -> None:
        """There is a loop over start..stop whose body uses `index`."""
        self._bounds[index] = (start, stop)

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
        return bounds is not None and self.at_least(bounds[0], low - offset)

    def _below(self, operand: Operand, size: Operand, slack: int = 0) -> bool:
        """Whether operand + slack < size follows from the bounds of loops."""
        base, offset = shifted(self.lets, self._common(operand))
        top, extra = shifted(self.lets, self._common(size))
        if base is top:
            return offset + slack < extra
        bounds = self._bounds.get(base) if base is not None else None
        return bounds is not None and self._below(bounds[1], size, slack + offset - 1)

    def _common(self, operand: Operand) -> Operand:
        """What stands for all operands that are known to equal this one."""
        while operand in self._same:
            operand = self._same[operand]
        return operand
