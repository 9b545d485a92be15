"""Forward mode: every value that depends on a parameter gets its derivative along a direction.

    fn(x) { y = sin x; yields y }
    fn(x, d_x) { y = sin x; c = cos x; dy = c * d_x; yields y, dy }

With `lanes` a derivative is a VEC, `LANES` directions at once, of which only the first few may be asked for.
Loops carry the tangents of what they carry, buffers get a tangent buffer beside them, kernels have a rule of
their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from adfun.ir.builder import Builder
from adfun.ir.nodes import (
    Accum,
    Alloc,
    Block,
    Buffer,
    Build,
    Carried,
    Const,
    For,
    Function,
    Grow,
    If,
    Index,
    Input,
    KernelCall,
    Let,
    Load,
    Operand,
    Store,
    Var,
    While,
    i64,
)
from adfun.ir.types import F64, I64, LANES, VEC, Shapes, Type
from adfun.ir.walk import Copier, fresh_params
from adfun.passes.activity import Items, varied
from adfun.passes.directions import Directions, of_gradient
from adfun.passes.rules import added, scaled, subtracted, times, zero_of
from adfun.primitives import arithmetic as a
from adfun.primitives.identities import applied
from adfun.primitives.loops import filled, in_stack, over
from adfun.primitives.stacks import LAST, STACKED
from adfun.records import dataclass

Buffers = tuple[Buffer | None, ...]


def tangent(
    function: Function,
    *,
    lanes: bool = False,
    directions: int = LANES,
    shapes: Shapes | None = None,
    apart: bool = False,
    last: bool = False,
) -> Function:
    """The function that also returns its derivative along a direction, or along the first few of `LANES`.

    New inputs of role `seed`, one per param input and shaped like it; the yields are followed by
    the tangents of the f64 yields; every gradient or output buffer of floats gets a further
    `gradient` buffer for its tangent.  Of a gradient, `shapes` say that directions are parameters: then what
    is zero along some of them, or of no use (see `passes/directions.py`), may be left out.  `apart`: the
    tangents of what kernels make stay stacks of arrays, for `passes/spread.py`.  `last`: the result is not
    differentiated again, as none with lanes is.
    """
    elem = VEC if lanes else F64
    order = 1 + max((_order(entry.name) for entry in function.inputs if entry.role == "seed"), default=0)
    seeds = [(e, _beside(e, elem, order, "seed")) for e in function.inputs if e.role == "param"]
    outputs = [
        (e, _beside(e, elem, order, "gradient"))
        for e in function.inputs
        if e.role in ("gradient", "output") and isinstance(e.item, Buffer) and e.item.elem is F64
    ]
    builder = Builder()
    matter = None if shapes is None else of_gradient(function, shapes)
    copier = Tangent(builder, elem, varied(function), directions, matter, apart, last)
    for entry, seed in seeds + outputs:
        copier.seed(entry.item, seed.item)
    values = copier.block(function.body)
    tangents = [copier.tangent_or_zero(y) for y in function.body.yields if y.type is F64]
    inputs = (*function.inputs, *(s for _, s in seeds), *(g for _, g in outputs))
    return Function(function.name, inputs, builder.finish(*values, *tangents))


def _order(seed_name: str) -> int:
    digits = seed_name.split("_", 1)[0][1:]
    return int(digits) if digits.isdigit() else 1


def _beside(entry: Input, elem: Type, order: int, role: str) -> Input:
    name = f"d{order if order > 1 else ''}_{entry.name}"
    if isinstance(entry.item, Var):
        return Input(name, "seed", Var(elem, name))
    storage = entry.item.storage
    buffer = Buffer(elem, entry.item.shape, storage, name)
    return Input(name, "seed" if role == "seed" else "gradient", buffer)


@dataclass(frozen=True, slots=True)
class Stack:
    """Arrays of f64 for some lanes, one after the other."""

    buffer: Buffer
    lanes: range


class Tangent(Copier):
    """Emits every statement followed by its derivative."""

    def __init__(
        self,
        builder: Builder,
        elem: Type,
        active: Items,
        directions: int = LANES,
        matter: Directions | None = None,
        apart: bool = False,
        last: bool = False,
        again: bool = False,
    ) -> None:
        """`again`: the tangents, vectors, are differentiated; what divides them is no factor then."""
        super().__init__(builder)
        self.elem = elem
        self.directions = directions
        self.matter = matter
        self.active = active
        self.zero: Operand = builder.op(a.vsplat, a.ZERO) if elem is VEC else a.ZERO
        self.tangents: dict[Var, Operand] = {}
        self.tangent_buffers: dict[Buffer, Buffer] = {}
        self.again = again
        self.apart = apart
        self.last = last
        self.stacks: dict[Buffer, Stack] = {}
        """The tangents of buffers that kernels made, in place of a buffer of VEC."""

    def seed(self, item: Var | Buffer, direction: Operand | Buffer) -> None:
        """Give an input its tangent."""
        if isinstance(item, Var) and not isinstance(direction, Buffer):
            self.tangents[item] = direction
        elif isinstance(item, Buffer) and isinstance(direction, Buffer):
            self.tangent_buffers[item] = direction

    def tangent(self, old: Operand) -> Operand | None:
        """The derivative of an operand of the original function; None when it is zero."""
        return self.tangents.get(old) if isinstance(old, Var) else None

    def tangent_or_zero(self, old: Operand) -> Operand:
        found = self.tangent(old)
        if found is None:
            return zero_of(self.builder, old) if old.type is VEC else self.zero
        return found

    # -- scalars -------------------------------------------------------------------------------

    def let(self, stmt: Let) -> None:
        super().let(stmt)
        if stmt.var in self.active:
            self.chain(stmt)

    def primal(self, stmt: Let | Load) -> None:
        """Emit a statement of plain code without its tangent."""
        if isinstance(stmt, Let):
            super().let(stmt)
        else:
            super().load(stmt)

    def follow(self, stmt: Let | Load) -> None:
        """Emit the tangent alone."""
        if isinstance(stmt, Let):
            self.chain(stmt)
        else:
            self.load_beside(stmt)

    def chain(self, stmt: Let) -> None:
        """Emit the tangent of a primitive application."""
        result = self._select(stmt) if stmt.op is a.select else self._chain(stmt)
        if result is not None:
            self.tangents[stmt.var] = result

    def _select(self, stmt: Let) -> Operand | None:
        if all(self.tangent(x) is None for x in stmt.args[1:]):
            return None
        yes, no = (self.tangent_or_zero(x) for x in stmt.args[1:])
        return self.builder.op(a.select, self.operand(stmt.args[0]), yes, no)

    def _chain(self, stmt: Let) -> Operand | None:
        b, args, value = self.builder, self.operands(stmt.args), self.env[stmt.var]
        if stmt.op in (a.mul0, a.vmul0, a.vscale0):
            return self._product0(stmt)
        if stmt.op in (a.vsplat, a.vlane, a.vput):
            return self._lanes_moved(stmt)
        if stmt.op is a.vdiv0 or (stmt.op is a.div and self.again):
            return self._quotient(stmt)
        total: Operand | None = None
        for old, partial in zip(stmt.args, stmt.op.partials, strict=True):
            direction = self.tangent(old)
            if direction is not None and partial is not None:
                term = self._term(direction, partial(b, args, value), stmt.op.singular)
                total = added(b, total, term)
        return total

    def _term(self, direction: Operand, partial: Operand, singular: bool) -> Operand | None:
        inverse = applied(self.builder, partial, a.div) if self.again else None
        if inverse is None or not isinstance(inverse[0], Const):
            return scaled(self.builder, direction, partial, singular)
        above = scaled(self.builder, direction, inverse[0], False)
        return None if above is None else self.builder.op(a.vdiv0, above, inverse[1])

    def _quotient(self, stmt: Let) -> Operand | None:
        """q = x / y; q' = (x' - q y') / y: of this the derivative is as short again."""
        b, value, divisor = self.builder, self.env[stmt.var], self.operand(stmt.args[1])
        dx, dy = (self.tangent(x) for x in stmt.args)
        above = subtracted(b, dx, None if dy is None else times(b, dy, value, True))
        return None if above is None else b.op(a.vdiv0, above, divisor)

    def _product0(self, stmt: Let) -> Operand | None:
        """mul0(a, p)' = mul0(a', p) + mul0(a, p'): zero whenever a and a' are."""
        b, (x, p) = self.builder, self.operands(stmt.args)
        dx, dp = self.tangent(stmt.args[0]), self.tangent(stmt.args[1])
        first = None if dx is None else scaled(b, dx, p, True)
        return first if dp is None else added(b, first, times(b, x, dp, True))

    def _lanes_moved(self, stmt: Let) -> Operand | None:
        """Along vectors of directions, each lane of a VEC has its derivative along its own."""
        b, args, first = self.builder, self.operands(stmt.args), self.tangent(stmt.args[0])
        if stmt.op is a.vsplat:
            return first if first is None or first.type is VEC else b.op(a.vsplat, first)
        if stmt.op is a.vlane:
            assert self.elem is not VEC, "a lane of its own has no derivatives along the other ones"
            return None if first is None else b.op(a.vlane, first, args[1])
        one = self.tangent_or_zero(stmt.args[2])
        one = b.op(a.vlane, one, args[1]) if one.type is VEC else one
        return b.op(a.vput, self.tangent_or_zero(stmt.args[0]), args[1], one)

    # -- buffers -------------------------------------------------------------------------------

    def load(self, stmt: Load) -> None:
        super().load(stmt)
        if stmt.var in self.active:
            self.load_beside(stmt)

    def load_beside(self, stmt: Load) -> None:
        """Emit the tangent of what is loaded."""
        beside, stack = self.tangent_buffers.get(stmt.buffer), self.stacks.get(stmt.buffer)
        if beside is not None:
            self.tangents[stmt.var] = self.builder.load(beside, self.operands(stmt.index))
        elif stack is not None:
            self.tangents[stmt.var] = _vector(self.builder, stack, self.operands(stmt.index))

    def store(self, stmt: Store) -> None:
        super().store(stmt)
        beside = self.tangent_buffers.get(stmt.buffer)
        if beside is not None:
            self.builder.store(beside, self.operands(stmt.index), self.tangent_or_zero(stmt.value))

    def accum(self, stmt: Accum) -> None:
        super().accum(stmt)
        beside, direction = self.tangent_buffers.get(stmt.buffer), self.tangent(stmt.value)
        if beside is not None and direction is not None:
            self.builder.accum(beside, self.operands(stmt.index), direction)

    def grow(self, stmt: Grow) -> None:
        super().grow(stmt)
        beside = self.tangent_buffers.get(stmt.buffer)
        if beside is not None:
            self.builder.grow(beside, self.operand(stmt.size))

    def alloc(self, stmt: Alloc) -> None:
        super().alloc(stmt)
        if stmt.buffer in self.active:
            beside = self._beside(stmt.buffer)
            self.builder.declare(beside)
            self.builder.emit(Alloc(beside, stmt.zero, stmt.span))

    def build(self, stmt: Build) -> None:
        super().build(stmt)
        if stmt.buffer not in self.active:
            return
        indices = tuple([Var(I64, v.hint) for v in stmt.indices])
        with self.builder.block("loop") as scope:
            self.builder.declare(*indices)
            self.bind(stmt.indices, indices)
            self.block(stmt.body)
            direction = self.tangent_or_zero(stmt.body.yields[0])
        beside = self._beside(stmt.buffer)
        self.builder.declare(beside)
        self.builder.emit(Build(beside, indices, Block(tuple(scope.stmts), (direction,)), stmt.span))

    def _beside(self, old: Buffer) -> Buffer:
        storage, elem = old.storage, VEC if old.elem is VEC else self.elem
        beside = Buffer(elem, self.buffer(old).shape, storage, f"d_{old.hint}")
        self.tangent_buffers[old] = beside
        return beside

    # -- control flow --------------------------------------------------------------------------

    def _carried(self, carried: Sequence[Carried]) -> tuple[list[Carried], list[Operand], tuple[Var, ...]]:
        """The carried values that have tangents, all initial values, all parameters."""
        moving = [c for c in carried if c.param in self.active]
        inits = [*self.operands([c.init for c in carried]), *(self.tangent_or_zero(c.init) for c in moving)]
        types = [VEC if c.param.type is VEC else self.elem for c in moving]
        beside = [Var(type, f"d_{c.param.hint}") for type, c in zip(types, moving, strict=True)]
        params = fresh_params(carried)
        self.bind([c.param for c in carried], params)
        self.tangents.update(zip([c.param for c in moving], beside, strict=True))
        return moving, inits, (*params, *beside)

    def _after(self, carried: Sequence[Carried], moving: list[Carried], results: Iterable[Var]) -> None:
        new = list(results)
        self.bind([c.result for c in carried], new[: len(carried)])
        self.tangents.update(zip([c.result for c in moving], new[len(carried) :], strict=True))

    def next_values(self, carried: Sequence[Carried], moving: list[Carried], body: Block) -> list[Operand]:
        """Emit a loop body; what it hands to the next iteration."""
        yields = list(self.block(body))
        after = dict(zip([c.param for c in carried], body.yields, strict=True))
        return yields + [self.tangent_or_zero(after[c.param]) for c in moving]

    def for_(self, stmt: For) -> None:
        b = self.builder
        start, stop = self.operand(stmt.start), self.operand(stmt.stop)
        moving, inits, params = self._carried(stmt.carried)
        index = Var(I64, stmt.index.hint)
        with b.block("loop") as scope:
            b.declare(index, *params)
            self.env[stmt.index] = index
            yields = self.next_values(stmt.carried, moving, stmt.body)
        b.span = stmt.span
        results = b.close_for(index, start, stop, params, inits, scope, yields)
        self._after(stmt.carried, moving, results)

    def while_(self, stmt: While) -> None:
        b = self.builder
        moving, inits, params = self._carried(stmt.carried)
        with b.block("arm") as test:
            b.declare(*params)
            (go_on,) = self.block(stmt.cond)
        with b.block("arm") as scope:
            b.declare(*params)
            yields = self.next_values(stmt.carried, moving, stmt.body)
        b.span = stmt.span
        results = b.close_while(params, inits, test, go_on, scope, yields)
        self._after(stmt.carried, moving, results)

    def if_(self, stmt: If) -> None:
        moving = [k for k, result in enumerate(stmt.results) if result in self.active]

        def arm(block: Block) -> list[Operand]:
            values = self.block(block)
            return [*values, *(self.tangent_or_zero(block.yields[k]) for k in moving)]

        values = self.builder.if_else(
            self.operand(stmt.cond), lambda: arm(stmt.then), lambda: arm(stmt.orelse)
        )
        count = len(stmt.results)
        self.bind(stmt.results, values[:count])
        self.tangents.update(zip([stmt.results[k] for k in moving], values[count:], strict=True))

    # -- kernels -------------------------------------------------------------------------------

    def call(self, stmt: KernelCall) -> None:
        super().call(stmt)
        rule = stmt.kernel.tangent
        if rule is None or not any(x in self.active for x in stmt.outputs):
            return
        call = self.builder.scopes[-1].stmts[-1]
        assert isinstance(call, KernelCall)
        if self.elem is VEC:
            self._call_in_lanes(stmt, call, self._lanes(stmt))
            return
        beside = tuple([self.tangent_buffers.get(x) if isinstance(x, Buffer) else None for x in stmt.inputs])
        rule = LAST.get(stmt.kernel, rule) if self.last else rule
        for old, new in zip(stmt.outputs, rule(self.builder, call, beside), strict=True):
            if isinstance(old, Buffer) and new is not None:
                self.tangent_buffers[old] = new

    def _lanes(self, stmt: KernelCall) -> range:
        """The lanes in which a kernel's derivative matters."""
        if self.matter is None:
            return range(self.directions)
        bits = self.matter.of(stmt.outputs)
        return range((bits & -bits).bit_length() - 1, bits.bit_length()) if bits else range(0)

    def _call_in_lanes(self, stmt: KernelCall, call: KernelCall, lanes: range) -> None:
        """The rule for stacks of directions, or the one for f64 in one lane after the other."""
        b = self.builder
        if not lanes:
            return
        given = tuple([self._stack(x, lanes) if isinstance(x, Buffer) else None for x in stmt.inputs])
        rule = STACKED.get(call.kernel)
        made = self._call_by_lane(call, given, lanes) if rule is None else rule(b, call, given)
        for old, new in zip(stmt.outputs, made, strict=True):
            if isinstance(old, Buffer) and new is not None:
                if self.apart:
                    self.stacks[old] = Stack(new, lanes)
                else:
                    self.tangent_buffers[old] = _together(b, Stack(new, lanes))

    def _stack(self, old: Buffer, lanes: range) -> Buffer | None:
        """The tangents of a buffer in some lanes."""
        stack, beside = self.stacks.get(old), self.tangent_buffers.get(old)
        if stack is not None and stack.lanes == lanes:
            return stack.buffer
        if stack is not None:
            beside = _together(self.builder, stack)
        return None if beside is None else _apart(self.builder, beside, lanes)

    def _call_by_lane(self, call: KernelCall, apart: Buffers, lanes: range) -> Buffers:
        """Stacks of tangents by a rule that knows of one direction only."""
        b, rule, count = self.builder, call.kernel.tangent, i64(len(lanes))
        assert rule is not None
        made = [
            b.alloc(F64, (count, *x.shape), zero=True, hint=x.hint)
            if isinstance(x, Buffer) and x.elem is F64
            else None
            for x in call.outputs
        ]

        def one_lane(lane: Var, _: tuple[Var, ...]) -> Sequence[Operand]:
            given = tuple([None if x is None else _lane(b, x, lane) for x in apart])
            for target, result in zip(made, rule(b, call, given), strict=True):
                if target is not None and result is not None:
                    _put_lane(b, target, lane, result)
            return ()

        b.for_loop(i64(0), count, (), one_lane, hint="lane")
        return tuple(made)


def _apart(b: Builder, packed: Buffer, lanes: range) -> Buffer:
    """Some lanes of a buffer of vectors, one array after the other."""
    apart = b.alloc(F64, (i64(len(lanes)), *packed.shape), zero=False, hint=packed.hint)

    def put(index: tuple[Var, ...]) -> None:
        value = b.load(packed, index)
        for k, lane in enumerate(lanes):
            b.store(apart, (i64(k), *index), b.op(a.vlane, value, i64(lane)))

    over(b, packed.shape, put)
    return apart


def _lane(b: Builder, lanes: Buffer, lane: Var) -> Buffer:
    return filled(b, F64, lanes.shape[1:], lambda index: b.load(lanes, (lane, *index)), lanes.hint)


def _put_lane(b: Builder, lanes: Buffer, lane: Var, values: Buffer) -> None:
    over(b, values.shape, lambda index: b.store(lanes, (lane, *index), b.load(values, index)))


def _vector(b: Builder, stack: Stack, index: Index) -> Operand:
    """An element in all lanes; the lanes that are not there are zero."""
    value = b.op(a.vsplat, a.ZERO)
    for k, lane in enumerate(stack.lanes):
        element = b.load(stack.buffer, in_stack(b, stack.buffer, (i64(k),), index))
        value = b.op(a.vput, value, i64(lane), element)
    return value


def _together(b: Builder, stack: Stack) -> Buffer:
    """The buffer of vectors that has these lanes."""
    shape, hint = stack.buffer.shape[1:], f"d_{stack.buffer.hint}"
    return filled(b, VEC, shape, lambda index: _vector(b, stack, index), hint)
