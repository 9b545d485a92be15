"""Private names: inside `class C`, `__x` is `_C__x`, as Python's compiler has it."""

from __future__ import annotations

import ast
import copy
import re
from typing import TypeVar

Node = TypeVar("Node", bound=ast.AST)

FIELDS: dict[type[ast.AST], str] = {
    ast.Name: "id", ast.Attribute: "attr", ast.FunctionDef: "name", ast.AsyncFunctionDef: "name",
    ast.arg: "arg", ast.alias: "asname", ast.ExceptHandler: "name", ast.MatchAs: "name",
    ast.MatchStar: "name", ast.MatchMapping: "rest",
}  # fmt: skip
"""Where a node has a name that is written as an identifier; keywords of calls stay as they are."""

_PRIVATE = re.compile(r"\b__(?!\w*__\b)\w")


def in_classes(tree: Node, text: str) -> Node:
    """A tree that is ours, with the private names of its classes changed in place."""
    if "class" in text and _PRIVATE.search(text):
        _Renamer("").visit(tree)
    return tree


def in_method(node: Node, text: str, cls: str) -> Node:
    """The syntax of a function that was written in a class; a copy where it has private names."""
    if not (cls and _PRIVATE.search(text)):
        return node
    made: Node = _Renamer(cls).visit(copy.deepcopy(node))
    return made


def class_in(qualified: str) -> str:
    """The class that a function with this qualified name is written in, by its name; else nothing."""
    *around, _ = qualified.split(".")
    while around and around[-1] == "<locals>":
        del around[-2:]
    return around[-1] if around else ""


class _Renamer(ast.NodeTransformer):
    def __init__(self, cls: str) -> None:
        self.cls = cls.lstrip("_")

    def named(self, name: str) -> str:
        private = name.startswith("__") and not name.endswith("__") and self.cls
        return f"_{self.cls}{name}" if private else name

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        inside = _Renamer(node.name)
        node.body = [inside.visit(stmt) for stmt in node.body]
        for part in (*node.bases, *node.keywords, *node.decorator_list):
            self.visit(part)
        node.name = self.named(node.name)
        return node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        field = FIELDS.get(type(node))
        if field is not None and (name := getattr(node, field)) is not None:
            setattr(node, field, self.named(name))
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            node.names = [self.named(name) for name in node.names]
        return super().generic_visit(node)
