"""Source text to syntax, some of it written with simpler syntax.

match x:                      %match = x
    case 0 | 1: ...           if %match == 0 or %match == 1: ...
    case (a, b): ...          elif len(%match) == 2 and (a := %match[0], True)[1] and ...
    case _: ...               else: ...

def f(): yield a              def f(): %yielded = []; %yielded.append(a); return %yielded
f = lambda x: a               at the top of a module: def f(x): return a
"""

from __future__ import annotations

import ast

from adfun.diagnostics.spans import NOWHERE, Source, Span
from adfun.frontend.private import in_classes

OUT = "%yielded"
ITEM = "%item"
PART = "%part"
"""The function that gives what a positional part of a class pattern is matched with."""
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def parse(text: str, *, whole: bool = False) -> ast.Module:
    """The syntax tree of a module; SyntaxError as Python raises it.

    Of a whole module also where only Python's compiler finds the error: `break` outside a loop, say.
    """
    tree = ast.parse(text)
    if whole:
        _compiled(tree)
    tree = in_classes(tree, text)
    rewritten = (ast.Match, ast.Yield, ast.YieldFrom)
    if ("match" in text or "yield" in text) and any(isinstance(n, rewritten) for n in ast.walk(tree)):
        ast.fix_missing_locations(_Rewriter().visit(tree))
    return tree


def _compiled(tree: ast.Module) -> None:
    """Let Python's compiler look for errors; we go deeper than it does."""
    try:
        compile(tree, "<source>", "exec", dont_inherit=True)
    except (RecursionError, MemoryError):
        pass
    except SyntaxError as error:
        if error.msg != "too many statically nested blocks":
            raise


def with_definitions(tree: ast.Module) -> ast.Module:
    """The tree with the lambdas at its top as functions."""
    tree.body = [_definition(s) for s in tree.body]
    return tree


def _definition(stmt: ast.stmt) -> ast.stmt:
    """A function for a name that a lambda is given at the top of a module."""
    match stmt:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda(args=args, body=body)):
            made = ast.copy_location(ast.Return(body), body)
            function = ast.FunctionDef(name, args, [made], [])
            return ast.copy_location(function, stmt)
    return stmt


def span_of(source: Source, node: ast.AST) -> Span:
    """The span of an ast node, in the line numbers of the user's file."""
    line = getattr(node, "lineno", None)
    if line is None:
        return NOWHERE
    first = source.first_line - 1
    return Span(
        source,
        line + first,
        getattr(node, "col_offset", 0),
        (getattr(node, "end_lineno", None) or line) + first,
        getattr(node, "end_col_offset", None) or 0,
    )


class _Rewriter(ast.NodeTransformer):
    """Inner nodes first."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self.generic_visit(node)
        if not _yields(node):
            spoken_to = _first_yield(node)
            if spoken_to is not None:  # refused whether it is reached or not
                node.body = [ast.copy_location(ast.Expr(spoken_to), spoken_to), *node.body]
            return node
        start = ast.copy_location(ast.Assign([ast.Name(OUT, ast.Store())], ast.List([], ast.Load())), node)
        end = ast.copy_location(ast.Return(ast.Name(OUT, ast.Load())), node.body[-1])
        node.body = [start, *(_collecting(s) for s in node.body), end]
        return node

    def visit_Match(self, node: ast.Match) -> list[ast.stmt]:
        self.generic_visit(node)
        name = f"%match{node.lineno}"
        subject = ast.Assign([ast.Name(name, ast.Store())], node.subject)
        chain: list[ast.stmt] = []
        for case in reversed(node.cases):
            test = _test(case.pattern, ast.Name(name, ast.Load()))
            if case.guard is not None:
                test = _both(test, case.guard)
            always = isinstance(test, ast.Constant) and test.value is True
            place = case.body[0]
            chain = case.body if always else [ast.copy_location(ast.If(test, case.body, chain), place)]
        return [ast.copy_location(subject, node), *(chain or [ast.copy_location(ast.Pass(), node)])]


# -- generators -------------------------------------------------------------------------------


def _yields(node: ast.FunctionDef) -> bool:
    """Whether a function is a generator whose values can be put into a list."""
    found, endless = False, False
    todo: list[ast.AST] = list(node.body)
    while todo:
        inner = todo.pop()
        if isinstance(inner, ast.Expr) and isinstance(inner.value, (ast.Yield, ast.YieldFrom)):
            found = True
        elif isinstance(inner, (ast.Yield, ast.YieldFrom)):
            return False  # its value is used: it takes part in a conversation
        if isinstance(inner, ast.While) and isinstance(inner.test, ast.Constant):
            endless = endless or not any(isinstance(n, (ast.Break, ast.Return)) for n in ast.walk(inner))
        if isinstance(inner, ast.Expr) and isinstance(inner.value, (ast.Yield, ast.YieldFrom)):
            continue
        if not isinstance(inner, SCOPES):
            todo += ast.iter_child_nodes(inner)
    return found and not endless


def _first_yield(node: ast.FunctionDef) -> ast.expr | None:
    """A `yield` of the function itself."""
    todo: list[ast.AST] = list(node.body)
    while todo:
        inner = todo.pop(0)
        if isinstance(inner, (ast.Yield, ast.YieldFrom)):
            return inner
        if not isinstance(inner, SCOPES):
            todo += ast.iter_child_nodes(inner)
    return None


def _collecting(stmt: ast.stmt) -> ast.stmt:
    return stmt if isinstance(stmt, SCOPES) else _Collector().visit(stmt)


class _Collector(ast.NodeTransformer):
    """`yield x` appends, `return` returns what was collected; nested functions are left alone."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        return node

    def visit_Return(self, node: ast.Return) -> ast.Return:
        return ast.copy_location(ast.Return(ast.Name(OUT, ast.Load())), node)

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        match node.value:
            case ast.Yield(value=value):
                made: ast.stmt = _append(value or ast.Constant(None))
            case ast.YieldFrom(value=value):
                item = ast.Name(ITEM, ast.Load())
                made = ast.For(
                    ast.Name(ITEM, ast.Store()), value, [ast.copy_location(_append(item), node)], []
                )
            case _:
                return node
        return ast.copy_location(made, node)


def _append(value: ast.expr) -> ast.Expr:
    return ast.Expr(ast.Call(ast.Attribute(ast.Name(OUT, ast.Load()), "append", ast.Load()), [value], []))


# -- match ------------------------------------------------------------------------------------

TRUE = True


def _test(pattern: ast.pattern, subject: ast.expr) -> ast.expr:
    """The condition under which a pattern matches; it binds the names of the pattern."""
    match pattern:
        case ast.MatchValue(value=value):
            test: ast.expr = ast.Compare(subject, [ast.Eq()], [value])
        case ast.MatchSingleton(value=constant):
            test = ast.Compare(subject, [ast.Is()], [ast.Constant(constant)])
        case ast.MatchOr(patterns=patterns):
            test = ast.BoolOp(ast.Or(), [_test(p, subject) for p in patterns])
        case ast.MatchAs(pattern=inner, name=name):
            test = ast.Constant(TRUE) if inner is None else _test(inner, subject)
            test = test if name is None else _both(test, _binding(name, subject))
        case ast.MatchSequence(patterns=patterns):
            test = _sequence(patterns, subject)
        case ast.MatchMapping(keys=keys, patterns=patterns, rest=None):
            test = _kind(subject, "dict")
            for key, inner in zip(keys, patterns, strict=True):
                test = _both(test, ast.Compare(key, [ast.In()], [subject]))
                test = _both(test, _test(inner, ast.Subscript(subject, key, ast.Load())))
        case ast.MatchClass(cls=cls, patterns=patterns, kwd_attrs=names, kwd_patterns=inners):
            test = ast.Call(ast.Name("isinstance", ast.Load()), [subject, cls], [])
            for k, inner in enumerate(patterns):
                part = ast.Call(ast.Name(PART, ast.Load()), [subject, cls, ast.Constant(k)], [])
                test = _both(test, _test(inner, ast.copy_location(part, pattern)))
            for name, inner in zip(names, inners, strict=True):
                test = _both(test, _test(inner, ast.Attribute(subject, name, ast.Load())))
        case _:
            test = ast.Yield(None)  # refused when it is evaluated
    return ast.copy_location(test, pattern)


def _sequence(patterns: list[ast.pattern], subject: ast.expr) -> ast.expr:
    """A list or tuple of the right length, whose items match."""
    stars = [k for k, p in enumerate(patterns) if isinstance(p, ast.MatchStar)]
    fixed = len(patterns) - len(stars)
    length = ast.Call(ast.Name("len", ast.Load()), [subject], [])
    enough: ast.cmpop = ast.GtE() if stars else ast.Eq()
    test = _both(_kind(subject, "tuple", "list"), ast.Compare(length, [enough], [ast.Constant(fixed)]))
    for k, inner in enumerate(patterns):
        after = bool(stars) and k > stars[0]
        if isinstance(inner, ast.MatchStar):
            if inner.name is not None:
                end = ast.Constant(k + 1 - len(patterns)) if k + 1 < len(patterns) else None
                middle = ast.Subscript(subject, ast.Slice(ast.Constant(k), end), ast.Load())
                test = _both(test, _binding(inner.name, middle))
            continue
        place = ast.Constant(k - len(patterns) if after else k)
        test = _both(test, _test(inner, ast.Subscript(subject, place, ast.Load())))
    return test


def _kind(subject: ast.expr, *names: str) -> ast.expr:
    kinds = ast.Tuple([ast.Name(n, ast.Load()) for n in names], ast.Load())
    return ast.Call(ast.Name("isinstance", ast.Load()), [subject, kinds], [])


def _both(first: ast.expr, second: ast.expr) -> ast.expr:
    if isinstance(first, ast.Constant) and first.value is True:
        return second
    return ast.copy_location(ast.BoolOp(ast.And(), [first, second]), first)


def _binding(name: str, value: ast.expr) -> ast.expr:
    """An expression that is true, and gives a name its value."""
    bind = ast.NamedExpr(ast.Name(name, ast.Store()), value)
    return ast.Subscript(ast.Tuple([bind, ast.Constant(TRUE)], ast.Load()), ast.Constant(1), ast.Load())
