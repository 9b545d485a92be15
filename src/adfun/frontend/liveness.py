"""Which names may still be read after a compound statement: only those have to get out of it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from adfun.frontend import analysis
from adfun.records import dataclass, field


@dataclass(frozen=True, slots=True)
class Place:
    """Where control may go from inside a block.

    end   live where the block, or one around it up to the loop, comes to its end: a branch that leaves
          is joined with the other one only there
    exit  live where `break` leads to
    next  live where `continue` leads to
    """

    end: frozenset[str] = frozenset()
    exit: frozenset[str] = frozenset()
    next: frozenset[str] = frozenset()


@dataclass(slots=True)
class Liveness:
    """The names that are live after every `if`, loop and conditional expression of one function."""

    always: frozenset[str]
    """Names read in a nested function, a class or a handler: no order of execution is known for them."""
    _after: dict[ast.AST, frozenset[str]] = field(default_factory=dict)
    _headers: dict[ast.AST, frozenset[str]] = field(default_factory=dict)
    """What is live where an iteration of a loop begins."""
    _facts: dict[ast.AST, tuple[frozenset[str], frozenset[str]]] = field(default_factory=dict)

    def after(self, node: ast.AST) -> frozenset[str] | None:
        """Names that may be read after a statement (before they are assigned); None when not known."""
        found = self._after.get(node)
        return None if found is None else found | self.always

    def block(self, stmts: Sequence[ast.stmt], live: set[str], place: Place) -> set[str]:
        """What is live before statements, given what is live after them."""
        for stmt in reversed(stmts):
            live = self._stmt(stmt, live, place)
        return live

    def _stmt(self, stmt: ast.stmt, live: set[str], place: Place) -> set[str]:
        match stmt:
            case ast.If():
                self._after[stmt] = frozenset(live) | place.end
                inside = Place(place.end | live, place.exit, place.next)
                yes = self.block(stmt.body, set(live), inside)
                no = self.block(stmt.orelse, set(live), inside)
                return yes | no | self._read(stmt.test)
            case ast.For() | ast.While():
                return self._loop(stmt, live, place)
            case ast.Try():
                inside = Place(place.end | live, place.exit, place.next)
                return self.block([*stmt.body, *stmt.orelse, *stmt.finalbody], live, inside)
            case ast.With():
                inside = Place(place.end | live, place.exit, place.next)
                return self.block(stmt.body, live, inside).union(
                    *(self._read(i.context_expr) for i in stmt.items)
                )
            case ast.Return() | ast.Raise():
                return set(self._read(stmt))
            case ast.Break():
                return set(place.exit)
            case ast.Continue():
                return set(place.next)
            case _:
                if any(isinstance(node, ast.IfExp) for node in ast.walk(stmt)):
                    self._after[stmt] = frozenset(live - self._bound(stmt))
                live -= self._bound(stmt)
                live |= self._read(stmt)
                return live

    def _loop(self, stmt: ast.For | ast.While, live: set[str], place: Place) -> set[str]:
        after = frozenset(live)
        ended = self.block(stmt.orelse, set(live), place)
        self._after[stmt] = after | ended | place.end
        test = self._read(stmt.test) if isinstance(stmt, ast.While) else frozenset()
        targets = analysis.assigned([stmt.target]) if isinstance(stmt, ast.For) else set()
        # From where an earlier visit ended: gone through twice at every level, nesting would double the work.
        header = self._headers.get(stmt, frozenset()) | after | ended | test
        while True:  # what is read in the body is live at its end as well
            inside = Place(header | after, after, header)
            before, header = header, header | (self.block(stmt.body, set(header), inside) - targets)
            if header == before:
                break
        self._headers[stmt] = header
        return set(header | self._read(stmt.iter)) if isinstance(stmt, ast.For) else set(header)

    def _read(self, node: ast.AST) -> frozenset[str]:
        return self._fact(node)[0]

    def _bound(self, node: ast.AST) -> frozenset[str]:
        return self._fact(node)[1]

    def _fact(self, node: ast.AST) -> tuple[frozenset[str], frozenset[str]]:
        found = self._facts.get(node)
        if found is None:
            found = self._facts[node] = frozenset(analysis.reads([node])), _surely_bound(node)
        return found


def of(function: ast.AST) -> Liveness:
    """The liveness of the names of a function (or lambda, which has no statements)."""
    body = function.body if isinstance(function, ast.FunctionDef) else []
    found = Liveness(frozenset(_unordered(body)))
    found.block(body, set(), Place())
    return found


def _surely_bound(node: ast.AST) -> frozenset[str]:
    """Names that a simple statement gives a new value in any case."""
    match node:
        case ast.Assign():
            return frozenset(n for t in node.targets for n in _names(t))
        case ast.AnnAssign(target=ast.Name(id=name)) if node.value is not None:
            return frozenset((name,))
        case ast.FunctionDef():
            return frozenset((node.name,))
        case _:
            return frozenset()


def _names(target: ast.expr) -> list[str]:
    match target:
        case ast.Name():
            return [target.id]
        case ast.Tuple() | ast.List():
            return [n for t in target.elts for n in _names(t)]
        case ast.Starred():
            return _names(target.value)
        case _:
            return []


def _unordered(stmts: Iterable[ast.stmt]) -> set[str]:
    names: set[str] = set()
    for stmt in stmts:
        for node in ast.walk(stmt):
            if isinstance(node, (*analysis.SCOPES, ast.ClassDef, ast.ExceptHandler)):
                names.update(analysis.reads([node]))
            elif isinstance(node, ast.Try):
                names.update(analysis.reads(node.finalbody))
            elif isinstance(node, ast.Nonlocal):
                names.update(node.names)
    return names
