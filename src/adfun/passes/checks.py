"""Takes checks that data alone decide out of the loops that compute with parameters.

    for i in 0..n:                          for i in 0..n:
      check g[i] < m                          check g[i] < m
      s += u[g[i]]                    ->    for i in 0..n:
                                              s += u[g[i]]

The first loop then runs once, when data are bound (`stage`), and the second can be merged with others.
"""

from __future__ import annotations

from adfun.ir.builder import Builder
from adfun.ir.nodes import Block, Buffer, Check, Function, Stmt, Var
from adfun.ir.walk import blocks, defined, length, walk, written
from adfun.passes.dead import eliminate, restrict
from adfun.passes.simplify import Simplifier, copied
from adfun.passes.timing import Timing


def hoist_checks(function: Function) -> Function:
    """The same function with such checks in loops of their own, before the loops they were in."""
    timing = Timing(function)
    if not any(blocks(stmt) and _found(stmt, timing) for stmt in function.body.stmts):
        return function
    return eliminate(copied(function, _Hoister(timing)))


def _found(stmt: Stmt, timing: Timing) -> list[Stmt]:
    return [inner for inner in walk((stmt,)) if inner in timing.early_checks]


class _Hoister(Simplifier):
    def __init__(self, timing: Timing) -> None:
        super().__init__(Builder())
        self.timing = timing
        self.moved: set[Stmt] = set()

    def stmt(self, stmt: Stmt) -> None:
        if len(self.builder.scopes) == 1 and blocks(stmt):
            found = _found(stmt, self.timing)
            before = restrict(Block((stmt,)), (), found).stmts
            if found and _separable(stmt, before):
                self.stmts(before)
                self.moved.update(found)
        super().stmt(stmt)

    def check(self, stmt: Check) -> None:
        if stmt not in self.moved:
            super().check(stmt)


def _separable(stmt: Stmt, part: tuple[Stmt, ...]) -> bool:
    """Whether a part of a statement can run in addition to it, and is less than all of it."""
    made: set[Var | Buffer] = set()
    changed: set[Buffer] = set()
    count = 0
    for inner in walk(part):
        made.update(defined(inner))
        changed.update(written(inner))
        count += 1
    return changed <= made and count < length((stmt,))
