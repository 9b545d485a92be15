"""Cuts loops around a ring where an index starts again, so that neighbours lie side by side in every part.

    for j in 0..n:                            ends = 0, the least of s and n, n
      k = j - s                               for part in 0..2:
      l = k < 0 ? k + n : k           ->        d = ends[part] < s ? n - s : -s
      ... x[l] ...                              for j in ends[part]..ends[part + 1]:
                                                  ... x[j + d] ...

Of `np.roll` and of indices that count from the end; there may be several such indices.  What a loop does in
several parts it does in its old order.
"""

from __future__ import annotations

from collections.abc import Sequence

from adfun.ir.builder import Builder
from adfun.ir.nodes import (
    Accum,
    Block,
    Buffer,
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
from adfun.ir.types import F64, I64, VEC
from adfun.ir.walk import Copier, blocks, defined, fresh_params
from adfun.passes.dead import eliminate
from adfun.primitives.arithmetic import iadd, ilt, imin, ineg, isub, select
from adfun.records import dataclass

MOST = 4
"""Places at which a loop is cut."""
ZERO = i64(0)


def unwrap(function: Function) -> Function:
    """The same function without indices that start again inside of innermost loops."""
    found: dict[For, dict[Var, _Wrap]] = {}
    _search(function.body, found)
    if not found:
        return function
    copier = _Unwrapper(Builder(), found)
    yields = copier.block(function.body)
    return eliminate(Function(function.name, function.inputs, copier.builder.finish(*yields)))


@dataclass(frozen=True, slots=True)
class _Wrap:
    """index - start, or index - start + size where that is negative."""

    start: Operand
    size: Operand


def _search(block: Block, found: dict[For, dict[Var, _Wrap]]) -> None:
    for stmt in block.stmts:
        if isinstance(stmt, For):
            wraps = _wraps(stmt)
            if wraps:
                found[stmt] = wraps
        for inner in blocks(stmt):
            _search(inner, found)


def _wraps(loop: For) -> dict[Var, _Wrap]:
    """The indices of an innermost loop that start again, if it has no more of them than is worth it."""
    stmts = loop.body.stmts
    if not isinstance(loop.start, Const) or loop.start.value != 0 or isinstance(loop.stop, Const):
        return {}
    if not all(isinstance(stmt, Let | Load | Store | Accum) for stmt in stmts):
        return {}
    inside = {x for stmt in stmts for x in defined(stmt)} | {item.param for item in loop.carried}
    lets: dict[Operand, Let] = {stmt.var: stmt for stmt in stmts if isinstance(stmt, Let)}
    places: set[Operand] = set()
    for stmt in stmts:
        if isinstance(stmt, Load | Store | Accum):
            if stmt.buffer.elem is VEC:
                return {}
            if stmt.buffer.elem is F64:
                places.update(stmt.index)
    wraps = {}
    for let in lets.values():
        wrap = _wrap(let, lets, loop.index) if let.var in places else None
        if wrap is not None and wrap.start not in inside and wrap.size not in inside:
            wraps[let.var] = wrap
    return wraps if len({wrap.start for wrap in wraps.values()}) <= MOST else {}


def _wrap(let: Let, lets: dict[Operand, Let], index: Var) -> _Wrap | None:
    """What select(k < 0, k + size, k) is for k = index - start."""
    if let.op is not select or let.args[0] not in lets or let.args[1] not in lets or let.args[2] not in lets:
        return None
    test, moved, plain = (lets[x] for x in let.args)
    if test.op is not ilt or test.args != (plain.var, ZERO):
        return None
    if moved.op is not iadd or plain.var not in moved.args:
        return None
    size = moved.args[1 - moved.args.index(plain.var)]
    if plain.op is isub and plain.args[0] is index:
        return _Wrap(plain.args[1], size)
    if plain.op is iadd and index in plain.args:
        offset = plain.args[1 - plain.args.index(index)]
        if isinstance(offset, Const) and offset.value < 0:
            return _Wrap(i64(-int(offset.value)), size)
    return None


class _Unwrapper(Copier):
    def __init__(self, builder: Builder, found: dict[For, dict[Var, _Wrap]]) -> None:
        super().__init__(builder)
        self.found = found
        self.offsets: dict[Var, tuple[Var, Operand]] = {}
        """Of an index that starts again the one it is made of, and what is added to that."""

    def let(self, stmt: Let) -> None:
        if stmt.var in self.offsets:
            index, offset = self.offsets[stmt.var]
            self.env[stmt.var] = self.builder.op(iadd, self.operand(index), offset)
        else:
            super().let(stmt)

    def for_(self, stmt: For) -> None:
        wraps = self.found.get(stmt)
        if wraps is None:
            super().for_(stmt)
            return
        b, stop = self.builder, self.operand(stmt.stop)
        starts = list(dict.fromkeys(self.operand(wrap.start) for wrap in wraps.values()))
        with b.further_out((stop, *starts)):
            ends = self.ends(starts, stop)

        def part(number: Var, params: tuple[Var, ...]) -> Sequence[Operand]:
            first, last = b.load(ends, (number,)), b.load(ends, (b.op(iadd, number, i64(1)),))
            for var, wrap in wraps.items():
                start, size = self.operand(wrap.start), self.operand(wrap.size)
                before = b.op(ilt, first, start)
                offset = b.op(select, before, b.op(isub, size, start), b.op(ineg, start))
                self.offsets[var] = stmt.index, offset
            return self.loop(stmt, first, last, params)

        inits = self.operands([item.init for item in stmt.carried])
        results = b.for_loop(ZERO, i64(len(starts) + 1), inits, part)
        self.bind([item.result for item in stmt.carried], results)

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

    def loop(self, stmt: For, start: Operand, stop: Operand, inits: Sequence[Operand]) -> tuple[Var, ...]:
        """One part of a loop."""
        b = self.builder
        index, params = Var(I64, stmt.index.hint), fresh_params(stmt.carried)
        self.forget(stmt)
        with b.block("loop") as scope:
            b.declare(index, *params)
            self.env[stmt.index] = index
            self.bind([item.param for item in stmt.carried], params)
            yields = self.block(stmt.body)
        return b.close_for(index, start, stop, params, inits, scope, yields)
