"""Tells what is known when data are bound (early) from what depends on parameters (late).

Or what depends on parameters alone (early) from what depends on directions (late).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from adfun.diagnostics.internal import assert_never
from adfun.ir.nodes import (
    Accum,
    Alloc,
    Block,
    Buffer,
    Build,
    Check,
    Const,
    For,
    Function,
    Grow,
    If,
    KernelCall,
    Let,
    Load,
    Operand,
    Report,
    Role,
    Stmt,
    Store,
    Var,
    While,
)

Item = Var | Buffer
BOUND: Sequence[Role] = ("data", "prepared")
"""What is known when data are bound."""


class Timing:
    """late           variables and buffers whose values depend on a parameter or a direction
    early_checks   checks whose failing, and being reached at all, depends on data alone

    A buffer is early when everything that is ever stored to it, and whether it is stored, is early.
    """

    def __init__(self, function: Function, early: Sequence[Role] = BOUND) -> None:
        """`early`: the roles of the inputs that are known then."""
        self.late: set[Item] = {entry.item for entry in function.inputs if entry.role not in early}
        self.early_checks: set[Stmt] = set()
        known = -1
        while known != len(self.late):  # carried values and buffers pass lateness backwards
            known = len(self.late)
            self.early_checks.clear()
            self._block(function.body, False)

    def is_late(self, operands: Iterable[Operand | Buffer]) -> bool:
        return any(not isinstance(x, Const) and x in self.late for x in operands)

    def _mark(self, when: bool, items: Sequence[Item]) -> None:
        if when:
            self.late.update(items)

    def _block(self, block: Block, late: bool) -> None:
        """`late`: whether the block is reached, or how often, depends on a parameter."""
        for stmt in block.stmts:
            self._stmt(stmt, late)

    def _stmt(self, stmt: Stmt, late: bool) -> None:
        match stmt:
            case Let():
                self._mark(self.is_late(stmt.args), (stmt.var,))
            case Load():
                self._mark(self.is_late((stmt.buffer, *stmt.index)), (stmt.var,))
            case Store() | Accum():
                self._mark(late or self.is_late((*stmt.index, stmt.value)), (stmt.buffer,))
            case Alloc():
                growable = stmt.buffer.storage == "growable"
                self._mark(growable or self.is_late(stmt.buffer.shape), (stmt.buffer,))
            case Build():
                self._build(stmt, late)
            case For():
                self._for(stmt, late)
            case While():
                self._while(stmt, late)
            case If():
                unsure = self.is_late((stmt.cond,))
                self._block(stmt.then, late or unsure)
                self._block(stmt.orelse, late or unsure)
                for result, yes, no in zip(stmt.results, stmt.then.yields, stmt.orelse.yields, strict=True):
                    self._mark(unsure or self.is_late((yes, no)), (result,))
            case Check():
                if not late and not self.is_late((stmt.cond, *stmt.args)):
                    self.early_checks.add(stmt)
            case KernelCall():
                self._mark(self.is_late(stmt.inputs), stmt.outputs)
            case Grow() | Report():
                pass
            case _:
                assert_never(stmt)

    def _build(self, stmt: Build, late: bool) -> None:
        unsure = self.is_late(stmt.buffer.shape)
        self._mark(unsure, (stmt.buffer, *stmt.indices))
        self._block(stmt.body, late or unsure)
        self._mark(self.is_late(stmt.body.yields), (stmt.buffer,))

    def _for(self, stmt: For, late: bool) -> None:
        unsure = self.is_late((stmt.start, stmt.stop))
        self._mark(unsure, (stmt.index,))
        self._block(stmt.body, late or unsure)
        for c, value in zip(stmt.carried, stmt.body.yields, strict=True):
            self._mark(unsure or self.is_late((c.init, value)), (c.param, c.result))

    def _while(self, stmt: While, late: bool) -> None:
        unsure = self.is_late(stmt.cond.yields)
        self._block(stmt.cond, late or unsure)
        self._block(stmt.body, late or unsure)
        for c, value in zip(stmt.carried, stmt.body.yields, strict=True):
            self._mark(unsure or self.is_late((c.init, value)), (c.param, c.result))
