"""What the syntax of a function tells: which names it assigns, reads first, and where it leaves."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def assigned(stmts: Iterable[ast.AST]) -> set[str]:
    """Names that statements bind in their own scope."""
    names: set[str] = set()
    for stmt in stmts:
        names |= _assigned_in(stmt) if isinstance(stmt, ast.If) else _assigned([stmt])
    return names


@lru_cache(maxsize=4096)
def _assigned_in(stmt: ast.If) -> frozenset[str]:
    """The same of one `if`: a chain of them would be looked through from every link."""
    return frozenset(_assigned([stmt.test]) | assigned(stmt.body) | assigned(stmt.orelse))


def _assigned(stmts: Iterable[ast.AST]) -> set[str]:
    names: set[str] = set()
    for node in _own_nodes(stmts):
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            names.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)) or (
            isinstance(node, ast.ExceptHandler) and node.name
        ):
            names.add(str(node.name))
    return names


def _own_nodes(stmts: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """All nodes below, without the insides of nested functions and comprehension targets."""
    todo = list(stmts)
    while todo:
        node = todo.pop()
        yield node
        if isinstance(node, SCOPES):
            continue
        if isinstance(node, COMPREHENSIONS):
            todo += [n for n in ast.walk(node) if isinstance(n, ast.NamedExpr)]
            continue
        todo += ast.iter_child_nodes(node)


def only_augmented(stmts: Iterable[ast.AST]) -> set[str]:
    """Names that statements bind by `x += ...` and in no other way."""
    plain: set[str] = set()
    changed: set[str] = set()
    todo = list(stmts)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            changed.add(node.target.id)
            todo.append(node.value)
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            plain.add(node.id)
        if not isinstance(node, SCOPES):
            todo += ast.iter_child_nodes(node)
    return changed - plain


def reads(nodes: Iterable[ast.AST]) -> list[str]:
    """Names read anywhere below, also by `x += ...`, with repetitions; nested functions included."""
    found: list[str] = []
    for node in nodes:
        for n in ast.walk(node):
            if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Store):
                found.append(n.id)
            elif isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name):
                found.append(n.target.id)
    return found


def read_first(stmts: Sequence[ast.stmt]) -> set[str]:
    """Names whose value from before may be read by these statements."""
    exposed: set[str] = set()
    _scan(stmts, set(), exposed)
    return exposed


def surely_assigned(stmts: Sequence[ast.stmt]) -> set[str]:
    """Names that have been assigned when control reaches the end of these statements."""
    return _scan(stmts, set(), set())


def may_jump(body: Sequence[ast.stmt]) -> bool:
    """Whether control may leave statements before their end."""
    return any(isinstance(n, (ast.Continue, ast.Break, ast.Return)) for s in body for n in ast.walk(s))


def _scan(stmts: Sequence[ast.stmt], done: set[str], exposed: set[str]) -> set[str]:
    """Walk in order of execution; returns the names definitely assigned afterwards."""
    for stmt in stmts:
        match stmt:
            case ast.If():
                exposed |= set(reads([stmt.test])) - done
                yes = _scan(stmt.body, set(done), exposed)
                no = _scan(stmt.orelse, set(done), exposed)
                if leaves(stmt.body):
                    done |= no
                elif leaves(stmt.orelse):
                    done |= yes
                else:
                    done |= yes & no
            case ast.For():
                exposed |= set(reads([stmt.iter])) - done
                inside = done | assigned([stmt.target])
                _scan(stmt.body, set(inside), exposed)
                _scan(stmt.orelse, set(done), exposed)
            case ast.While():
                exposed |= set(reads([stmt.test])) - done
                _scan(stmt.body, set(done), exposed)
                _scan(stmt.orelse, set(done), exposed)
            case ast.Try():
                after = _scan(stmt.body, set(done), exposed)
                for handler in stmt.handlers:
                    _scan(handler.body, set(done), exposed)
                _scan(stmt.orelse, set(after), exposed)
                _scan(stmt.finalbody, set(done), exposed)
            case ast.With():
                exposed |= set(reads([i.context_expr for i in stmt.items])) - done
                done |= _scan(stmt.body, set(done), exposed)
            case ast.FunctionDef():
                exposed |= set(reads([stmt])) - done
                done.add(stmt.name)
            case ast.AugAssign():
                names = set(reads([stmt.value])) | {
                    n.id for n in ast.walk(stmt.target) if isinstance(n, ast.Name)
                }
                exposed |= names - done
            case _:
                exposed |= set(reads([stmt])) - done
                done |= assigned([stmt])
    return done


def leaves(stmts: Sequence[ast.stmt]) -> bool:
    """Whether control never reaches the end of these statements."""
    for stmt in stmts:
        match stmt:
            case ast.Return() | ast.Break() | ast.Continue() | ast.Raise():
                return True
            case ast.If() if stmt.orelse and leaves(stmt.body) and leaves(stmt.orelse):
                return True
            case ast.With() if leaves(stmt.body):
                return True
            case _:
                pass
    return False


def may_exit_loop(body: Sequence[ast.stmt]) -> bool:
    """Whether a loop body holds a `break` of its own, or a `return`."""
    todo: list[tuple[ast.AST, bool]] = [(s, True) for s in body]
    while todo:
        node, own = todo.pop()
        if isinstance(node, ast.Return) or (isinstance(node, ast.Break) and own):
            return True
        if isinstance(node, (*SCOPES, ast.ClassDef)):
            continue
        inner = own and not isinstance(node, (ast.For, ast.While))
        todo += [(child, inner) for child in ast.iter_child_nodes(node)]
    return False


def may_return(body: Sequence[ast.stmt]) -> bool:
    """Whether a `return` of this function is among the statements."""
    return any(isinstance(n, ast.Return) for n in _own_nodes(body))


@lru_cache(maxsize=4096)
def weight(node: ast.AST) -> int:
    """Number of syntax nodes below: a measure of how much code it becomes."""
    return sum(1 for _ in ast.walk(node))
