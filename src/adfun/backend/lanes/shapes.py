"""How the values inside a lane loop differ from lane to lane: not at all, by a stride, or anyhow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adfun.diagnostics.internal import assert_never
from adfun.ir.nodes import (
    Accum,
    Alloc,
    Block,
    Buffer,
    Build,
    Carried,
    Check,
    Const,
    For,
    Grow,
    If,
    Index,
    KernelCall,
    Let,
    Load,
    Operand,
    Report,
    Stmt,
    Store,
    Var,
    While,
)
from adfun.ir.walk import defined, inner_vars, walk
from adfun.primitives.arithmetic import iadd, isub, loose_start, loose_stop, usually

Stride = dict[tuple[Var, ...], int]
"""A polynomial in uniform values: {(): 2, (n,): 1} is 2 + n; empty means the same in all lanes."""

UNIFORM: Stride = {}
LOOSE = {
    loose_start: "adfun_lanes_imin({0})",
    loose_stop: "adfun_lanes_imax({0})",
    usually: "adfun_usually(adfun_lanes_band({0}))",
}
"""What is one value for all lanes, and which."""


class Varying:
    """The shape of a value that differs between lanes in no simple way."""

    def __repr__(self) -> str:
        return "varying"


VARYING = Varying()
Shape = Stride | Varying


def add(x: Shape, y: Shape, sign: int = 1) -> Shape:
    """The stride of a sum or difference."""
    if isinstance(x, Varying) or isinstance(y, Varying):
        return VARYING
    total = dict(x)
    for term, factor in y.items():
        total[term] = total.get(term, 0) + sign * factor
    return {term: factor for term, factor in total.items() if factor}


def scale(x: Shape, by: Operand) -> Shape:
    """The stride of a product with a uniform value."""
    if isinstance(x, Varying):
        return VARYING
    if isinstance(by, Const):
        return {term: factor * int(by.value) for term, factor in x.items() if by.value}
    return {tuple(sorted((*term, by), key=id)): factor for term, factor in x.items()}


def is_one(shape: Shape) -> bool:
    """Whether neighbouring lanes are neighbours in memory."""
    return shape == {(): 1}


def _apart(let: Let | None) -> tuple[Operand | None, int]:
    """What a sum or difference of integers adds a constant to, and which; None where it is no such."""
    if let is None or let.op not in (iadd, isub) or not isinstance(let.args[1], Const):
        return None, 0
    by = int(let.args[1].value)
    return let.args[0], by if let.op is iadd else -by


class Shapes:
    """The shapes of all values of a lane loop's body; what is not listed is uniform."""

    def __init__(
        self,
        loop: For,
        within: Mapping[Operand, Index] | None = None,
        around: Mapping[Operand, Let] | None = None,
    ) -> None:
        """`within`: for integers what they do not exceed, as far as that is known; `around`: sums and
        differences of integers outside of the loop."""
        self.loop = loop
        self.around = around or {}
        self.of: dict[Var, Shape] = {loop.index: {(): 1}}
        self.local: set[Buffer] = set()
        """Buffers made inside: one copy per lane."""
        self.defined: set[Var | Buffer] = {loop.index, *(item.param for item in loop.carried)}
        """What exists only inside."""
        self.within: dict[Operand, Index] = dict(within or {})
        """The same, with the loose ends of loops."""
        for item in loop.carried:
            self.of[item.param] = VARYING
        for stmt in walk(loop.body.stmts):
            self.defined.update(inner_vars(stmt), defined(stmt))
        self.block(loop.body)
        lets: dict[Operand, Let] = {s.var: s for s in walk(loop.body.stmts) if isinstance(s, Let)}
        self.sums = {var: let for var, let in lets.items() if let.op in (iadd, isub)}
        """Sums and differences of integers in the loop."""
        for let in lets.values():
            inner = lets.get(let.args[0]) if let.op is loose_stop else None
            if inner is not None and inner.op is isub:
                self.within[let.var] = inner.args[:1]

    def shape(self, operand: Operand) -> Shape:
        return UNIFORM if isinstance(operand, Const) else self.of.get(operand, UNIFORM)

    def uniform(self, *operands: Operand) -> bool:
        """Whether all operands are the same in all lanes."""
        return not any(self.shape(x) for x in operands)

    def outside(self, *operands: Operand) -> bool:
        """Whether all operands are known before the loop starts."""
        return not any(x in self.defined for x in operands if isinstance(x, Var))

    def varying(self, operand: Operand) -> bool:
        return isinstance(self.shape(operand), Varying)

    def position(self, buffer: Buffer, index: Index) -> Shape:
        """The stride of an element's position."""
        if not index:
            return UNIFORM
        shape = self.shape(index[0])
        if len(index) == buffer.rank:
            for size, part in zip(buffer.shape[1:], index[1:], strict=True):
                shape = add(scale(shape, size), self.shape(part))
        return shape

    def ahead(self, operand: Operand) -> int | None:
        """What is added to the index of the loop, if this is all that an integer is."""
        if operand is self.loop.index:
            return 0
        base, by = _apart(self.sums.get(operand))
        return by if base is self.loop.index else None

    def shifted(self, operand: Operand) -> tuple[Operand | None, int] | None:
        """What is known before the loop starts, as another such value plus a constant."""
        if isinstance(operand, Const):
            return None, int(operand.value)
        if not self.outside(operand):
            return None
        base, by = _apart(self.around.get(operand))
        return (operand, 0) if base is None else (base, by)

    # -- the walk ---------------------------------------------------------------------------

    def block(self, block: Block) -> None:
        for stmt in block.stmts:
            self.statement(stmt)

    def statement(self, stmt: Stmt) -> None:
        match stmt:
            case Let():
                self.set(stmt.var, self.result(stmt))
            case Load():
                private = stmt.buffer in self.local
                same = not private and self.position(stmt.buffer, stmt.index) == UNIFORM
                self.set(stmt.var, UNIFORM if same else VARYING)
            case Alloc():
                self.local.add(stmt.buffer)
            case For():
                self.set(stmt.index, UNIFORM if self.uniform(stmt.start) else VARYING)
                together = self.uniform(stmt.start, stmt.stop)
                self.loop_inside(stmt.carried, stmt.body, together)
            case While():
                self.until(stmt)
            case If():
                self.branch(stmt)
            case Build() | Store() | Accum() | Grow() | Check() | KernelCall() | Report():
                pass  # they define no scalar, or refuse the loop
            case _:
                assert_never(stmt)

    def set(self, var: Var, shape: Shape) -> None:
        if shape != UNIFORM:
            self.of[var] = shape
        else:
            self.of.pop(var, None)

    def result(self, stmt: Let) -> Shape:
        """The shape of a primitive's result: strides survive integer sums and products."""
        shapes = [self.shape(x) for x in stmt.args]
        if not any(shapes) or stmt.op in LOOSE:
            return UNIFORM
        match stmt.op.name:
            case "iadd":
                return add(shapes[0], shapes[1])
            case "isub":
                return add(shapes[0], shapes[1], -1)
            case "ineg":
                return add(UNIFORM, shapes[0], -1)
            case "imul" if not shapes[0] or not shapes[1]:
                return scale(shapes[0] or shapes[1], stmt.args[1] if not shapes[1] else stmt.args[0])
            case _:
                return VARYING

    def loop_inside(self, carried: Sequence[Carried], body: Block, together: bool) -> None:
        """A carried value is uniform when it starts so and stays so, and all lanes leave together."""
        for item in carried:
            self.set(item.param, UNIFORM if together and not self.shape(item.init) else VARYING)
        while True:
            self.block(body)
            changed = [
                item.param
                for item, value in zip(carried, body.yields, strict=True)
                if self.shape(value) and not self.shape(item.param)
            ]
            if not changed:
                break
            self.of.update((param, VARYING) for param in changed)
        for item in carried:
            self.set(item.result, self.shape(item.param))

    def until(self, stmt: While) -> None:
        """Iterations leave at different times (a loop that lanes refuse, but chunks do not)."""
        for item in stmt.carried:
            self.set(item.param, VARYING)
            self.set(item.result, VARYING)
        self.block(stmt.cond)
        self.block(stmt.body)

    def branch(self, stmt: If) -> None:
        self.block(stmt.then)
        self.block(stmt.orelse)
        same_path = self.uniform(stmt.cond)
        for result, yes, no in zip(stmt.results, stmt.then.yields, stmt.orelse.yields, strict=True):
            same = same_path and self.uniform(yes, no)
            self.set(result, UNIFORM if same else VARYING)


def streams(shapes: Shapes, load: Load) -> bool:
    """Whether one pass after the other reads what lies next in memory."""
    return load.buffer not in shapes.local and is_one(shapes.position(load.buffer, load.index))
