"""How often a loop is likely to run: sizes are unknown when a module is compiled, but not all alike.

The first axis of data counts observations, an axis of a parameter the coefficients or groups.
"""

from __future__ import annotations

from adfun.ir.nodes import Buffer, Const, For, Function, Index, Let, Operand
from adfun.ir.walk import walk

FEW = 16
"""Parameters, columns, and everything that nothing is known of."""
MANY = 256
"""Observations."""


class Trips:
    """The likely values of the sizes in one function."""

    def __init__(self, function: Function) -> None:
        self.guess: dict[Operand, int] = {}
        few: set[Operand] = set()
        for entry in function.inputs:
            if isinstance(entry.item, Buffer) and entry.item.shape:
                few.update(entry.item.shape if entry.role == "param" else entry.item.shape[1:])
        for entry in function.inputs:
            if entry.role == "data" and isinstance(entry.item, Buffer) and entry.item.shape:
                size = entry.item.shape[0]
                if size not in few:
                    self.guess[size] = MANY
        self.sizes = frozenset(self.guess)
        for stmt in walk(function.body.stmts):
            if isinstance(stmt, For) and self.guess.get(stmt.stop) == MANY:
                self.guess[stmt.index] = MANY  # what runs as far as that does so as often, within a half
            if isinstance(stmt, Let) and stmt.op.name in ("iadd", "isub", "imin", "imax"):
                self.derive(stmt)

    def derive(self, stmt: Let) -> None:
        """A size plus or minus something is about that size."""
        known = [x for x in stmt.args if self.guess.get(x) == MANY]
        few = {"isub": True, "imin": not self.sizes.issuperset(known)}.get(stmt.op.name, False)
        if known and not (few and len(known) == 2):
            self.guess[stmt.var] = MANY

    def size(self, operand: Operand) -> int:
        """The likely value of a size."""
        if isinstance(operand, Const):
            return max(0, int(operand.value))
        return self.guess.get(operand, FEW)

    def count(self, loop: For) -> int:
        """How often a loop runs."""
        stop = self.size(loop.stop)
        if isinstance(loop.start, Const):
            return max(0, stop - int(loop.start.value))
        return stop if stop > self.size(loop.start) else FEW

    def known(self, loop: For) -> bool:
        """Whether that is certain."""
        return isinstance(loop.start, Const) and isinstance(loop.stop, Const)

    def elements(self, sizes: Index) -> int:
        """The likely number of elements of a shape."""
        count = 1
        for size in sizes:
            count *= self.size(size)
        return count
