"""What a statement, with everything inside it, uses and does: the facts that reordering rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from adfun.ir.nodes import (
    Accum,
    Block,
    Buffer,
    Build,
    Check,
    Const,
    For,
    Grow,
    Index,
    KernelCall,
    Let,
    Load,
    Operand,
    Stmt,
    Store,
    Var,
    i64,
)
from adfun.ir.walk import blocks, defined, inner_vars, operands, read
from adfun.passes.ranges import Ranges, shifted
from adfun.primitives.arithmetic import iadd, isub
from adfun.records import dataclass, field


@dataclass(slots=True)
class Effects:
    """What one statement does, at any depth; what it makes for itself is left out."""

    uses: set[Var | Buffer] = field(default_factory=set)
    reads: set[Buffer] = field(default_factory=set)
    stores: set[Buffer] = field(default_factory=set)
    accums: set[Buffer] = field(default_factory=set)
    checks: bool = False
    guarded: bool = False
    """Whether it must stay behind the checks before it: an index is not in range by itself."""

    def include(self, other: Effects) -> None:
        self.uses |= other.uses
        self.reads |= other.reads
        self.stores |= other.stores
        self.accums |= other.accums
        self.checks |= other.checks
        self.guarded |= other.guarded

    def conflicts(self, later: Effects) -> set[Buffer]:
        """The buffers whose contents depend on which of the two statements runs first."""
        changed, changed_later = self.stores | self.accums, later.stores | later.accums
        found = changed & (later.reads | later.stores) | changed_later & (self.reads | self.stores)
        return found


_NOTHING: set[Buffer] = set()
"""Shared by the many statements that touch no buffer; never changed."""


class Facts:
    """The effects of every statement of a function, each looked at once."""

    def __init__(self, body: Block) -> None:
        self.lets: dict[Operand, Let] = {}
        self.ranges = Ranges(self.lets)
        self.of: dict[Stmt, Effects] = {}
        for stmt in body.stmts:
            self._visit(stmt)

    def _visit(self, stmt: Stmt) -> Effects:
        effects = self.of[stmt] = self._own(stmt)
        inside = blocks(stmt)
        if inside:
            for block in inside:
                self._enclose(block, effects)
            effects.uses.difference_update(inner_vars(stmt))
        return effects

    def _own(self, stmt: Stmt) -> Effects:
        if isinstance(stmt, Let):
            self.lets[stmt.var] = stmt
            uses: set[Var | Buffer] = {x for x in stmt.args if not isinstance(x, Const)}
            return Effects(uses, _NOTHING, _NOTHING, _NOTHING)
        effects = Effects({x for x in operands(stmt) if not isinstance(x, Const)}, set(read(stmt)))
        effects.uses |= effects.reads
        match stmt:
            case Load():
                effects.guarded = not self.ranges.safe(stmt.buffer, stmt.index)
            case Store() | Accum():
                effects.uses.add(stmt.buffer)
                effects.guarded = not self.ranges.safe(stmt.buffer, stmt.index)
                (effects.stores if isinstance(stmt, Store) else effects.accums).add(stmt.buffer)
            case Grow():
                effects.uses.add(stmt.buffer)
                effects.stores.add(stmt.buffer)
            case Check():
                effects.checks = True
            case KernelCall():
                effects.guarded = True
            case For():
                self.ranges.enter(stmt.index, stmt.start, stmt.stop)
            case Build():
                for index, size in zip(stmt.indices, stmt.buffer.shape, strict=True):
                    self.ranges.enter(index, i64(0), size)
            case _:
                pass
        return effects

    def _enclose(self, block: Block, effects: Effects) -> None:
        own: list[Var | Buffer] = []
        for stmt in block.stmts:
            effects.include(self._visit(stmt))
            own += defined(stmt)
        effects.uses.update(x for x in block.yields if not isinstance(x, Const))
        effects.uses.difference_update(own)
        made = [x for x in own if isinstance(x, Buffer)]
        if made:
            for buffers in (effects.reads, effects.stores, effects.accums):
                buffers.difference_update(made)


def accesses(stmts: Iterable[Stmt]) -> dict[Buffer, list[Index | None]]:
    """Every place where buffers are read or changed, at any depth; None stands for a whole buffer."""
    found: dict[Buffer, list[Index | None]] = {}
    pending = list(stmts)
    while pending:
        stmt = pending.pop()
        match stmt:
            case Load() | Store() | Accum():
                found.setdefault(stmt.buffer, []).append(stmt.index)
            case Grow():
                found.setdefault(stmt.buffer, []).append(None)
            case _:
                for buffer in read(stmt):
                    found.setdefault(buffer, []).append(None)
        for block in blocks(stmt):
            pending.extend(block.stmts)
    return found


def moves_with(lets: Mapping[Operand, Let], operand: Operand, index: Var) -> object:
    """How an index follows a loop index, one element an iteration; None when it does not.

    Equal answers for two loops over the same range mean equal elements in equal iterations only.
    """
    base, offset = shifted(lets, operand)
    if base is index:
        return ("up", None, offset)
    let = lets.get(base) if base is not None else None
    if let is None or let.op not in (iadd, isub) or index not in let.args:
        return None
    x, y = let.args
    if x is y:
        return None
    if let.op is iadd:
        return ("up", y if x is index else x, offset)
    return ("from", y, offset) if x is index else ("down", x, offset)
