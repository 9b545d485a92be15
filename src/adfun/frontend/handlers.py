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


CATCHABLE = ("LinAlgError", "ValueError", "OverflowError", "ZeroDivisionError")
"""Errors that numbers decide, whose handlers compiled code can enter."""


def catches(handler: ast.ExceptHandler, error: str) -> bool:
    """Whether a handler catches an error of this name. Division by zero is an error for Python's numbers, not
    for NumPy's, which are the same here: so its handler must name it."""
    names = _names(handler.type)
    if error == "ZeroDivisionError":
        return any(name in ("ZeroDivisionError", "ArithmeticError") for name in names)
    base = "ValueError" if error == "LinAlgError" else error
    return error in names or any(_covers(name, base) for name in names)


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
