"""Which directions matter where, when directions are parameters: along most, most derivatives are zero.

A derivative along a parameter is zero where that parameter does not get to.  It is of no use where it only
goes to the gradient by parameters before it: half of a Hessian is enough.  Directions are bits of an integer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

from adfun.ir.nodes import Buffer, Const, Function, Index, Let, Load, Operand, Role, Var
from adfun.ir.types import VEC, Shapes
from adfun.ir.walk import walk
from adfun.passes.activity import backwards, forwards, smooth_arguments
from adfun.primitives import arithmetic as a
from adfun.records import dataclass

Bits = dict[Var | Buffer, int]
Arguments = Callable[[Let], Iterable[object]]


@dataclass(frozen=True, slots=True)
class Directions:
    """What may be other than zero, and what is of use; of items that are not named, nothing."""

    reached: Mapping[Var | Buffer, int]
    wanted: Mapping[Var | Buffer, int]

    def of(self, items: Iterable[object]) -> int:
        """The directions in which any of the items matters."""
        return _union(self.reached, items) & _union(self.wanted, items)


def of_gradient(function: Function, shapes: Shapes) -> Directions:
    """Where the tangents of a gradient matter: its inputs are parameters of these shapes."""
    spans, gradients = _places(function, shapes), _items(function, "gradient")
    reached = {item: _bits(*span) for item, span in zip(_items(function, "param"), spans, strict=True)}
    wanted = {item: _bits(0, stop) for item, (_, stop) in zip(gradients, spans, strict=True)}
    return _directions(function, reached, wanted, smooth_arguments)


def of_vectors(function: Function, shapes: Shapes) -> Directions:
    """Where the VEC of a tangent matter, whose seeds and gradients belong to parameters of these shapes."""
    spans, gradients = _places(function, shapes), _items(function, "gradient")
    reached = {item: _bits(*span) for item, span in zip(_items(function, "seed"), spans, strict=True)}
    wanted = {item: _bits(0, stop) for item, (_, stop) in zip(gradients, spans, strict=False)}
    wanted.update((y, _bits(0, spans[-1][1])) for y in function.body.yields if isinstance(y, Var))
    seeds = places(function, shapes, "seed")
    known: Bits = {}
    for stmt in walk(function.body.stmts):
        if isinstance(stmt, Load) and stmt.buffer in seeds:
            number = seeds[stmt.buffer].number(stmt.index)
            if number is not None:
                known[stmt.var] = _bits(number, number + 1)
        if not isinstance(stmt, Let):
            continue
        if stmt.op is a.vput:
            reached[stmt.var] = _bits(_lane(stmt), _lane(stmt) + 1)
        elif stmt.op is a.vsplat and not a.is_zero(stmt.args[0]):
            reached[stmt.var] = _bits(0, spans[-1][1])
        elif stmt.op is a.vlane and isinstance(stmt.args[0], Var):
            vector = stmt.args[0]
            wanted[vector] = wanted.get(vector, 0) | _bits(_lane(stmt), _lane(stmt) + 1)
    return _directions(function, reached, wanted, _vectors, known)


@dataclass(frozen=True, slots=True)
class Known:
    """Which parameters a seed or a gradient belongs to: from the first one on, in C order."""

    first: int
    shape: tuple[int, ...]

    def number(self, index: Index) -> int | None:
        """The parameter at an index, if that is constant."""
        if not all(isinstance(x, Const) for x in index):
            return None
        values = [int(x.value) for x in index if isinstance(x, Const)]
        sizes = self.shape if len(values) == len(self.shape) else (math.prod(self.shape),)
        place = 0
        for value, size in zip(values, sizes, strict=True):
            if not 0 <= value < size:
                return None
            place = place * size + value
        return self.first + place


def places(function: Function, shapes: Shapes, role: Role) -> dict[Var | Buffer, Known]:
    """Of the seeds, or the gradients, the parameters they belong to; what is no gradient has seeds alone."""
    names = [entry.name for entry in function.inputs if entry.role == "param"]
    ranges = zip(names, _places(function, shapes), strict=True)
    known = [Known(first, shapes[name]) for name, (first, _) in ranges]
    items = _items(function, role)
    return dict(zip(items, known, strict=True)) if items else {}


def _vectors(let: Let) -> tuple[Operand, ...]:
    """The arguments of a primitive of VEC that are VEC as well."""
    return tuple([x for x in let.args if x.type is VEC]) if let.var.type is VEC else ()


def _lane(let: Let) -> int:
    lane = let.args[1]
    assert isinstance(lane, Const)
    return int(lane.value)


def _items(function: Function, role: str) -> list[Var | Buffer]:
    return [entry.item for entry in function.inputs if entry.role == role]


def _places(function: Function, shapes: Shapes) -> list[tuple[int, int]]:
    """The first direction of every parameter, and the first one after it."""
    places, first = [], 0
    for size in [math.prod(shapes[entry.name]) for entry in function.inputs if entry.role == "param"]:
        places.append((first, first + size))
        first += size
    return places


def _bits(start: int, stop: int) -> int:
    return (1 << stop) - (1 << start)


def _union(bits: Mapping[Var | Buffer, int], items: Iterable[object]) -> int:
    union = 0
    for item in items:
        if isinstance(item, Var | Buffer):
            union |= bits.get(item, 0)
    return union


def _directions(
    function: Function, reached: Bits, wanted: Bits, arguments: Arguments, known: Bits | None = None
) -> Directions:
    """`known`: what reaches values of which that is certain."""
    _until_stable(reached, lambda add: forwards(function.body, add, arguments), known or {})
    _until_stable(wanted, lambda add: backwards(function.body, add, arguments))
    return Directions(reached, wanted)


def _until_stable(
    bits: Bits, sweep: Callable[[Callable[[object, Iterable[object]], None]], None], known: Bits | None = None
) -> None:
    grown, fixed = True, known or {}
    bits.update(fixed)

    def add(target: object, sources: Iterable[object]) -> None:
        nonlocal grown
        if isinstance(target, Var | Buffer) and target not in fixed:
            more = _union(bits, sources) & ~bits.get(target, 0)
            if more:
                bits[target] = bits.get(target, 0) | more
                grown = True

    while grown:
        grown = False
        sweep(add)
