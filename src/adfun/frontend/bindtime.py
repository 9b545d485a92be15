"""What NumPy and SciPy compute from the data alone, when data are bound: numbers, arrays and other objects.

Numbers and arrays become hidden inputs of the module.  Other objects (an array of complex numbers, a sparse
matrix, a spline) stay where they are made, as `Foreign` values: what is taken of them, what they are called
with and what operators make of them is again computed at bind time, until it is a number or an array.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from adfun.frontend.arrays import core
from adfun.frontend.machine import Machine
from adfun.frontend.purity import IMPURE, IN_PLACE
from adfun.frontend.recipes import Apply, NoExample, evaluate, step_of
from adfun.frontend.stage import recipe_of
from adfun.frontend.values import Foreign, ListValue, Method, Scalar, Value
from adfun.ir.nodes import Input, Var
from adfun.ir.types import B1, F64, I64


def recipe_parts(recipe: Any) -> tuple[Any, ...]:
    """The recipes of the members of a tuple's recipe."""
    return recipe if isinstance(recipe, tuple) else tuple(recipe.value)


def applied(
    m: Machine, step: str, what: str, args: tuple[Value, ...], kwargs: dict[str, Value] | None = None
) -> tuple[Value] | None:
    """A step applied to data alone; None where an argument depends on more."""
    kwargs = kwargs or {}
    recipes = recipe_of(args), recipe_of(tuple(kwargs.values()))
    if None in recipes:
        return None
    named = tuple(zip(kwargs, recipe_parts(recipes[1]), strict=True))
    recipe = Apply(step, recipe_parts(recipes[0]), named)
    try:
        result = evaluate(recipe, m.stage.leaves)
    except RecursionError:
        raise
    except NoExample as missing:
        m.stage.fail_for_types_alone(f"the type of what {what} gives", missing)
    except Exception as error:
        m.stage.fail(f"{type(error).__name__} in {what}", "here", reason=str(error))
    return (bound_value(m, recipe, result),)


def bound_value(m: Machine, recipe: Any, value: Any) -> Value:
    """What a recipe gives at bind time, as a value."""
    if isinstance(value, np.ndarray) and value.ndim and not is_foreign(value):
        return core.hidden(m.stage, recipe, value)
    if type(value) is tuple or hasattr(value, "_make"):
        parts = [bound_value(m, Apply("item", (recipe, k)), v) for k, v in enumerate(value)]
        return type(value)._make(parts) if hasattr(value, "_make") else tuple(parts)
    if isinstance(value, list):
        made = ListValue([bound_value(m, Apply("item", (recipe, k)), v) for k, v in enumerate(value)])
        m.stage.born(made)
        return made
    if is_foreign(value):
        return Foreign(recipe, value)
    if isinstance(value, (bool, int, float, np.generic, np.ndarray)):
        return _number(m, recipe, value)
    m.stage.assumed.append((recipe, value))
    return value


def _number(m: Machine, recipe: Any, value: Any) -> Scalar:
    number = value.item() if isinstance(value, (np.generic, np.ndarray)) else value
    type_ = B1 if isinstance(number, bool) else I64 if isinstance(number, int) else F64
    var = Var(type_, "bound")
    if type_ is I64:
        m.stage.origins[var] = recipe
    m.stage.hidden.append((recipe, Input(f"bound{len(m.stage.hidden)}", "data", var)))
    return Scalar(var, recipe)


def is_foreign(value: Any) -> bool:
    """Whether it is an object of NumPy's or SciPy's that a module has nothing like: no array of numbers."""
    if isinstance(value, complex):
        return True
    if isinstance(value, (np.ndarray, np.generic)):
        return value.dtype.kind not in "biuf" or type(value).__module__.startswith("numpy.ma")
    library = type(value).__module__.partition(".")[0] in ("numpy", "scipy")
    return library and not isinstance(value, (np.dtype, np.ufunc))


# -- what is done with such an object -----------------------------------------------------------


def holds_foreign(value: Value, inside: frozenset[int] = frozenset()) -> bool:
    """Whether a value is such an object, or a tuple or list with one; a list may hold itself."""
    if isinstance(value, (tuple, ListValue)):
        items = () if id(value) in inside else value if isinstance(value, tuple) else value.items
        return any(holds_foreign(v, inside | {id(value)}) for v in items)
    return isinstance(value, (Foreign, complex))


def attribute(m: Machine, owner: Foreign, name: str) -> Value:
    """owner.name"""
    if name.startswith("_") or name in IMPURE or name in IN_PLACE:
        m.stage.fail(f".{name} is not supported", "here", remedy="use it outside the objective")
    if not hasattr(owner.example, name):
        m.stage.fail(f"{core.describe(owner)} has no attribute {name!r}", "here")
    if callable(getattr(owner.example, name)):
        return Method(owner, name)
    return _known(m, f"attr:{name}", f".{name}", (owner,))


def method(m: Machine, owner: Foreign, name: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """owner.name(*args, **kwargs)"""
    return _known(m, f"method:{name}", f".{name}()", (owner, *args), kwargs)


def length(m: Machine, owner: Foreign) -> Value:
    """len(owner)"""
    return _known(m, "call:builtins.len", "len()", (owner,))


def items(m: Machine, owner: Foreign) -> list[Value]:
    """What iterating over it gives."""
    try:
        count = len(owner.example)
    except TypeError:
        m.stage.fail("this cannot be iterated over", f"it is {core.describe(owner)}")
    return [_known(m, "item", "an index", (owner, k)) for k in range(count)]


def of_data(*values: Value) -> bool:
    """Whether all of this is given by the data alone."""
    return recipe_of(values) is not None


def operated(m: Machine, function: Callable[..., Any], *args: Value) -> tuple[Value] | None:
    """An operator where one of its operands is such an object; None where none is."""
    if not any(holds_foreign(v) for v in args):
        return None
    made = applied(m, step_of(function), "this operation", args)
    if made is None and any(isinstance(v, Foreign) for v in args):
        refuse(m, args)
    return made


def _known(
    m: Machine, step: str, what: str, args: tuple[Value, ...], kwargs: dict[str, Value] | None = None
) -> Value:
    made = applied(m, step, what, args, kwargs)
    if made is None:
        refuse(m, args)
    return made[0]


def refuse(m: Machine, args: tuple[Value, ...]) -> NoReturn:
    """Such an object meets a value that depends on parameters."""
    first = next(v for v in args if holds_foreign(v))
    what = core.describe(first).replace("of type", "an object of type")
    m.stage.fail(
        f"{what} cannot be combined with values that depend on parameters",
        "in this operation",
        reason="it is made by NumPy or SciPy from the data alone, when data are bound; compiled code has "
        "numbers and arrays of real numbers only",
        remedy="multiply vectors and matrices by it: (A @ x) * scale"
        if hasattr(getattr(first, "example", None), "tocsr")
        else "take real arrays from it first (.real, np.abs(...), its values at given points)",
    )
