"""Makes a failing program small: whatever can go without changing how it fails goes."""

from __future__ import annotations

import ast
import copy
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from tests.fuzz.grammar.program import Program
from tests.fuzz.verify import Outcome

Check = Callable[[Program], Outcome]
LEAVES = (ast.Name, ast.Constant)


def shrink(program: Program, failure: Outcome, check: Check, seconds: float = 120.0) -> Program:
    """The smallest program found that `check` still finds failing in the same way."""
    end = time.monotonic() + seconds
    best, tree = program, ast.parse(program.text)
    again = True
    while again and time.monotonic() < end:
        again = False
        for candidate in candidates(tree):
            if time.monotonic() > end:
                break
            smaller = cleaned(best, candidate)
            if smaller is None or len(smaller.text) >= len(best.text):
                continue
            if check(smaller).similar(failure):
                best, tree, again = smaller, ast.parse(smaller.text), True
                break
    return best


def cleaned(program: Program, tree: ast.Module) -> Program | None:
    """The program of a tree, without arguments and imports that it does not use."""
    try:
        names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name == "objective":
                node.args.args = [p for p in node.args.args if p.arg in names]
                names |= {p.arg for p in node.args.args}
        tree.body = [
            n for n in tree.body if not isinstance(n, (ast.Import, ast.ImportFrom)) or _imported(n, names)
        ]
        text = ast.unparse(tree) + "\n"
    except (ValueError, AttributeError, RecursionError):
        return None
    data = {k: v for k, v in program.data.items() if k in names}
    params = {k: v for k, v in program.params.items() if k in names}
    if not params:
        return None
    other = program.other
    if other is not None:
        other = ({k: other[0][k] for k in data}, {k: other[1][k] for k in params})
    return replace(program, text=text, data=data, params=params, other=other)


def _imported(node: ast.Import | ast.ImportFrom, names: set[str]) -> bool:
    node.names = [a for a in node.names if (a.asname or a.name).split(".")[0] in names]
    return bool(node.names)


# -- candidates -------------------------------------------------------------------------------


def candidates(tree: ast.Module) -> Iterator[ast.Module]:
    """Smaller trees, those with the most taken away first."""
    yield from _without_statements(tree)
    yield from _unwrapped(tree)
    yield from _simpler_expressions(tree)


def _blocks(tree: ast.AST) -> list[tuple[ast.AST, str]]:
    """Every list of statements: its owner and its field."""
    return [
        (node, name)
        for node in ast.walk(tree)
        for name in ("body", "orelse", "handlers")
        if isinstance(getattr(node, name, None), list) and getattr(node, name)
    ]


def _without_statements(tree: ast.Module) -> Iterator[ast.Module]:
    """Without a stretch of statements: half of a block, a quarter, ... one."""
    blocks = _blocks(tree)
    longest = max(len(getattr(n, f)) for n, f in blocks)
    width = max(1, longest // 2)
    while width:
        for place, (owner, name) in enumerate(blocks):
            count = len(getattr(owner, name))
            for start in range(0, count - width + 1, width):
                made = copy.deepcopy(tree)
                node, _ = _blocks(made)[place]
                block = getattr(node, name)
                del block[start : start + width]
                if not block and name == "body":
                    if isinstance(node, ast.Module):
                        continue
                    block.append(ast.Pass())
                yield made
        width //= 2


def _unwrapped(tree: ast.Module) -> Iterator[ast.Module]:
    """With a compound statement replaced by one of its blocks."""
    for place, (owner, name) in enumerate(_blocks(tree)):
        for k, stmt in enumerate(getattr(owner, name)):
            for part in ("body", "orelse"):
                if isinstance(stmt, (ast.If, ast.For, ast.While, ast.With, ast.Try)) and getattr(stmt, part):
                    made = copy.deepcopy(tree)
                    block = getattr(_blocks(made)[place][0], name)
                    block[k : k + 1] = getattr(block[k], part)
                    yield made


def _simpler_expressions(tree: ast.Module) -> Iterator[ast.Module]:
    """With an expression replaced by a part of itself, or by a number."""
    count = len(list(_expressions(tree)))
    for place in range(count):
        owner, field, index = list(_expressions(tree))[place]
        node = _get(owner, field, index)
        for replacement in _replacements(node):
            made = copy.deepcopy(tree)
            _set(list(_expressions(made))[place], copy.deepcopy(replacement))
            yield made


def _expressions(tree: ast.AST) -> Iterator[tuple[ast.AST, str, int | None]]:
    for owner in ast.walk(tree):
        for field, value in ast.iter_fields(owner):
            if isinstance(value, list):
                for k, item in enumerate(value):
                    if isinstance(item, ast.expr):
                        yield owner, field, k
            elif isinstance(value, ast.expr):
                yield owner, field, None


def _replacements(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, LEAVES) or isinstance(getattr(node, "ctx", None), ast.Store):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield ast.Constant(0.5)
        return
    parts = [n for n in ast.walk(node) if isinstance(n, ast.expr) and n is not node]
    yield from (
        p for p in parts if isinstance(p, LEAVES) and not isinstance(getattr(p, "ctx", None), ast.Store)
    )
    yield ast.Constant(0.5)
    yield from (
        p for p in ast.iter_child_nodes(node) if isinstance(p, ast.expr) and not isinstance(p, LEAVES)
    )


def _get(owner: ast.AST, field: str, index: int | None) -> Any:
    value = getattr(owner, field)
    return value if index is None else value[index]


def _set(place: tuple[ast.AST, str, int | None], value: ast.expr) -> None:
    owner, field, index = place
    if index is None:
        setattr(owner, field, value)
    else:
        getattr(owner, field)[index] = value
