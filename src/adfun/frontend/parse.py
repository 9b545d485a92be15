"""Source text to syntax; `match` becomes the chain of `if` that it stands for.

match x:                      %match = x
    case 0 | 1: ...           if %match == 0 or %match == 1: ...
    case (a, b): ...          elif len(%match) == 2: a = %match[0]; b = %match[1]; ...
    case _: ...               else: ...
"""

from __future__ import annotations

import ast
from functools import reduce

SUBJECT = "%match"


def parse(text: str) -> ast.Module:
    """The syntax tree of a module; SyntaxError as Python raises it."""
    tree = ast.parse(text)
    if "match" in text and any(isinstance(node, ast.Match) for node in ast.walk(tree)):
        _Matches().visit(tree)
    return tree


class _Matches(ast.NodeTransformer):
    """Replaces every `match` that can be written as conditions; others stay, to be refused."""

    def __init__(self) -> None:
        self.depth = 0

    def visit_Match(self, node: ast.Match) -> ast.AST | list[ast.AST]:
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1
        subject = f"{SUBJECT}{self.depth}"
        try:
            chain = _chain(node.cases, subject)
        except NotImplementedError:
            return node
        first: ast.stmt = ast.Assign([ast.Name(subject, ast.Store())], node.subject)
        made = [first, *chain]
        for stmt in made:
            _locate(stmt, node)
        return [*made]


def _locate(made: ast.AST, place: ast.AST) -> None:
    """Give new nodes the place of the nearest old one around them."""
    for child in ast.iter_child_nodes(made):
        if not hasattr(child, "lineno"):
            ast.copy_location(child, place)
        _locate(child, child if hasattr(child, "lineno") else place)
    if isinstance(made, (ast.stmt, ast.expr)) and not hasattr(made, "lineno"):
        ast.copy_location(made, place)


def _chain(cases: list[ast.match_case], subject: str) -> list[ast.stmt]:
    """The cases as nested conditions; what follows one that always matches is never reached."""
    rest: list[ast.stmt] = []
    for case in reversed(cases):
        tests, names = _pattern(case.pattern, ast.Name(subject, ast.Load()))
        bound: list[ast.stmt] = [ast.Assign([ast.Name(n, ast.Store())], value) for n, value in names]
        if case.guard is not None and names:
            if tests:
                raise NotImplementedError
            rest = [*bound, ast.If(case.guard, case.body, rest)]
            continue
        if case.guard is not None:
            tests = [*tests, case.guard]
        body = [*bound, *case.body]
        rest = [ast.If(reduce(_both, tests), body, rest)] if tests else body
    return rest


def _both(x: ast.expr, y: ast.expr) -> ast.expr:
    return ast.BoolOp(ast.And(), [x, y])


def _compared(x: ast.expr, op: ast.cmpop, y: ast.expr) -> ast.expr:
    return ast.Compare(x, [op], [y])


def _pattern(pattern: ast.pattern, subject: ast.expr) -> tuple[list[ast.expr], list[tuple[str, ast.expr]]]:
    """Conditions that must all hold, and the names that are bound."""
    match pattern:
        case ast.MatchValue():
            return [_compared(subject, ast.Eq(), pattern.value)], []
        case ast.MatchSingleton():
            return [_compared(subject, ast.Is(), ast.Constant(pattern.value))], []
        case ast.MatchAs(pattern=inner):
            tests, names = ([], []) if inner is None else _pattern(inner, subject)
            return tests, [*names, (pattern.name, subject)] if pattern.name else names
        case ast.MatchOr():
            parts = [_pattern(p, subject) for p in pattern.patterns]
            if any(names for _, names in parts):
                raise NotImplementedError
            if any(not tests for tests, _ in parts):
                return [], []
            return [ast.BoolOp(ast.Or(), [reduce(_both, tests) for tests, _ in parts])], []
        case ast.MatchSequence() if not any(isinstance(p, ast.MatchStar) for p in pattern.patterns):
            return _sequence(pattern.patterns, subject)
    raise NotImplementedError


def _sequence(
    patterns: list[ast.pattern], subject: ast.expr
) -> tuple[list[ast.expr], list[tuple[str, ast.expr]]]:
    length = ast.Call(ast.Name("len", ast.Load()), [subject], [])
    tests = [_compared(length, ast.Eq(), ast.Constant(len(patterns)))]
    names: list[tuple[str, ast.expr]] = []
    for k, part in enumerate(patterns):
        more, bound = _pattern(part, ast.Subscript(subject, ast.Constant(k), ast.Load()))
        tests += more
        names += bound
    return tests, names
