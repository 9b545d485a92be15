"""Lists that grow or shrink while a loop runs over them: Python's loop goes on to the items that were added.

Here a loop knows its items before it begins, so it is refused; unless it is left right after the change.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from adfun.frontend.analysis import SCOPES
from adfun.frontend.machine import Machine
from adfun.frontend.values import ListValue, RunList, Undefined

CHANGES = ("append", "appendleft", "extend", "extendleft", "insert", "pop", "popleft", "remove", "clear")
PASSED_ON = ("enumerate", "zip", "map", "filter")
"""What gives the items of a list one by one."""


def refuse_changes(m: Machine, node: ast.For) -> None:
    """Refuse a loop whose body changes the length of a list that it runs over."""
    names = [name for name in _lists(node.iter) if _is_list(m, name)]
    for stmt, name in _changed(node.body) if names else ():
        if name in names:
            with m.stage.at(m.source, stmt):
                m.stage.fail(
                    f"the loop runs over `{name}`, whose length changes here",
                    "items are added or removed",
                    reason="a compiled loop knows what it runs over before it begins",
                    remedy=f"run over a copy, list({name}), or count positions by `while k < len({name}):`",
                )


def _lists(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in PASSED_ON:
        for arg in node.args:
            yield from _lists(arg)


def _is_list(m: Machine, name: str) -> bool:
    value = m.env.names.get(name, Undefined(name))
    return isinstance(value, (ListValue, RunList))


def _changed(body: list[ast.stmt]) -> Iterator[tuple[ast.stmt, str]]:
    """The statements that change the length of a list with a name, but for those that leave."""
    for k, stmt in enumerate(body):
        if isinstance(stmt, SCOPES):
            continue
        left = any(isinstance(later, (ast.Break, ast.Return, ast.Raise)) for later in body[k + 1 : k + 2])
        match stmt:
            case ast.Expr(ast.Call(ast.Attribute(ast.Name(name), method))) if method in CHANGES and not left:
                yield stmt, name
            case ast.AugAssign(ast.Name(name), ast.Add()) if not left:
                yield stmt, name
            case ast.Delete(targets) if not left:
                for target in targets:
                    if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
                        yield stmt, target.value.id
        for field in ("body", "orelse"):
            inner = getattr(stmt, field, None)
            if isinstance(inner, list):
                yield from _changed(inner)
