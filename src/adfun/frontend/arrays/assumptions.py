"""Sizes that data decide: what the module takes for granted of them, so that the usual case costs nothing.

Whether `x[:3]` has three elements, or an axis of computed length is repeated because it is 1, is decided with
the data at hand and noted.  For other data of which it does not hold, the objective is compiled anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from adfun.frontend.recipes import Apply, Known, Recipe, evaluate
from adfun.frontend.stage import Stage
from adfun.ir.nodes import Const, Operand, i64
from adfun.primitives import arithmetic as a

T = TypeVar("T")

DEPTH = 12
"""Sizes are followed back through so many operations."""

STEPS = {
    a.iadd: "op:add",
    a.isub: "op:sub",
    a.imul: "op:mul",
    a.ineg: "op:neg",
    a.ifloordiv: "op:floordiv",
    a.imod: "op:mod",
    a.imin: "call:builtins.min",
    a.imax: "call:builtins.max",
    a.ilt: "op:lt",
    a.ile: "op:le",
    a.select: "call:numpy.where",
}
ONE = i64(1)


def origin(stage: Stage, size: Operand, depth: int = DEPTH) -> Recipe | None:
    """How NumPy computes a size from the data and the sizes of parameters alone, when it can."""
    size = stage.size(size)
    if isinstance(size, Const):
        return Known(size.value)
    found = stage.origins.get(size)
    if found is not None or not depth:
        return found
    let = stage.builder.definition.get(size)
    if let is None or let.op not in STEPS:
        return None
    args = [origin(stage, x, depth - 1) for x in let.args]
    if any(x is None for x in args):
        return None
    found = stage.origins[size] = Apply(STEPS[let.op], tuple(args))
    return found


def example(stage: Stage, size: Operand) -> int | None:
    """What a size is with the data and parameters at hand, where these decide it; nothing is assumed."""
    known = stage.example(size)
    recipe = origin(stage, size) if known is None else None
    return known if recipe is None else _evaluated(stage, recipe, int)


def holds(stage: Stage, relation: str, size: Operand, number: int) -> bool | None:
    """Whether `size relation number` with the data at hand, which is assumed then; None if unknown."""
    size = stage.size(size)
    key = relation, size, number
    if key not in stage.settled:
        recipe = origin(stage, size)
        if recipe is None:
            return None
        question = Apply(relation, (recipe, Known(number)))
        answer = _evaluated(stage, question, bool)
        if answer is None:
            return None
        stage.settled[key] = answer
        stage.assumed.append((question, answer))
    return stage.settled[key]


def _evaluated(stage: Stage, recipe: Recipe, kind: Callable[[Any], T]) -> T | None:
    try:
        return kind(evaluate(recipe, stage.leaves))
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return None


def equal(stage: Stage, size: Operand, other: Operand) -> bool:
    """Whether two axes have one length; so it is assumed, where it is so with the data at hand."""
    size, other = stage.size(size), stage.size(other)
    inside = stage.builder.depth_of(size) or stage.builder.depth_of(other)
    if size is other or inside or isinstance(size, Const):
        return size is other
    recipes = origin(stage, size), origin(stage, other)
    question = None if None in recipes else Apply("op:eq", recipes)
    if question is None or not _evaluated(stage, question, bool):
        return False
    stage.assumed.append((question, True))
    stage.fix(size, other)
    return True


def at_least(stage: Stage, size: Operand, least: int) -> bool | None:
    """Whether an axis has at least so many elements."""
    found = holds(stage, "op:ge", size, least)
    if found:
        size = stage.size(size)
        stage.lows[size] = max(least, stage.lows.get(size, 0))
    return found


def repeated(stage: Stage, size: Operand, other: Operand) -> bool:
    """Whether an axis has length one, so that broadcasting repeats it to another length."""
    size, other = stage.size(size), stage.size(other)
    return stage.is_one(size) if size is other or other is ONE else is_one(stage, size)


def is_one(stage: Stage, size: Operand) -> bool:
    """Whether an axis has length one, which is assumed where data decide it."""
    size = stage.size(size)
    if isinstance(size, Const) or size in stage.examples:
        return stage.is_one(size)  # for an argument's own axes the signature tells
    if not holds(stage, "op:eq", size, 1):
        return False
    stage.fix(size, ONE)
    return True
