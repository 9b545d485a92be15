"""Which directions matter where, when directions are parameters: along most, most derivatives are zero.

A derivative along a parameter is zero where that parameter does not get to.  It is of no use where it only
goes to the gradient by parameters before it: half of a Hessian is enough.  Directions are bits of an integer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

from adfun.ir.nodes import Buffer, Const, Function, Index, Let, Load, Operand, Var
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
    places, gradients = _places(function, shapes), _items(function, "gradient")
    reached = {item: _bits(*place) for item, place in zip(_items(function, "param"), places, strict=True)}
    wanted = {item: _bits(0, stop) for item, (_, stop) in zip(gradients, places, strict=True)}
    return _directions(function, reached, wanted, smooth_arguments)


def of_vectors(function: Function, shapes: Shapes) -> Directions:
    """Where the VEC of a tangent matter, whose seeds and gradients belong to parameters of these shapes."""
    places, gradients = _places(function, shapes), _items(function, "gradient")
    reached = {item: _bits(*place) for item, place in zip(_items(function, "seed"), places, strict=True)}
    wanted = {item: _bits(0, stop) for item, (_, stop) in zip(gradients, places, strict=False)}
    wanted.update((y, _bits(0, places[-1][1])) for y in function.body.yields if isinstance(y, Var))
    first = {buffer: start for buffer, (start, _) in zip(_items(function, "seed"), places, strict=True)}
    known: Bits = {}
    for stmt in walk(function.body.stmts):
        if isinstance(stmt, Load) and stmt.buffer in first:
            number = position(stmt.buffer, stmt.index)
            if number is not None:
                known[stmt.var] = _bits(first[stmt.buffer] + number, first[stmt.buffer] + number + 1)
        if not isinstance(stmt, Let):
            continue
        if stmt.op is a.vput:
            reached[stmt.var] = _bits(_lane(stmt), _lane(stmt) + 1)
        elif stmt.op is a.vsplat and not a.is_zero(stmt.args[0]):
            reached[stmt.var] = _bits(0, places[-1][1])
        elif stmt.op is a.vlane and isinstance(stmt.args[0], Var):
            vector = stmt.args[0]
            wanted[vector] = wanted.get(vector, 0) | _bits(_lane(stmt), _lane(stmt) + 1)
    return _directions(function, reached, wanted, _vectors, known)


def position(buffer: Buffer, index: Index) -> int | None:
    """The place of an element in C order, if its index is constant."""
    place = 0
    for x, size in zip(index, buffer.shape, strict=False):
        if not isinstance(x, Const) or not isinstance(size, Const):
            return None
        place = place * int(size.value) + int(x.value)
    return place if len(index) == buffer.rank else None


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
