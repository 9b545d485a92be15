"""What the reverse sweep must know before it starts: which loops may run forwards, which carried
values only accumulate, which stores end the life of an earlier value."""

from __future__ import annotations

from adfun.ir.nodes import (
    Accum,
    Block,
    Buffer,
    Carried,
    Const,
    For,
    Function,
    If,
    Index,
    Let,
    Load,
    Operand,
    Stmt,
    Store,
    Var,
    While,
)
from adfun.ir.walk import blocks, defined, from_zero, operands, walk, written
from adfun.passes.activity import Items, computes
from adfun.passes.adjoint.guards import Guards
from adfun.passes.dependence import Access, Accesses
from adfun.primitives import arithmetic as a

Use = tuple[Stmt | None, int, int]
"""A use by yielding: the statement around the block, the block's number in it, the place."""

LONG = 8
"""Iterations from which on a sum is kept instead of summed up again."""


class Plan:
    """Facts about a function that is going to be reversed."""

    def __init__(self, function: Function, active: Items) -> None:
        self.active = active
        self.accesses = Accesses(function)
        self.relevant: set[Stmt] = set()
        """Statements that compute something active, at any depth."""
        self._origin: dict[Var, Stmt] = {}
        self._uses: dict[Var, list[Stmt | Use]] = {}
        self._accumulated: dict[Stmt, frozenset[Carried]] = {}
        self._forwards: dict[Stmt, bool] = {}
        self._clears: dict[Stmt, bool] = {}
        self._survey(function.body, None, 0)
        self.guarded = Guards(function.body, self.accesses, active, self.accumulated).guarded

    def _survey(self, block: Block, owner: Stmt | None, number: int) -> bool:
        found = False
        for place, value in enumerate(block.yields):
            self._note(value, (owner, number, place))
        for stmt in block.stmts:
            for operand in operands(stmt):
                self._note(operand, stmt)
            for item in defined(stmt):
                if isinstance(item, Var):
                    self._origin[item] = stmt
            inside = [self._survey(inner, stmt, k) for k, inner in enumerate(blocks(stmt))]
            if any(inside) or computes(stmt, self.active):
                self.relevant.add(stmt)
                found = True
        return found

    def _note(self, operand: Operand, use: Stmt | Use) -> None:
        if operand in self.active and isinstance(operand, Var):
            self._uses.setdefault(operand, []).append(use)

    def origin(self, operand: Operand) -> Stmt | None:
        """The statement that defines an operand."""
        return self._origin.get(operand) if isinstance(operand, Var) else None

    def is_outside(self, item: Operand | Buffer, around: Stmt) -> bool:
        """Whether an operand or buffer is known outside a loop or branch."""
        if isinstance(item, Const):
            return True
        return not any(stmt is around for stmt, _ in self.accesses.home.get(item, ()))

    def changes_active_buffers(self, around: Stmt) -> bool:
        """Whether a loop or branch stores to active buffers made outside of it."""
        inside = walk(stmt for block in blocks(around) for stmt in block.stmts)
        return any(
            buffer in self.active and self.is_outside(buffer, around)
            for stmt in inside
            for buffer in written(stmt)
        )

    # -- carried values that only accumulate ----------------------------------------------------

    def accumulated(self, loop: For | While) -> frozenset[Carried]:
        """The active carried values used for nothing but adding to them: their adjoint does not
        change from iteration to iteration, and nobody asks for their value inside the loop."""
        known = self._accumulated.get(loop)
        if known is None:
            body = 1 if isinstance(loop, While) else 0
            known = frozenset(
                c
                for place, c in enumerate(loop.carried)
                if c.param in self.active and self._adds(c.param, (loop, body, place))
            )
            self._accumulated[loop] = known
        return known

    def inner_sums(self, loop: For) -> list[tuple[For, tuple[For, ...]]]:
        """The loops inside that only sum up, and take a while, each with the loops around it within `loop`,
        which start at 0 and end where is known before."""
        found: list[tuple[For, tuple[For, ...]]] = []

        def search(block: Block, path: tuple[For, ...]) -> None:
            for stmt in block.stmts:
                if not isinstance(stmt, For):
                    continue
                if self._only_sums(stmt):
                    found.append((stmt, path))
                elif from_zero(stmt) and self.is_outside(stmt.stop, loop):
                    search(stmt.body, (*path, stmt))

        search(loop.body, ())
        return found

    def _only_sums(self, loop: For) -> bool:
        if isinstance(loop.stop, Const) and loop.stop.value < LONG:
            return False
        sums = self.accumulated(loop)
        plain = all(isinstance(stmt, Let | Load) for stmt in loop.body.stmts)
        return plain and loop in self.relevant and bool(sums) and all(c in sums for c in loop.carried)

    def _adds(self, target: Var, end: Use) -> bool:
        """Whether `target` goes through additions to the yield `end`, and nowhere else."""
        ends: set[Use] = set()
        seen: set[Var] = set()
        pending = [target]
        while pending:
            var = pending.pop()
            if var in seen:
                return False  # reached twice: not once in the sum
            seen.add(var)
            for use in self._uses.get(var, ()):
                after = self._meet(use, ends) if isinstance(use, tuple) else self._sum(use, var)
                if after is False:
                    return False
                if isinstance(after, Var):
                    if after not in self.active:
                        return False  # used for something without derivative, as in a comparison
                    pending.append(after)
        return ends == {end}

    def _meet(self, use: Use, ends: set[Use]) -> Var | bool:
        """A sum reaches a yield: where it goes on from there once both arms of an `If` yield it."""
        owner, arm, place = use
        if use in ends:
            return False
        if isinstance(owner, If) and (owner, 1 - arm, place) in ends:
            ends.remove((owner, 1 - arm, place))
            return owner.results[place]
        ends.add(use)
        return True

    def _sum(self, stmt: Stmt, var: Var) -> Var | bool:
        """What a statement makes of `var` by adding to it; False if it does anything else."""
        match stmt:
            case Let(op=a.add):
                return stmt.var
            case Let(op=a.sub, args=(x, y)) if x is var and y is not var:
                return stmt.var
            case For() | While() if var not in operands(stmt)[: -len(stmt.carried) or None]:
                carried = next(c for c in stmt.carried if c.init is var)
                return carried.result if carried in self.accumulated(stmt) else False
            case _:
                return False

    # -- the order of iterations -----------------------------------------------------------------

    def forwards(self, loop: For) -> bool:
        """Whether the adjoint of a loop may run through it from first to last: every active carried
        value only accumulates, and the adjoints of buffers do not pass from iteration to iteration."""
        known = self._forwards.get(loop)
        if known is None:
            sums = self.accumulated(loop)
            active = [c for c in loop.carried if c.param in self.active]
            known = all(c in sums for c in active) and self._independent(loop)
            self._forwards[loop] = known
        return known

    def _independent(self, loop: For) -> bool:
        touched: dict[Buffer, list[Access]] = {}
        for stmt in walk(loop.body.stmts):
            for access in self.accesses.at.get(stmt, ()):
                if self._moves_adjoint(access) and self.is_outside(access.buffer, loop):
                    touched.setdefault(access.buffer, []).append(access)
        return not any(self._entangled(loop, buffer, entries) for buffer, entries in touched.items())

    def _moves_adjoint(self, access: Access) -> bool:
        if isinstance(access.stmt, Load):
            return access.stmt.var in self.active
        return access.buffer in self.active

    def _entangled(self, loop: For, buffer: Buffer, entries: list[Access]) -> bool:
        """Whether adjoints of a buffer pass between iterations.  A reversed read adds to them, a
        reversed accumulation reads them, a reversed store reads and clears them."""
        kinds = {_effect(x) for x in entries}
        if len(kinds) == 1 and (kinds != {Store} or buffer.storage == "built"):
            return False
        return any(
            (_effect(x) is not _effect(y) or _effect(x) is Store) and self.accesses.across(loop, x, y)
            for k, x in enumerate(entries)
            for y in entries[k:]
        )

    # -- elements -------------------------------------------------------------------------------

    def clears(self, store: Store) -> bool:
        """Whether the adjoint of an element must be zeroed behind a reversed store, because an
        active value may have been stored there before."""
        known = self._clears.get(store)
        if known is None:
            second = self.accesses.at[store][0]
            known = store.buffer.storage != "built" and any(
                isinstance(x.stmt, Store | Accum)
                and x.stmt.value in self.active
                and self.accesses.may_follow(x, second)
                for x in self.accesses.writes(second)
            )
            self._clears[store] = known
        return known

    def fixed_level(self, load: Load) -> int | None:
        """The number of regions outside which the element of a load is the same element throughout;
        None if the buffer is written to in the next region."""
        access = self.accesses.at[load][0]
        home = self.accesses.home
        level = len(home.get(load.buffer, ()))
        for part in load.index:
            if not isinstance(part, Const):
                level = max(level, len(home.get(part, ())))
        around = access.path[: level + 1]
        for other in self.accesses.of.get(load.buffer, ()):
            if isinstance(other.stmt, Store | Accum) and other.path[: level + 1] == around:
                return None
        return level

    def surely_inside(self, buffer: Buffer, index: Index) -> bool:
        """Whether an index is in range whatever happens: loops over the whole axis, or constants."""
        if len(index) != buffer.rank:
            return False
        return all(self._below(i, n) for i, n in zip(index, buffer.shape, strict=True))

    def _below(self, part: Operand, size: Operand) -> bool:
        if isinstance(part, Const):
            return isinstance(size, Const) and 0 <= part.value < size.value
        loop = self.accesses.loops.get(part)
        return (
            loop is not None and isinstance(loop.start, Const) and loop.start.value >= 0 and loop.stop is size
        )


def _effect(access: Access) -> type[Load | Store | Accum]:
    """What kind of access: a kernel reads."""
    return type(access.stmt) if isinstance(access.stmt, Store | Accum) else Load
