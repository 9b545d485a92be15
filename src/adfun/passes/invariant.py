"""Moves what is the same in every iteration out of loops: matrices, kernel calls, inner loops.

    for t in 0..n:                          L = call cholesky(C)
      L = call cholesky(C)                  d = for i in 0..k with d = 0.0: next d + log(L[i, i])
      d = for i in 0..k with d = 0.0:  ->   for t in 0..n:
        next d + log(L[i, i])                 ... d ...
      ... d ...

Taken before differentiation, so that the adjoint of what moved is done once as well.  The builder moves
scalars by itself; this pass moves whole statements.  The loop may not run at all: only what is in range
by itself moves, and what no check of the loop stands for.
"""

from __future__ import annotations

from adfun.ir.nodes import (
    Block,
    Buffer,
    Build,
    Check,
    Const,
    For,
    Function,
    If,
    KernelCall,
    Let,
    Load,
    Operand,
    Stmt,
    Var,
    While,
    i64,
)
from adfun.ir.walk import blocks, defined, inner_vars, operands, read, written_within
from adfun.passes.ranges import Ranges
from adfun.primitives.arithmetic import ieq

Item = Var | Buffer


def hoist(function: Function) -> Function:
    """The same function with the invariant parts of its loops before them."""
    hoister = _Hoister()
    hoister.agree(function.body)
    body = hoister.block(function.body)
    return Function(function.name, function.inputs, body) if hoister.moved else function


class _Hoister:
    def __init__(self) -> None:
        self.lets: dict[Operand, Let] = {}
        self.ranges = Ranges(self.lets)
        self.moved = False
        self.uses: dict[Stmt, set[Item]] = {}
        """What a statement takes from outside of it."""
        self.movable: dict[Stmt, bool] = {}
        """Whether a statement may be executed anywhere, as often as you like."""

    def agree(self, body: Block) -> None:
        """Note the sizes that checks make equal: `simplify` has put those before everything else."""
        equal: dict[Operand, tuple[Operand, ...]] = {}
        for stmt in body.stmts:
            if isinstance(stmt, Let) and stmt.op is ieq:
                equal[stmt.var] = stmt.args
            elif isinstance(stmt, Check) and stmt.cond in equal:
                self.ranges.unite(*equal[stmt.cond])
            else:
                return

    # -- emitting ------------------------------------------------------------------------------

    def block(self, block: Block) -> Block:
        stmts: list[Stmt] = []
        for stmt in block.stmts:
            stmts += self.stmt(stmt)
        return block if not self.moved else Block(tuple(stmts), block.yields)

    def stmt(self, stmt: Stmt) -> list[Stmt]:
        """What takes the place of a statement: itself, and before it what moved out of it."""
        match stmt:
            case For():
                self.ranges.enter(stmt.index, stmt.start, stmt.stop)
                body, found = self.loop(self.block(stmt.body), inner_vars(stmt))
                if body is not stmt.body:
                    stmt = For(stmt.index, stmt.start, stmt.stop, stmt.carried, body, stmt.span)
            case Build():
                for index, size in zip(stmt.indices, stmt.buffer.shape, strict=True):
                    self.ranges.enter(index, i64(0), size)
                body, found = self.loop(self.block(stmt.body), stmt.indices)
                if body is not stmt.body:
                    stmt = Build(stmt.buffer, stmt.indices, body, stmt.span)
            case While():
                cond = self.block(stmt.cond)
                body, found = self.loop(self.block(stmt.body), inner_vars(stmt), cond)
                if body is not stmt.body or cond is not stmt.cond:
                    stmt = While(stmt.carried, cond, body, stmt.span)
            case If():
                then, orelse = self.block(stmt.then), self.block(stmt.orelse)
                found = []
                if then is not stmt.then or orelse is not stmt.orelse:
                    stmt = If(stmt.cond, then, orelse, stmt.results, stmt.span)
            case _:
                found = []
        self.learn(stmt)
        return [*found, stmt]

    def loop(self, body: Block, own: tuple[Var, ...], cond: Block | None = None) -> tuple[Block, list[Stmt]]:
        """The body of a loop without what is invariant, and that."""
        if not any(isinstance(stmt, Build | KernelCall | For | If) for stmt in body.stmts):
            return body, []
        changed = written_within(body.stmts) | (written_within(cond.stmts) if cond is not None else set())
        inside: set[Item] = {*own, *changed}
        kept: list[Stmt] = []
        found: list[Stmt] = []
        for stmt in body.stmts:
            if self.movable[stmt] and self.uses[stmt].isdisjoint(inside):
                found.append(stmt)
            else:
                kept.append(stmt)
                inside.update(defined(stmt))
        if not any(isinstance(stmt, Build | KernelCall | For | If) for stmt in found):
            return body, []
        self.moved = True
        return Block(tuple(kept), body.yields), found

    # -- facts ---------------------------------------------------------------------------------

    def learn(self, stmt: Stmt) -> None:
        """What a finished statement uses, and whether it may move."""
        uses: set[Item] = {x for x in operands(stmt) if not isinstance(x, Const)}
        uses.update(read(stmt))
        inside = blocks(stmt)
        if inside:
            uses |= self.taken(inside)
            uses.difference_update(inner_vars(stmt))
        elif isinstance(stmt, Let):
            self.lets[stmt.var] = stmt
        self.uses[stmt] = uses
        self.movable[stmt] = self.harmless(stmt)

    def taken(self, inside: tuple[Block, ...]) -> set[Item]:
        """What blocks use that they do not define."""
        uses: set[Item] = set()
        for block in inside:
            own: list[Item] = []
            uses.update(x for x in block.yields if not isinstance(x, Const))
            for stmt in block.stmts:
                uses |= self.uses[stmt]
                own += defined(stmt)
            uses.difference_update(own)
        return uses

    def harmless(self, stmt: Stmt) -> bool:
        match stmt:
            case Let():
                return True
            case Load():
                return self.ranges.safe(stmt.buffer, stmt.index)
            case KernelCall():
                sizes = stmt.kernel.agreeing
                return sizes is not None and all(x is y for x, y in sizes(stmt.inputs))
            case For() | Build() | If():
                return all(self.movable[inner] for block in blocks(stmt) for inner in block.stmts)
            case _:
                return False
