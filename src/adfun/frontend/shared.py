"""Names that a nested function changes by `nonlocal`, as the items of a dict that both functions hold.

def f(x):                         def f(x):
    n = 0                             %shared = {}; %shared["n"] = 0
    def g():                          def g():
        nonlocal n                        pass
        n += x                            %shared["n"] += x

Loops and branches carry what changes by name in their own text; such a name may change in any call, and
so it is a changeable object, which they carry wherever it is changed.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable

from adfun.frontend import analysis

Function = ast.FunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def with_shared(function: ast.FunctionDef) -> ast.FunctionDef:
    """The function with the shared names of it, and of all functions inside it, as items of dicts."""
    if not any(isinstance(n, ast.Nonlocal) for n in ast.walk(function)):
        return function
    made = copy.deepcopy(function)
    for inner in [n for n in ast.walk(made) if isinstance(n, ast.FunctionDef)]:
        _share(inner)
    return ast.fix_missing_locations(made)


def _share(function: ast.FunctionDef) -> None:
    """Replace the names that functions inside change; not those bound by what can bind names alone."""
    names = _own(function) & _changed_inside(function.body) - _fixed(function)
    if not names:
        return
    holder = f"%shared{function.lineno}"
    parameters = [p for p in _parameters(function) if p in names]
    start = ast.Assign(
        [ast.Name(holder, ast.Store())],
        ast.Dict([ast.Constant(p) for p in parameters], [ast.Name(p, ast.Load()) for p in parameters]),
    )
    place = function.body[0]
    replace = _Replace(holder, names)
    function.body = [ast.copy_location(start, place), *(replace.visit(s) for s in function.body)]


def _parameters(function: Function) -> list[str]:
    a = function.args
    return [p.arg for p in (*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg) if p is not None]


def _own(function: Function) -> set[str]:
    """The local names of a function."""
    if isinstance(function, ast.Lambda):
        return set(_parameters(function))
    elsewhere = {
        name for n in _inside(function.body) if isinstance(n, ast.Nonlocal | ast.Global) for name in n.names
    }
    return (set(_parameters(function)) | analysis.assigned(function.body)) - elsewhere


def _inside(stmts: Iterable[ast.AST]) -> Iterable[ast.AST]:
    """All nodes that belong to the same function."""
    todo = list(stmts)
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, Function):
            todo += ast.iter_child_nodes(node)


def _changed_inside(stmts: Iterable[ast.AST]) -> set[str]:
    """Names that nested functions declare `nonlocal` and do not own themselves."""
    found: set[str] = set()
    for node in _inside(stmts):
        if isinstance(node, ast.FunctionDef):
            found |= {name for n in _inside(node.body) if isinstance(n, ast.Nonlocal) for name in n.names}
            found |= _changed_inside(node.body) - _own(node)
    return found


def _fixed(function: ast.FunctionDef) -> set[str]:
    """Names bound where only a name can stand: by `:=`, `def`, `import`, `except`."""
    found: set[str] = set()
    for node in ast.walk(function):
        match node:
            case ast.NamedExpr(target=ast.Name(id=name)):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.ExceptHandler(name=str(name)):
                found.add(name)
            case ast.alias():
                found.add((node.asname or node.name).split(".")[0])
    return found - {function.name}


class _Replace(ast.NodeTransformer):
    """Items of the dict for names, except where another scope has names of its own like these."""

    def __init__(self, holder: str, names: set[str]) -> None:
        self.holder = holder
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id not in self.names:
            return node
        holder = ast.Name(self.holder, ast.Load())
        return ast.copy_location(ast.Subscript(holder, ast.Constant(node.id), node.ctx), node)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.stmt:
        left = [n for n in node.names if n not in self.names]
        return ast.copy_location(ast.Nonlocal(left) if left else ast.Pass(), node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.decorator_list = [self.visit(d) for d in node.decorator_list]
        node.args = self.visit(node.args)
        inner = _Replace(self.holder, self.names - _own(node))
        node.body = [inner.visit(s) for s in node.body]
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        node.args = self.visit(node.args)
        node.body = _Replace(self.holder, self.names - _own(node)).visit(node.body)
        return node

    def _comprehension(self, node: Comprehension) -> Comprehension:
        first = node.generators[0]
        outermost = self.visit(first.iter)
        own = {n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)}
        _Replace(self.holder, self.names - own).generic_visit(node)
        first.iter = outermost
        return node

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension
