"""Cuts loops around a ring where an index starts again, so that neighbours lie side by side in every part.

    for j in 0..n:                            ends = 0, the least of s and n, n
      k = j - s                               for part in 0..2:
      l = k < 0 ? k + n : k           ->        d = ends[part] < s ? n - s : -s
      ... x[l] ...                              for j in ends[part]..ends[part + 1]:
                                                  ... x[j + d] ...

Of `np.roll`, of indices that count from the end, and of `(j + 1) % n`; there may be several of them.  Sums
into neighbours get loops of their own, and what they add is stored for these: else each waits for the stores
of the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adfun.ir.builder import Builder
from adfun.ir.nodes import (
    Accum,
    Buffer,
    Carried,
    Const,
    For,
    Function,
    Let,
    Load,
    Operand,
    Store,
    Var,
    i64,
)
from adfun.ir.rows import Primitive
from adfun.ir.types import F64, I64, VEC
from adfun.ir.walk import Copier, defined, from_zero, walk
from adfun.passes.dead import eliminate
from adfun.passes.timing import Timing
from adfun.primitives.arithmetic import iadd, ilt, imax, imin, imod, ineg, isub, select
from adfun.records import dataclass

MOST = 4
"""Places at which a loop is cut."""
SLOW = 10
"""Cycles of other indices from which on these are better tabulated for whole loops."""
ZERO = i64(0)


def unwrap(function: Function) -> Function:
    """The same function without indices that start again inside of innermost loops.

    Only where what parameters decide is read or changed there: the rest is done once, when data are bound.
    """
    found = {loop: wraps for loop, wraps in _candidates(function) if wraps}
    if found:
        timing = Timing(function)
        found = {loop: wraps for loop, wraps in found.items() if _is_late(loop, wraps, timing)}
    if not found:
        return function
    copier = _Unwrapper(Builder(), found)
    yields = copier.block(function.body)
    return eliminate(Function(function.name, function.inputs, copier.builder.finish(*yields)))


@dataclass(frozen=True, slots=True)
class _Wrap:
    """An index that starts again.

    op     select: index - by, or index - by + size where that is negative; imod: (index + by) % size
    """

    op: Primitive
    by: Operand
    size: Operand


def _candidates(function: Function) -> Iterator[tuple[For, dict[Var, _Wrap]]]:
    for stmt in walk(function.body.stmts):
        if isinstance(stmt, For):
            yield stmt, _wraps(stmt)


def _is_late(loop: For, wraps: dict[Var, _Wrap], timing: Timing) -> bool:
    """Whether such an index is one into what parameters decide."""
    accesses = (stmt for stmt in loop.body.stmts if isinstance(stmt, Load | Store | Accum))
    late = (s for s in accesses if s.buffer.elem is F64 and timing.is_late((s.buffer,)))
    return any(x in wraps for stmt in late for x in stmt.index)


def _wraps(loop: For) -> dict[Var, _Wrap]:
    """The indices of an innermost loop that start again, if it has no more of them than is worth it."""
    stmts = loop.body.stmts
    if not from_zero(loop) or isinstance(loop.stop, Const):
        return {}
    if not all(isinstance(stmt, Let | Load | Store | Accum) for stmt in stmts):
        return {}
    if any(isinstance(stmt, Load | Store | Accum) and stmt.buffer.elem is VEC for stmt in stmts):
        return {}
    inside = {x for stmt in stmts for x in defined(stmt)} | {item.param for item in loop.carried}
    lets: dict[Operand, Let] = {stmt.var: stmt for stmt in stmts if isinstance(stmt, Let)}
    wraps = {}
    for let in lets.values():
        wrap = _wrap(let, lets, loop)
        if wrap is not None and wrap.by not in inside and wrap.size not in inside:
            wraps[let.var] = wrap
    slow = any(let.var.type is I64 and let.op.cost >= SLOW and let.var not in wraps for let in lets.values())
    return wraps if len(set(wraps.values())) <= MOST and not slow else {}


def _wrap(let: Let, lets: dict[Operand, Let], loop: For) -> _Wrap | None:
    """What an index is, if it starts again."""
    index = loop.index
    if let.op is imod and let.args[1] is loop.stop:
        moved = lets.get(let.args[0])
        if moved is not None and moved.op is iadd and index in moved.args:
            return _Wrap(imod, moved.args[1 - moved.args.index(index)], loop.stop)
    if let.op is not select or let.args[0] not in lets or let.args[1] not in lets or let.args[2] not in lets:
        return None
    test, moved, plain = (lets[x] for x in let.args)
    if test.op is not ilt or test.args != (plain.var, ZERO):
        return None
    if moved.op is not iadd or plain.var not in moved.args:
        return None
    size = moved.args[1 - moved.args.index(plain.var)]
    if plain.op is isub and plain.args[0] is index:
        return _Wrap(select, plain.args[1], size)
    if plain.op is iadd and index in plain.args:
        offset = plain.args[1 - plain.args.index(index)]
        if isinstance(offset, Const) and offset.value < 0:
            return _Wrap(select, i64(-int(offset.value)), size)
    return None


def _apart(loop: For, wraps: dict[Var, _Wrap]) -> list[Accum]:
    """The sums that get loops of their own: those whose places another sum passes, too.

    None where their order shows: in what the loop reads, or stores in the same buffers.
    """
    stmts = loop.body.stmts
    summed = {stmt.buffer for stmt in stmts if isinstance(stmt, Accum)}
    if any(isinstance(stmt, Load | Store) and stmt.buffer in summed for stmt in stmts):
        return []
    found = []
    seen: set[tuple[Buffer, tuple[Operand | None, ...]]] = set()
    for stmt in stmts:
        if isinstance(stmt, Accum):
            place = stmt.buffer, tuple(None if x in wraps or x is loop.index else x for x in stmt.index)
            if place in seen and stmt.buffer.elem is F64:
                found.append(stmt)
            seen.add(place)
    return found


class _Unwrapper(Copier):
    def __init__(self, builder: Builder, found: dict[For, dict[Var, _Wrap]]) -> None:
        super().__init__(builder)
        self.found = found
        self.index: Operand = ZERO
        """The index of the loop that is cut."""
        self.offsets: dict[Var, Operand] = {}
        """What is added to the loop's index where another one started again."""
        self.terms: dict[Accum, Buffer] = {}
        """What sums that get loops of their own add."""

    def let(self, stmt: Let) -> None:
        if stmt.var in self.offsets:
            self.env[stmt.var] = self.builder.op(iadd, self.operand(self.index), self.offsets[stmt.var])
        else:
            super().let(stmt)

    def accum(self, stmt: Accum) -> None:
        if stmt in self.terms:
            self.builder.store(self.terms[stmt], (self.operand(self.index),), self.operand(stmt.value))
        else:
            super().accum(stmt)

    def for_(self, stmt: For) -> None:
        wraps = self.found.get(stmt)
        if wraps is None:
            super().for_(stmt)
            return
        b, stop = self.builder, self.operand(stmt.stop)
        needed = [self.operand(x) for wrap in wraps.values() for x in (wrap.by, wrap.size)]
        with b.further_out((stop, *needed)):
            cuts = {var: self.cut(wrap) for var, wrap in wraps.items()}
            starts = list(dict.fromkeys(start for start, _, _ in cuts.values()))
            ends = self.ends(starts, stop)
        apart = _apart(stmt, wraps)
        for accum in apart:
            self.terms[accum] = b.alloc(F64, (b.op(imax, stop, ZERO),), zero=False, hint="terms")
        self.index = stmt.index

        def part(number: Var, params: tuple[Var, ...]) -> Sequence[Operand]:
            first, last = b.load(ends, (number,)), b.load(ends, (b.op(iadd, number, i64(1)),))
            for var, (start, before, after) in cuts.items():
                self.offsets[var] = b.op(select, b.op(ilt, first, start), before, after)
            results = self.loop(stmt, first, last, params)
            for accum in apart:
                self.add(stmt, accum, first, last)
            return results

        inits = self.operands([item.init for item in stmt.carried])
        results = b.for_loop(ZERO, i64(len(starts) + 1), inits, part)
        self.bind([item.result for item in stmt.carried], results)

    def cut(self, wrap: _Wrap) -> tuple[Operand, Operand, Operand]:
        """Where an index starts again, and what is added to the loop's before and after that."""
        b, by, size = self.builder, self.operand(wrap.by), self.operand(wrap.size)
        if wrap.op is select:
            return by, b.op(isub, size, by), b.op(ineg, by)
        by = b.op(imod, by, size)
        return b.op(isub, size, by), by, b.op(isub, by, size)

    def ends(self, starts: Sequence[Operand], stop: Operand) -> Buffer:
        """Where the parts of a loop begin and end: 0, where each index starts again, in order, `stop`."""
        b = self.builder
        ends = b.alloc(I64, (i64(len(starts) + 2),), zero=False, hint="ends")
        end: Operand = ZERO
        for number in range(len(starts) + 1):
            b.store(ends, (i64(number),), end)
            following = [b.op(select, b.op(ilt, end, x), b.op(imin, x, stop), stop) for x in starts]
            end = following[0]
            for other in following[1:]:
                end = b.op(imin, end, other)
        b.store(ends, (i64(len(starts) + 1),), stop)
        return ends

    def add(self, stmt: For, accum: Accum, start: Operand, stop: Operand) -> None:
        """A loop of its own for a sum."""
        b = self.builder

        def term(index: Var, _: tuple[Var, ...]) -> Sequence[Operand]:
            self.env[stmt.index] = index
            for x in accum.index:
                if isinstance(x, Var) and x in self.offsets:
                    self.env[x] = b.op(iadd, index, self.offsets[x])
            value = b.load(self.terms[accum], (index,))
            b.accum(self.buffer(accum.buffer), self.operands(accum.index), value)
            return ()

        b.for_loop(start, stop, (), term)

    def loop(self, stmt: For, start: Operand, stop: Operand, inits: Sequence[Operand]) -> Sequence[Operand]:
        """One part of a loop."""
        carried = [Carried(c.param, init, c.result) for c, init in zip(stmt.carried, inits, strict=True)]
        super().for_(For(stmt.index, start, stop, tuple(carried), stmt.body, stmt.span))
        return self.operands([c.result for c in stmt.carried])
