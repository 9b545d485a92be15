"""Lets loops over parameters run only where a block of directions needs them.

The directions of a Hessian are taken in blocks: parameters first, first + 1 ... stop - 1.  Along these a seed
is zero in all other rows; and of the Hessian the rows before the first one are known by symmetry.

    for k in 0..n with s = 0.0, ds = 0:              for k in 0..n with s = 0.0, u = 0.0:
      next s + x[k] * e * b[k],                        next s + x[k] * e * b[k], u + x[k] * b[k]
           ds + x[k] * (e * db[k] + b[k] * de)       for k in first..stop with ds = u * de:
    for k in 0..n:                           ->        next ds + x[k] * e * db[k]
      dg[k] += x[k] * dw                             for k in first..n:
                                                       dg[k] += x[k] * dw

Sums of directions are linear in what they are made of, so that they can be taken apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from adfun.ir.builder import Builder
from adfun.ir.nodes import (
    BLOCK,
    Accum,
    Buffer,
    Carried,
    Const,
    For,
    Function,
    Index,
    Input,
    Let,
    Load,
    Operand,
    Stmt,
    Var,
    i64,
)
from adfun.ir.types import F64, I64, VEC
from adfun.ir.walk import Copier, defined, fresh_params, operands, read, walk, written_within
from adfun.passes.dead import eliminate
from adfun.passes.linear import LINEAR, Leaves, combined
from adfun.passes.rules import added, subtracted
from adfun.primitives import arithmetic as a
from adfun.primitives.identities import applied
from adfun.records import dataclass

Affine = tuple[Operand | None, Operand]
"""stride and rest of stride * index + rest; None for a stride of 0."""


def limit(function: Function) -> Function:
    """The same tangents along a block of parameters, whose place new inputs of role `block` tell.

    Of the derivative of a parameter only those along it and earlier ones are given.
    """
    limiter = _Limiter(Builder(), function)
    if not limiter.rows:
        return function
    yields = limiter.block(function.body)
    inputs = (*function.inputs, *limiter.inputs)
    return eliminate(Function(function.name, inputs, limiter.builder.finish(*yields)))


@dataclass(frozen=True, slots=True)
class _Range:
    """The iterations from `start` to `stop`."""

    start: Operand
    stop: Operand


@dataclass(frozen=True, slots=True, eq=False)
class _Sum:
    """A carried sum of directions.

    term    what is added, or subtracted
    rows    the seeds that it is made of, and where they are not zero
    fixed   directions that do not change in the loop
    others  other directions
    """

    carried: Carried
    term: Operand
    negative: bool
    rows: Mapping[Var, _Range]
    fixed: tuple[Var, ...]
    others: tuple[Var, ...]


class _Body:
    """What the body of a loop is made of, if it has no loop and no branch inside."""

    def __init__(self, loop: For) -> None:
        self.loop = loop
        self.stmts = loop.body.stmts
        self.is_straight = all(isinstance(stmt, Let | Load | Accum) for stmt in self.stmts)
        self.made: dict[Operand, Stmt] = {
            x: stmt for stmt in self.stmts for x in defined(stmt) if isinstance(x, Var)
        }
        self.params = {c.param for c in loop.carried}
        self.changed = written_within(self.stmts)

    def is_inside(self, operand: Operand) -> bool:
        return operand in self.made or operand in self.params or operand is self.loop.index

    def is_alone(self, *roots: Operand) -> bool:
        """Whether values can be computed in any iteration without those before."""
        stack, seen = list(roots), set(roots)
        while stack:
            x = stack.pop()
            if x in self.params:
                return False
            stmt = self.made.get(x)
            if stmt is not None:
                if not self.changed.isdisjoint(read(stmt)):
                    return False
                new = [y for y in operands(stmt) if y not in seen]
                seen.update(new)
                stack += new
        return True

    def leaves(self, value: Operand) -> list[Var] | None:
        """The directions that a value is a linear function of; None if it is none."""
        found: dict[Var, None] = {}
        stack = [value]
        while stack:
            x = stack.pop()
            if isinstance(x, Const) or x in self.params:
                return None
            stmt = self.made.get(x)
            if not isinstance(stmt, Let):
                found[x] = None
            elif stmt.op in LINEAR:
                stack += [y for y in reversed(stmt.args) if y.type is VEC]
            else:
                return None
        return list(found)

    def added(self, carried: Carried, value: Operand) -> tuple[Operand, bool] | None:
        """What every iteration adds to a carried value, and whether it subtracts; None if it is no sum."""
        let, param = self.made.get(value), carried.param
        if (
            not isinstance(let, Let)
            or let.op not in (a.vadd, a.vsub)
            or self.loop.body.yields.count(value) > 1
        ):
            return None
        users = [stmt for stmt in self.stmts if param in operands(stmt) or value in operands(stmt)]
        if users != [let] or let.args.count(param) != 1 or param in self.loop.body.yields:
            return None
        if let.args[0] is param:
            return let.args[1], let.op is a.vsub
        return None if let.op is a.vsub else (let.args[0], False)


class _Limiter(Copier):
    def __init__(self, builder: Builder, function: Function) -> None:
        super().__init__(builder)
        params = [entry for entry in function.inputs if entry.role == "param"]
        self.rows: dict[Buffer, Input] = {}
        """The parameter that a buffer of seeds, or of the gradient's tangents, belongs to."""
        for role in ("seed", "gradient"):
            beside = [entry.item for entry in function.inputs if entry.role == role]
            for entry, item in zip(params, beside, strict=True):
                if isinstance(item, Buffer) and item.rank > 0:
                    self.rows[item] = entry
        used = {buffer for stmt in walk(function.body.stmts) for buffer in read(stmt)}
        self.gradients = {entry.item for entry in function.inputs if entry.role == "gradient"} - used
        """Tangents of the gradient of which no row has a part in another one."""
        self.inputs: list[Input] = []
        self.blocks: dict[str, _Range] = {}
        self.zeros = {
            stmt.var
            for stmt in walk(function.body.stmts)
            if isinstance(stmt, Let) and stmt.op is a.vsplat and a.is_zero(stmt.args[0])
        }
        self.stops: dict[Var, Operand] = {}
        """Where loops end that count up from 0 or more, by index: inside of them that is more than 0."""

    def for_(self, stmt: For) -> None:
        body = _Body(stmt)
        if body.is_straight:
            sums, moved = list(self.sums(body)), self.moved(body)
            if sums or moved:
                self.apart(body, sums, moved)
                return
        super().for_(stmt)

    def enter(self, index: Var, start: Operand, stop: Operand) -> None:
        if isinstance(start, Const) and start.value >= 0:
            self.stops[index] = stop

    # -- what can be taken apart ----------------------------------------------------------------

    def sums(self, body: _Body) -> Iterable[_Sum]:
        """The sums that have seeds or what does not change among their terms."""
        for carried, value in zip(body.loop.carried, body.loop.body.yields, strict=True):
            term = body.added(carried, value) if carried.param.type is VEC else None
            leaves = None if term is None else body.leaves(term[0])
            if term is None or leaves is None:
                continue
            alone = body.is_alone(term[0])
            rows: dict[Var, _Range] = {}
            fixed: list[Var] = []
            others: list[Var] = []
            for leaf in leaves:
                if leaf in self.zeros:
                    continue
                load = body.made.get(leaf)
                place = None
                if alone and isinstance(load, Load) and load.buffer in self.rows:
                    place = self.place(body, load)
                if place is not None:
                    rows[leaf] = place
                else:
                    (others if body.is_inside(leaf) else fixed).append(leaf)
            if rows or fixed:
                yield _Sum(carried, *term, rows, tuple(fixed), tuple(others))

    def moved(self, body: _Body) -> dict[Accum, _Range]:
        """What is added to the gradient's tangents, where from the block's first row on is enough."""
        found = {}
        for stmt in body.stmts:
            if isinstance(stmt, Accum) and stmt.buffer in self.gradients and stmt.buffer in self.rows:
                place = self.place(body, stmt) if body.is_alone(stmt.value) else None
                if place is not None:
                    found[stmt] = _Range(place.start, self.operand(body.loop.stop))
        return found

    # -- where rows are -------------------------------------------------------------------------

    def place(self, body: _Body, stmt: Load | Accum) -> _Range | None:
        """The iterations in which a statement touches rows of the block."""
        flat = self.flat(body, stmt.buffer, stmt.index)
        if flat is None:
            return None
        stride, rest = flat
        if stride is None or not self._is_positive(stride):
            return None
        b, block = self.builder, self._block(self.rows[stmt.buffer])
        first, stop = (self.quotient(edge, rest, stride) for edge in (block.start, block.stop))
        start = b.op(a.imax, self.operand(body.loop.start), first)
        return _Range(start, b.op(a.imin, self.operand(body.loop.stop), stop))

    def quotient(self, edge: Operand, rest: Operand, stride: Operand) -> Operand:
        """(edge - rest) / stride, rounded up; without a division for each of the loops inside.

        Where the rest is j + more with j in 0..stride, and edge - more = q * stride + r, it is q, or q + 1
        where r is more than j.
        """
        b = self.builder
        if isinstance(stride, Const) and stride.value == 1:
            return b.op(a.isub, edge, rest)
        for digit, more in self._splits(rest):
            if isinstance(digit, Var) and self.stops.get(digit) is stride:
                left = b.op(a.isub, edge, more)
                whole = b.op(a.ifloordiv, left, stride)
                remainder = b.op(a.isub, left, b.op(a.imul, whole, stride))
                return b.op(a.iadd, whole, b.op(a.b2i, b.op(a.ilt, digit, remainder)))
        return b.op(a.ineg, b.op(a.ifloordiv, b.op(a.isub, rest, edge), stride))

    def _splits(self, rest: Operand) -> list[tuple[Operand, Operand]]:
        """The ways in which an operand is known to be a sum of two."""
        found = applied(self.builder, rest, a.iadd)
        ways: list[tuple[Operand, Operand]] = [(rest, i64(0))]
        return ways if found is None else [*ways, (found[0], found[1]), (found[1], found[0])]

    def _is_positive(self, stride: Operand) -> bool:
        if isinstance(stride, Const):
            return stride.value > 0
        return any(stop is stride and self.builder.is_open(index) for index, stop in self.stops.items())

    def _block(self, param: Input) -> _Range:
        """The place of the block in a parameter, which may lie outside of it."""
        found = self.blocks.get(param.name)
        if found is None:
            start, stop = (Var(I64, f"{end}_{param.name}") for end in BLOCK)
            self.inputs += [Input(x.hint, "block", x) for x in (start, stop)]
            found = self.blocks[param.name] = _Range(start, stop)
        return found

    def flat(self, body: _Body, buffer: Buffer, index: Index) -> Affine | None:
        """The position of an element in C order."""
        b = self.builder
        total: Affine = None, i64(0)
        sizes = buffer.shape if len(index) == buffer.rank else (i64(1),)
        for part, size in zip(index, self.operands(sizes), strict=True):
            found = self.affine(body, part)
            if found is None:
                return None
            stride = None if total[0] is None else b.op(a.imul, total[0], size)
            total = self._plus((stride, b.op(a.imul, total[1], size)), found)
        return total

    def affine(self, body: _Body, index: Operand) -> Affine | None:
        """An index as a multiple of the loop's and a rest that is known before the loop."""
        b = self.builder
        if index is body.loop.index:
            return i64(1), i64(0)
        if not body.is_inside(index):
            return None, self.operand(index)
        let = body.made.get(index)
        if not isinstance(let, Let) or let.op not in (a.iadd, a.imul):
            return None
        first, second = (self.affine(body, x) for x in let.args)
        if first is None or second is None:
            return None
        if let.op is a.iadd:
            return self._plus(first, second)
        if first[0] is not None:
            first, second = second, first
        if first[0] is not None:
            return None
        stride = None if second[0] is None else b.op(a.imul, second[0], first[1])
        return stride, b.op(a.imul, second[1], first[1])

    def _plus(self, x: Affine, y: Affine) -> Affine:
        b = self.builder
        strides = [s for s in (x[0], y[0]) if s is not None]
        stride = b.op(a.iadd, *strides) if len(strides) == 2 else strides[0] if strides else None
        return stride, b.op(a.iadd, x[1], y[1])

    # -- taking apart ---------------------------------------------------------------------------

    def apart(self, body: _Body, sums: list[_Sum], moved: Mapping[Accum, _Range]) -> None:
        """Emit a loop without what is limited, and then that."""
        totals = self.main(body, sums, moved)
        for place in dict.fromkeys(place for entry in sums for place in entry.rows.values()):
            group = [entry for entry in sums if place in entry.rows.values()]
            leaves = [{leaf for leaf, at in entry.rows.items() if at == place} for entry in group]
            for entry, total in zip(group, self.limited(body, place, group, leaves), strict=True):
                totals[entry.carried] = _joined(self.builder, totals[entry.carried], total, entry.negative)
        for carried, value in totals.items():
            self.env[carried.result] = value
        for place in dict.fromkeys(moved.values()):
            self.added_to(body, place, [stmt for stmt, at in moved.items() if at == place])

    def main(self, body: _Body, sums: list[_Sum], moved: Mapping[Accum, _Range]) -> dict[Carried, Operand]:
        """Emit what runs over all iterations; of the sums their first values and what is summed up here."""
        b, loop = self.builder, body.loop
        of = {entry.carried: entry for entry in sums}
        kept = [c for c in loop.carried if c not in of or of[c].others]
        fixed = [(entry, leaf) for entry in sums for leaf in entry.fixed]
        start, stop = self.operand(loop.start), self.operand(loop.stop)
        inits = [*self.operands([c.init for c in kept]), *[a.ZERO] * len(fixed)]
        zero = b.op(a.vsplat, a.ZERO)
        index, params = Var(I64, loop.index.hint), fresh_params(kept)
        factors = [Var(F64, leaf.hint) for _, leaf in fixed]
        with b.block("loop") as scope:
            b.declare(index, *params, *factors)
            self.env[loop.index] = index
            self.bind([c.param for c in loop.carried if c in of], [zero] * len(of))
            self.bind([c.param for c in kept], params)
            self.stmts(stmt for stmt in body.stmts if stmt not in moved)
            after = dict(zip(loop.carried, loop.body.yields, strict=True))
            yields = [
                self.next(body, of[c], param) if c in of else self.operand(after[c])
                for c, param in zip(kept, params, strict=True)
            ]
            for (entry, leaf), factor in zip(fixed, factors, strict=True):
                found = self.part(body, entry, {leaf: a.ONE})
                yields.append(factor if found is None else b.op(a.add, factor, found))
        b.span = loop.span
        results = b.close_for(index, start, stop, (*params, *factors), inits, scope, yields)
        self.bind([c.result for c in kept], results[: len(kept)])
        totals = {c: self.operand(c.result if entry.others else c.init) for c, entry in of.items()}
        for (entry, leaf), factor in zip(fixed, results[len(kept) :], strict=True):
            part = b.op(a.vmul0, self.operand(leaf), factor)
            totals[entry.carried] = _joined(b, totals[entry.carried], part, entry.negative)
        return totals

    def next(self, body: _Body, entry: _Sum, param: Operand) -> Operand:
        """A carried sum after an iteration, as far as it is made of what is not taken out."""
        part = self.part(body, entry, {leaf: self.operand(leaf) for leaf in entry.others})
        return param if part is None else _joined(self.builder, param, part, entry.negative)

    def part(self, body: _Body, entry: _Sum, leaves: Leaves) -> Operand | None:
        """What a term is made of some directions, with these in their place; the others are zero."""
        return combined(self.builder, entry.term, leaves, body.made, self.operand)

    def limited(
        self, body: _Body, place: _Range, group: list[_Sum], leaves: list[set[Var]]
    ) -> tuple[Operand, ...]:
        """Emit the loop over the rows of a block: what sums get from their seeds there."""
        zero = self.builder.op(a.vsplat, a.ZERO)

        def turn(index: Var, totals: tuple[Var, ...]) -> list[Operand]:
            self.again(body, index)
            parts = [
                self.part(body, entry, {leaf: self.operand(leaf) for leaf in given})
                for entry, given in zip(group, leaves, strict=True)
            ]
            return [added(self.builder, t, p) or t for t, p in zip(totals, parts, strict=True)]

        return self.builder.for_loop(place.start, place.stop, [zero] * len(group), turn, "row")

    def added_to(self, body: _Body, place: _Range, accums: list[Accum]) -> None:
        """Emit the loop that adds to the rows of the gradient's tangents from the block's first on."""

        def turn(index: Var, _: tuple[Var, ...]) -> list[Operand]:
            self.again(body, index)
            for stmt in accums:
                self.builder.span = stmt.span
                super(_Limiter, self).accum(stmt)
            return []

        self.builder.for_loop(place.start, place.stop, (), turn, "row")

    def again(self, body: _Body, index: Var) -> None:
        """Emit what a body computes once more; what it would need of other iterations is not used."""
        self.env[body.loop.index] = index
        self.stmts(stmt for stmt in body.stmts if not isinstance(stmt, Accum))


def _joined(b: Builder, total: Operand, part: Operand, negative: bool) -> Operand:
    known = None if total is b.op(a.vsplat, a.ZERO) else total
    return (subtracted if negative else added)(b, known, part) or total
