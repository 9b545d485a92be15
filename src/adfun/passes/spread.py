"""Directions one by one: every VEC becomes as many doubles as there are directions, so that loops over
observations can run in lanes.

    dx = dX[i]; dy = vscale(p, dx)      ->      dx0 = dX[i, 0]; dy0 = mul(p, dx0); dx1 = dX[i, 1]; ...

A buffer of VEC gets one more axis instead: the last one in inputs, whose layout is the caller's; the first
one in storage, where neighbours stay neighbours.  Where the shapes of all parameters are known, they are the
directions themselves: seeds at constant indices are then known numbers, and half of a Hessian is enough.
"""

from __future__ import annotations

from collections.abc import Sequence

from adfun.ir.builder import Builder
from adfun.ir.nodes import (
    Accum,
    Alloc,
    Block,
    Buffer,
    Carried,
    Const,
    For,
    Function,
    Grow,
    If,
    Index,
    Input,
    Let,
    Load,
    Operand,
    Store,
    Var,
    While,
    f64,
    i64,
)
from adfun.ir.types import F64, LANES, VEC, Shapes
from adfun.ir.walk import Copier
from adfun.passes.dead import eliminate
from adfun.passes.directions import Directions, Known, of_vectors, places
from adfun.primitives import arithmetic as a
from adfun.primitives.loops import in_stack

Parts = tuple[Operand, ...]


def spread(function: Function, shapes: Shapes | None = None, *, directions: int = LANES) -> Function:
    """The same function without VEC, along so many directions, which may be more than `LANES`.

    With the shapes of all parameters, by name, the directions are the parameters in their order, and the
    derivative of a parameter along one that comes later is left out where it is told by a constant index.
    """
    builder = Builder()
    copier = Spread(builder, directions)
    if shapes is not None:
        copier.know(function, shapes)
    inputs = [copier.input(entry) for entry in function.inputs]
    for entry, new in zip(function.inputs, inputs, strict=True):
        if isinstance(entry.item, Var) and isinstance(new.item, Buffer):
            known = copier.seeds.get(entry.item)
            loaded = () if known else [builder.load(new.item, (i64(k),)) for k in range(directions)]
            copier.parts[entry.item] = copier.unit(known.first) if known else tuple(loaded)
    copier.stmts(function.body.stmts)
    yields = [x for y in function.body.yields for x in copier.yielded(y)]
    return eliminate(Function(function.name, tuple(inputs), builder.finish(*yields)))


class Spread(Copier):
    """Emits every statement about directions once for each."""

    def __init__(self, builder: Builder, count: int) -> None:
        super().__init__(builder)
        self.count = count
        self.parts: dict[Var, Parts] = {}
        self.flat: set[Buffer] = set()
        """The buffers that have been VEC, as they were."""
        self.last: set[Buffer] = set()
        """Those of them whose last axis the directions are."""
        self.given: set[Buffer] = set()
        """Those whose layout is the caller's."""
        self.matter: Directions | None = None
        self.seeds: dict[Var | Buffer, Known] = {}
        self.gradients: dict[Var | Buffer, Known] = {}
        """Where directions are parameters."""

    def know(self, function: Function, shapes: Shapes) -> None:
        """Let directions be the parameters."""
        self.matter = of_vectors(function, shapes)
        self.seeds, self.gradients = (places(function, shapes, role) for role in ("seed", "gradient"))

    def number(self, table: dict[Var | Buffer, Known], stmt: Load | Store | Accum) -> int | None:
        """The parameter whose place a statement names, if that is known."""
        known = table.get(stmt.buffer)
        return None if known is None else known.number(self.operands(stmt.index))

    def unit(self, number: int) -> Parts:
        """The derivatives of a parameter along all of them."""
        return tuple([f64(float(k == number)) for k in range(self.count)])

    def input(self, entry: Input) -> Input:
        """An input without VEC."""
        if isinstance(entry.item, Buffer):
            if entry.item.elem is not VEC:
                return entry
            self.given.add(entry.item)
            return Input(entry.name, entry.role, self.widened(entry.item, last=True))
        if entry.item.type is not VEC:
            return entry
        return Input(entry.name, entry.role, Buffer(F64, (i64(self.count),), "input", entry.name))

    def widened(self, buffer: Buffer, *, last: bool) -> Buffer:
        """The buffer that has the directions as a further axis; a growable one keeps its one axis."""
        sizes, count = self.operands(buffer.shape), i64(max(1, len(self.slots(buffer))))
        shape: Index = (*sizes, count) if last else (count, *sizes)
        if buffer.storage == "growable":
            shape = (self.builder.op(a.imul, *shape),)
        new = self.buffers[buffer] = Buffer(F64, shape, buffer.storage, buffer.hint)
        self.flat.add(buffer)
        if last:
            self.last.add(buffer)
        return new

    def kept(self, *items: Operand | Buffer) -> Sequence[int]:
        """The directions in which a VEC, or one of several that are one value, is more than a known zero."""
        if self.matter is None:
            return range(self.count)
        bits = self.matter.of(items)
        return [k for k in range(self.count) if bits >> k & 1]

    def slots(self, buffer: Buffer) -> Sequence[int]:
        """The directions that a buffer has room for: all, where its layout is the caller's."""
        return range(self.count) if buffer in self.given else self.kept(buffer)

    def filled(self, directions: Sequence[int], values: Sequence[Operand]) -> Parts:
        """Known zeros in all directions but these."""
        given = dict(zip(directions, values, strict=True))
        return tuple([given.get(k, a.ZERO) for k in range(self.count)])

    def of(self, operand: Operand) -> Parts:
        """The directions of a VEC."""
        assert isinstance(operand, Var)
        return self.parts[operand]

    def yielded(self, operand: Operand, *to: Var) -> Parts:
        """What a value has become: one, or one for each direction that is kept of what it becomes next."""
        if operand.type is not VEC:
            return (self.operand(operand),)
        parts = self.of(operand)
        return tuple([parts[k] for k in self.kept(*to)]) if to else parts

    # -- scalars -------------------------------------------------------------------------------

    def let(self, stmt: Let) -> None:
        if stmt.op is a.vlane:
            vector, lane = stmt.args
            assert isinstance(lane, Const)
            k = int(lane.value)
            self.env[stmt.var] = self.of(vector)[k] if k < self.count else a.ZERO
        elif stmt.var.type is VEC:
            directions = self.kept(stmt.var)
            self.parts[stmt.var] = self.filled(directions, self.applied(stmt, directions))
        else:
            super().let(stmt)

    def applied(self, stmt: Let, directions: Sequence[int]) -> Parts:
        """A primitive of VEC, direction by direction."""
        args = stmt.args
        if stmt.op is a.vsplat:
            return (self.operand(args[0]),) * len(directions)
        if stmt.op is a.vput:
            lane = args[1]
            assert isinstance(lane, Const)
            put, parts = int(lane.value), self.of(args[0])
            return tuple([self.operand(args[2]) if k == put else parts[k] for k in directions])
        given = [self.of(x) if x.type is VEC else (self.operand(x),) * self.count for x in args]
        return tuple([self.one(stmt, tuple([parts[k] for parts in given])) for k in directions])

    def one(self, stmt: Let, x: Parts) -> Operand:
        """A direction that is known to be 0 takes no work."""
        b, op = self.builder, stmt.op
        if op in (a.vadd, a.vsub):
            if a.is_zero(x[1]):
                return x[0]
            if a.is_zero(x[0]):
                return x[1] if op is a.vadd else b.op(a.neg, x[1])
            return b.op(a.add if op is a.vadd else a.sub, *x)
        if op is a.vneg:
            return x[0] if a.is_zero(x[0]) else b.op(a.neg, x[0])
        if op in (a.vscale, a.vscale0):
            if a.is_zero(x[1]):
                return x[1]
            return b.op(a.mul if op is a.vscale else a.mul0, *x)
        if op is a.vmul0:
            return x[0] if a.is_zero(x[0]) else b.op(a.mul0, *x)
        assert op is a.select, op.name
        return b.op(a.select, *x)

    # -- buffers -------------------------------------------------------------------------------

    def place(self, buffer: Buffer, index: Index, k: int) -> Index:
        """The index of a direction."""
        new, wide, last, slots = (
            self.operands(index),
            self.buffer(buffer),
            buffer in self.last,
            self.slots(buffer),
        )
        slot = slots.index(k)
        b = self.builder
        if not last:
            return in_stack(b, wide, (i64(slot),), new)
        if len(index) == buffer.rank and buffer.storage != "growable":
            return (*new, i64(slot))
        return (b.op(a.iadd, b.op(a.imul, new[0], i64(len(slots))), i64(slot)),)

    def load(self, stmt: Load) -> None:
        if stmt.buffer not in self.flat:
            super().load(stmt)
            return
        number = self.number(self.seeds, stmt)
        if number is not None:
            self.parts[stmt.var] = self.unit(number)
            return
        new, directions = self.buffer(stmt.buffer), self.kept(stmt.var)
        places = [self.place(stmt.buffer, stmt.index, k) for k in directions]
        loaded = [self.builder.load(new, place, stmt.var.hint) for place in places]
        self.parts[stmt.var] = self.filled(directions, loaded)

    def stored(self, stmt: Store | Accum) -> list[tuple[int, Operand]]:
        """The directions that are stored: of the derivative of parameter j, none after j."""
        number, parts = self.number(self.gradients, stmt), self.of(stmt.value)
        return [(k, parts[k]) for k in self.slots(stmt.buffer) if number is None or k <= number]

    def store(self, stmt: Store) -> None:
        if stmt.buffer not in self.flat:
            super().store(stmt)
            return
        for k, value in self.stored(stmt):
            self.builder.store(self.buffer(stmt.buffer), self.place(stmt.buffer, stmt.index, k), value)

    def accum(self, stmt: Accum) -> None:
        if stmt.buffer not in self.flat:
            super().accum(stmt)
            return
        for k, value in self.stored(stmt):
            if not a.is_zero(value):
                self.builder.accum(self.buffer(stmt.buffer), self.place(stmt.buffer, stmt.index, k), value)

    def alloc(self, stmt: Alloc) -> None:
        if stmt.buffer.elem is not VEC:
            super().alloc(stmt)
            return
        new = self.widened(stmt.buffer, last=stmt.buffer.storage == "growable")
        self.builder.declare(new)
        self.builder.emit(Alloc(new, stmt.zero, stmt.span))

    def grow(self, stmt: Grow) -> None:
        size = self.operand(stmt.size)
        if stmt.buffer in self.flat:
            size = self.builder.op(a.imul, size, i64(max(1, len(self.slots(stmt.buffer)))))
        self.builder.grow(self.buffer(stmt.buffer), size)

    # -- control flow --------------------------------------------------------------------------

    def take(self, olds: Sequence[tuple[Var, ...]], news: Sequence[Operand]) -> None:
        """From now on the first of each of these stands for new ones, in turn; all are one value."""
        left = list(news)
        for same in olds:
            old = same[0]
            if old.type is VEC:
                directions = self.kept(*same)
                values, left = left[: len(directions)], left[len(directions) :]
                self.parts[old] = self.filled(directions, values)
            else:
                self.env[old] = left.pop(0)

    def all_yielded(self, block: Block, to: Sequence[tuple[Var, ...]]) -> list[Operand]:
        """Emit a block; what it yields to these."""
        self.stmts(block.stmts)
        return [x for y, same in zip(block.yields, to, strict=True) for x in self.yielded(y, *same)]

    def inits(self, carried: Sequence[Carried]) -> list[Operand]:
        return [x for c in carried for x in self.yielded(c.init, c.param, c.result)]

    def for_(self, stmt: For) -> None:
        params = [(c.param, c.result) for c in stmt.carried]

        def body(index: Var, given: tuple[Var, ...]) -> list[Operand]:
            self.env[stmt.index] = index
            self.take(params, given)
            return self.all_yielded(stmt.body, params)

        start, stop = self.operand(stmt.start), self.operand(stmt.stop)
        results = self.builder.for_loop(start, stop, self.inits(stmt.carried), body, hint=stmt.index.hint)
        self.take([(c.result, c.param) for c in stmt.carried], results)

    def while_(self, stmt: While) -> None:
        params = [(c.param, c.result) for c in stmt.carried]

        def cond(given: tuple[Var, ...]) -> Operand:
            self.take(params, given)
            self.stmts(stmt.cond.stmts)
            return self.operand(stmt.cond.yields[0])

        def body(given: tuple[Var, ...]) -> list[Operand]:
            self.take(params, given)
            return self.all_yielded(stmt.body, params)

        results = self.builder.while_loop(self.inits(stmt.carried), cond, body)
        self.take([(c.result, c.param) for c in stmt.carried], results)

    def if_(self, stmt: If) -> None:
        to = [(result,) for result in stmt.results]
        results = self.builder.if_else(
            self.operand(stmt.cond),
            lambda: self.all_yielded(stmt.then, to),
            lambda: self.all_yielded(stmt.orelse, to),
        )
        self.take(to, results)
