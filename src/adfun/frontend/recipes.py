"""How NumPy itself computes a value from the data alone, when data are bound.

A function without a rule of ours (`np.unique`, `np.histogram`) may be applied to data: its recipe is
evaluated at bind time and the result handed to the module as one more data input.  The same recipes tell a
value that has to be known at compile time, such as the number of differences that `np.diff(x, n)` takes.

    Recipe := DataLeaf(name) | Known(value) | Apply(step, args, kwargs)     or a tuple, list, slice of recipes
    step   := "op:add"  an operator     "call:numpy.unique"  a library function
              "item"    x[i]            "attr:size"          "method:sum"
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Mapping
from typing import Any, Union

import numpy as np

from adfun.frontend.refs import Ref, ref_of, target
from adfun.records import dataclass


@dataclass(frozen=True, slots=True)
class DataLeaf:
    """A data argument, or a part of one, by its name; of a parameter, only sizes are taken."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A value that is known at compile time."""

    value: Any


@dataclass(frozen=True, slots=True, eq=False)
class Apply:
    """A step applied to recipes."""

    step: str
    args: tuple[Any, ...]
    kwargs: tuple[tuple[str, Any], ...] = ()


Recipe = Union[DataLeaf, Known, Apply]


def length_of(recipe: Recipe, axis: int) -> Recipe:
    """The length of an axis of what a recipe gives."""
    return Apply("item", (Apply("call:numpy.shape", (recipe,)), axis))


def step_of(function: Callable[..., Any]) -> str:
    """The step that applies an operator or a built-in function."""
    if function.__module__ == "_operator":
        return f"op:{function.__name__}"
    return f"call:{function.__module__}.{function.__name__}"


class NoExample(LookupError):
    """A value that a recipe needs is not at hand: of the argument with this name, only the type is."""


def evaluate(recipe: Any, leaves: Mapping[str, Any]) -> Any:
    """The value of a recipe (or of a container of recipes) for the given data leaves."""
    with np.errstate(all="ignore"):
        return _evaluate(recipe, leaves, {})


def _evaluate(recipe: Any, leaves: Mapping[str, Any], done: dict[int, Any]) -> Any:
    match recipe:
        case Known():
            return recipe.value
        case DataLeaf():
            if recipe.name not in leaves:
                raise NoExample(recipe.name)
            return leaves[recipe.name]
        case Apply():
            if id(recipe) not in done:
                args = [_evaluate(a, leaves, done) for a in recipe.args]
                kwargs = {k: _evaluate(v, leaves, done) for k, v in recipe.kwargs}
                done[id(recipe)] = _perform(recipe.step, args, kwargs)
            return done[id(recipe)]
        case tuple():
            return tuple(_evaluate(r, leaves, done) for r in recipe)
        case list():
            return [_evaluate(r, leaves, done) for r in recipe]
        case slice():
            return slice(*(_evaluate(r, leaves, done) for r in (recipe.start, recipe.stop, recipe.step)))
        case _:
            return recipe


def _perform(step: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
    kind, _, name = step.partition(":")
    match kind:
        case "op":
            return getattr(operator, name)(*args)
        case "item":
            return args[0][args[1]]
        case "attr":
            return getattr(args[0], name)
        case "method":
            return getattr(args[0], name)(*args[1:], **kwargs)
        case _:
            return target(Ref(name))(*args, **kwargs)


# -- on disk ----------------------------------------------------------------------------------


def encode(value: Any) -> Any:
    """A recipe, or a value in one, as JSON values; ValueError when it cannot be."""
    match value:
        case DataLeaf():
            return {"leaf": value.name}
        case Known():
            return {"known": encode(value.value)}
        case Apply():
            kwargs = [[k, encode(v)] for k, v in value.kwargs]
            return {"apply": value.step, "args": [encode(a) for a in value.args], "kwargs": kwargs}
        case None | bool() | str():
            return value
        case float():
            return {"float": value.hex()}
        case int():
            return {"int": str(int(value))}
        case complex():
            return {"complex": [value.real.hex(), value.imag.hex()]}
        case tuple() | list():
            return {type(value).__name__: [encode(v) for v in value]}
        case slice():
            return {"slice": [encode(v) for v in (value.start, value.stop, value.step)]}
        case dict():
            return {"dict": [[encode(k), encode(v)] for k, v in value.items()]}
        case np.ndarray() | np.generic():
            return _encode_array(np.asarray(value))
        case type(__name__="ellipsis"):
            return {"ellipsis": True}
    known = value if isinstance(value, Ref) else ref_of(value)
    if known is None:
        raise ValueError(f"{value!r} cannot be written down")
    return {"ref": known.name}


def key_of(recipe: Recipe) -> object:
    """What equal recipes have in common."""
    if isinstance(recipe, Known):
        return recipe
    try:
        return json.dumps(encode(recipe))
    except ValueError:
        return recipe


def _encode_array(array: np.ndarray[Any, np.dtype[Any]]) -> Any:
    if array.dtype.kind not in "biufc":
        raise ValueError("only arrays of numbers can be written down")
    return {"array": array.dtype.str, "shape": list(array.shape), "bytes": array.tobytes().hex()}


def decode(plain: Any) -> Any:
    """What `encode` wrote."""
    if not isinstance(plain, dict):
        return plain
    match plain:
        case {"leaf": name}:
            return DataLeaf(name)
        case {"known": value}:
            return Known(decode(value))
        case {"apply": step, "args": args, "kwargs": kwargs}:
            return Apply(step, tuple(decode(a) for a in args), tuple((k, decode(v)) for k, v in kwargs))
        case {"float": text}:
            return float.fromhex(text)
        case {"int": text}:
            return int(text)
        case {"complex": [real, imag]}:
            return complex(float.fromhex(real), float.fromhex(imag))
        case {"tuple": items}:
            return tuple(decode(v) for v in items)
        case {"list": items}:
            return [decode(v) for v in items]
        case {"slice": items}:
            return slice(*(decode(v) for v in items))
        case {"dict": pairs}:
            return {decode(k): decode(v) for k, v in pairs}
        case {"array": dtype, "shape": shape, "bytes": text}:
            return np.frombuffer(bytes.fromhex(text), dtype=dtype).reshape(shape)
        case {"ref": name}:
            return target(Ref(name))
        case {"ellipsis": _}:
            return Ellipsis
    raise ValueError("not a recipe")
