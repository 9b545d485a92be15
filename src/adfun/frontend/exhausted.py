"""Generators, `zip` and the like that are gone through twice: the second time Python finds nothing left.

Here they are the sequences of their items, which would be there again.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from adfun.frontend import analysis
from adfun.frontend.functions import FunctionValue
from adfun.frontend.machine import Machine
from adfun.frontend.parse import OUT

ONCE = ("zip", "map", "filter", "enumerate", "reversed")
Place = tuple[ast.Name, tuple[tuple[ast.AST, str], ...]]
"""A name, and the compound statements around it, each with the part that it is in."""


def refuse_second_use(m: Machine, node: ast.Assign) -> None:
    """Refuse what is assigned to a name if the function goes through it more than once."""
    target = node.targets[0]
    if m.env.function is None or len(node.targets) > 1 or not isinstance(target, ast.Name):
        return
    if not _is_used_up(m, node.value):
        return
    places = list(_places(m.env.function, ()))
    own = [around for name, around in places if name is target]
    reads = [(n, a) for n, a in places if n.id == target.id and isinstance(n.ctx, ast.Load)]
    written = sum(n.id == target.id and not isinstance(n.ctx, ast.Load) for n, _ in places)
    if written > 1 or not own:
        return
    again = next((y for k, x in enumerate(reads) for y in reads[k + 1 :] if not _exclude(x, y)), None)
    again = again or next((x for x in reads if _repeated(x) - _repeated((target, own[0]))), None)
    if again is not None:
        with m.stage.at(m.source, again[0]):
            m.stage.fail(
                f"{target.id!r} may be used up here",
                "it is gone through more than once",
                reason="a generator, zip() or map() gives its items once, after that none",
                remedy=f"make it a list: {target.id} = list(...)",
            )


def _is_used_up(m: Machine, value: ast.expr) -> bool:
    match value:
        case ast.GeneratorExp():
            return True
        case ast.Call(func=ast.Name(id=name)) if name in ONCE:
            return True
        case ast.Call(func=ast.Name(id=name)):
            found = m.env.names.get(name)
            first = found.node.body if isinstance(found, FunctionValue) else ()
            start = first[0] if isinstance(first, list) else None
            return isinstance(start, ast.Assign) and ast.unparse(start.targets[0]) == OUT
        case _:
            return False


def _places(node: ast.AST, around: tuple[tuple[ast.AST, str], ...]) -> Iterator[Place]:
    """The names below, but for those that `next()` is asked of."""
    if isinstance(node, ast.Name):
        yield node, around
        return
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "next":
        return
    compound = isinstance(node, (ast.If, ast.For, ast.While, *analysis.COMPREHENSIONS))
    for field, part in ast.iter_fields(node):
        inside = (*around, (node, field)) if compound else around
        for child in part if isinstance(part, list) else (part,):
            if isinstance(child, ast.comprehension):
                first = child is getattr(node, "generators")[0]  # noqa: B009
                yield from _places(child.iter, around if first else inside)
                for test in child.ifs:
                    yield from _places(test, inside)
            elif isinstance(child, ast.AST):
                yield from _places(child, inside)


def _repeated(place: Place) -> set[ast.AST]:
    """The loops around a place that come to it more than once."""
    return {
        node
        for node, field in place[1]
        if (isinstance(node, (ast.For, ast.While)) and field in ("body", "test"))
        or isinstance(node, analysis.COMPREHENSIONS)
    }


def _exclude(x: Place, y: Place) -> bool:
    """Whether control comes to one of two places only."""
    arms, others = dict(x[1]), dict(y[1])
    for node, field in x[1]:
        if isinstance(node, ast.If) and field in ("body", "orelse"):
            if others.get(node) in ("body", "orelse") and others[node] != field:
                return True
            if node not in others and analysis.leaves(getattr(node, field)):
                return True
    return any(
        isinstance(node, ast.If)
        and field != "test"
        and node not in arms
        and analysis.leaves(getattr(node, field))
        for node, field in y[1]
    )
