"""Which errors the handlers of a `try` catch, as far as their names tell."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from adfun.frontend.analysis import SCOPES


def caught(node: ast.Try) -> Iterator[ast.Raise]:
    """The `raise` statements of a `try` whose errors it catches; factorisations that fail are seen to."""
    names = [name for handler in node.handlers for name in _names(handler.type)]
    todo: list[ast.AST] = list(node.body)
    while todo:
        inner = todo.pop()
        if isinstance(inner, ast.Raise) and inner.exc is not None:
            error = inner.exc.func if isinstance(inner.exc, ast.Call) else inner.exc
            raised = _names(error)[0]
            if raised != "LinAlgError" and any(_covers(name, raised) for name in names):
                yield inner
        if not isinstance(inner, (*SCOPES, ast.ClassDef)):
            todo += ast.iter_child_nodes(inner)


def awaited(node: ast.Try) -> ast.Call | None:
    """A call of `math` whose error a `try` catches by name: compiled code gives NaN or infinity instead."""
    names = [name for handler in node.handlers for name in _names(handler.type)]
    if not any(name in ("ValueError", "OverflowError", "ArithmeticError") for name in names):
        return None
    for inner in (n for stmt in node.body for n in ast.walk(stmt)):
        match inner:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="math"), attr=name)) if name in RAISING:
                given = {n.id for a in inner.args for n in ast.walk(a) if isinstance(n, ast.Name)}
                if given - {"math", "np"}:
                    return inner
    return None


RAISING = frozenset(
    "sqrt log log2 log10 log1p acos asin acosh atanh gamma lgamma pow exp expm1 cosh sinh fmod".split()
)
"""Functions that raise because of the values that they are given."""


def _names(node: ast.expr | None) -> list[str]:
    """The last parts of the names of exceptions."""
    match node:
        case None:
            return ["BaseException"]
        case ast.Tuple(elts=elts):
            return [name for part in elts for name in _names(part)]
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return [name]
        case _:
            return [""]


def _covers(handler: str, raised: str) -> bool:
    kind, error = (getattr(builtins, name, None) for name in (handler, raised))
    if isinstance(kind, type) and isinstance(error, type):
        return issubclass(error, kind)
    return handler == raised or handler in ("Exception", "BaseException")
