"""Arguments described by their types alone: annotations, and the text of `adfun precompile --signature`.

    beta: float64[k], log_s; y: float64[n], x: float64[n, k], site: int64[n], link: 'probit'

Parameters come before the semicolon and data after it, in the syntax of Python's annotations.  A type is

    float64, int64, bool       a number (float and int do as well); nothing at all stands for float64
    float64[n, 3, 1]           an array: n, 3 or `:` is any size; of size 1 is an axis that broadcasts
    list[float64]              a Python list of numbers
    {'w': float64[n]}, (float64, int64), [float64[n], float64[n]]     containers
    'probit', None             a known value (in the annotation of a function: Literal['probit'])
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from types import FunctionType

from adfun.binding import MAX_RANK, Described, Leaf, Tree
from adfun.diagnostics.errors import ArgumentError
from adfun.frontend.origin import Objective, Text
from adfun.ir.types import B1, F64, I64, Type

TYPES: dict[str, Type] = {
    "float64": F64, "float": F64, "f64": F64,
    "int64": I64, "int": I64, "i64": I64,
    "bool": B1, "bool_": B1, "b1": B1,
}  # fmt: skip

Side = dict[str, Described]


def parse(text: str) -> tuple[Side, Side]:
    """Data and parameters of a signature's text; ArgumentError says what is wrong with it."""
    params, semicolon, data = text.partition(";")
    if not semicolon:
        raise ArgumentError(
            f"signature: {text!r} has no semicolon; instead: 'parameters; data', such as "
            "'beta: float64[k]; y: float64[n], x: float64[n, k]'"
        )
    return _side(data), _side(params)


def _side(text: str) -> Side:
    try:
        tree = ast.parse(f"def f({text.strip()}): 0")
    except SyntaxError:
        raise ArgumentError(f"signature: {text.strip()!r} is no list of 'name: type'") from None
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    return {arg.arg: Described(_tree(arg.arg, arg.annotation)) for arg in function.args.args}


def annotated(objective: Objective, params: Iterable[str]) -> tuple[Side, Side]:
    """Data and parameters as the objective's own annotations tell; `params` names the parameters."""
    origin = objective.origin
    if isinstance(origin, FunctionType):
        given = {name: _parsed(name, a) for name, a in origin.__annotations__.items()}
    else:
        assert isinstance(origin, Text)
        definition = next(
            n for n in origin.tree.body if isinstance(n, ast.FunctionDef) and n.name == origin.entry
        )
        spec = definition.args
        listed = (*spec.posonlyargs, *spec.args, *spec.kwonlyargs)
        given = {a.arg: _parsed(a.arg, a.annotation) for a in listed if a.annotation is not None}
    chosen = list(params)
    unknown = [name for name in chosen if name not in objective.parameters]
    if unknown:
        raise ArgumentError(f"params: {objective.name}() has no argument {', '.join(map(repr, unknown))}")
    data = [n for n in objective.parameters if n not in chosen and n not in objective.defaults]
    bare = [name for name in data if given.get(name) is None]
    if bare:
        raise ArgumentError(
            f"{objective.name}() does not say of what type {', '.join(bare)} is; "
            "instead: annotate it, as in `y: float64[n]`, or give a signature or example data"
        )
    sides = ({name: Described(_tree(name, given.get(name))) for name in names} for names in (data, chosen))
    first, second = sides
    return first, second


def _parsed(name: str, annotation: object) -> ast.expr:
    """The syntax of an annotation, which may be text, or have been evaluated by Python."""
    if isinstance(annotation, ast.Constant):
        annotation = annotation.value
    if isinstance(annotation, ast.expr):
        return annotation
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", repr(annotation))
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError:
        raise _unreadable(name, text) from None


def _tree(name: str, node: ast.expr | None) -> Tree:
    match node:
        case None:
            return Leaf(name, "scalar", F64)
        case ast.Constant(value=str() | None as known):
            return known
        case ast.Name() | ast.Attribute():
            return Leaf(name, "scalar", _type(name, node))
        case ast.Subscript(value=ast.Name(id="Literal"), slice=inner):
            return _tree(name, inner)
        case ast.Subscript(value=ast.Name(id="list"), slice=inner):
            return Leaf(name, "array", _type(name, inner), (False,), sequence=True)
        case ast.Subscript(value=inner, slice=sizes):
            axes = sizes.elts if isinstance(sizes, ast.Tuple) else [sizes]
            if len(axes) > MAX_RANK:
                raise ArgumentError(
                    f"signature: {name} has {len(axes)} axes, at most {MAX_RANK} are possible"
                )
            return Leaf(name, "array", _type(name, inner), tuple(_is_one(name, axis) for axis in axes))
        case ast.Dict(keys=keys, values=values):
            return {
                _key(name, k): _tree(f"{name}[{_key(name, k)!r}]", v)
                for k, v in zip(keys, values, strict=True)
            }
        case ast.Tuple(elts=parts):
            return tuple(_tree(f"{name}[{i}]", part) for i, part in enumerate(parts))
        case ast.List(elts=parts):
            return [_tree(f"{name}[{i}]", part) for i, part in enumerate(parts)]
    raise _unreadable(name, ast.unparse(node))


def _type(name: str, node: ast.expr) -> Type:
    word = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    if word not in TYPES:
        raise _unreadable(name, ast.unparse(node))
    return TYPES[word]


def _is_one(name: str, axis: ast.expr) -> bool:
    match axis:
        case ast.Constant(value=int() as size) if size > 0:
            return size == 1
        case ast.Name() | ast.Slice(lower=None, upper=None, step=None):
            return False
    raise _unreadable(name, ast.unparse(axis))


def _key(name: str, node: ast.expr | None) -> str | int:
    if isinstance(node, ast.Constant) and isinstance(node.value, (str, int)):
        return node.value
    raise _unreadable(name, "a key that is no string and no integer")


def _unreadable(name: str, text: str) -> ArgumentError:
    return ArgumentError(
        f"signature: {text} is no type for {name}; instead: float64, int64, bool, an array of these such as "
        "float64[n], list[float64], a dict, list or tuple of types, a string or None"
    )
