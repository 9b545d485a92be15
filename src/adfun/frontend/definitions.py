"""Where the syntax of a function object stands, and the piece of text that holds it."""

from __future__ import annotations

import ast
import inspect
import linecache
import textwrap
from functools import lru_cache
from types import CodeType, FunctionType

from adfun.diagnostics.errors import ArgumentError
from adfun.diagnostics.spans import Source
from adfun.frontend.parse import parse
from adfun.records import dataclass

Definition = ast.FunctionDef | ast.Lambda

CARRIED = "__adfun_definition__"
"""The attribute of a function that was made from a `Piece`: its source and syntax."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The whole lines of a file that hold a `def`, or a lambda between two columns (in bytes) of them."""

    file: str
    line: int
    text: str
    columns: tuple[int, int] | None = None

    def parse(self) -> tuple[Source, Definition]:
        """The syntax, and what its positions count in; SyntaxError or ValueError if it holds none."""
        return self._def() if self.columns is None else self._lambda(*self.columns)

    def _def(self) -> tuple[Source, Definition]:
        try:
            text, first = textwrap.dedent(self.text), self.line
            body = parse(text).body
        except SyntaxError:  # a string that spans lines starts left of the `def`
            text, first = f"if 1:\n{self.text}", self.line - 1
            block = parse(text).body[0]
            body = block.body if isinstance(block, ast.If) else []
        if not body or not isinstance(body[0], ast.FunctionDef):
            raise ValueError("no function starts here")
        return Source(self.file, text, first), body[0]

    def _lambda(self, start: int, end: int) -> tuple[Source, Definition]:
        lines = self.text.encode().splitlines(keepends=True)
        before = sum(map(len, lines[:-1]))
        segment = self.text.encode()[start : before + end].decode()
        statement = parse(f"({segment})").body[0]
        if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Lambda):
            raise ValueError("no lambda stands here")
        for node in ast.walk(statement.value):
            if getattr(node, "lineno", 0) == 1:
                node.col_offset += start - 1  # type: ignore[attr-defined]
            if getattr(node, "end_lineno", 0) == 1:
                node.end_col_offset += start - 1  # type: ignore[attr-defined]
        return Source(self.file, self.text, self.line), statement.value


def piece_of(function: FunctionType) -> Piece:
    """The text of a function; an error when it cannot be found."""
    code = function.__code__
    lines = linecache.getlines(code.co_filename)
    first = lines[code.co_firstlineno - 1 : code.co_firstlineno]
    if first and first[0].lstrip().startswith(("def ", "@")) and code.co_name != "<lambda>":
        block = inspect.getblock(lines[code.co_firstlineno - 1 :])
        return Piece(code.co_filename, code.co_firstlineno, "".join(block))
    source, node = definition_of(function)
    start, end = node.lineno, node.end_lineno or node.lineno
    columns = None
    if isinstance(node, ast.Lambda):
        columns = node.col_offset, node.end_col_offset or 0
    text = "".join(source.text.splitlines(keepends=True)[start - 1 : end])
    return Piece(source.name, start + source.first_line - 1, text, columns)


def definition_of(function: FunctionType) -> tuple[Source, Definition]:
    """Where the syntax of a function stands; ArgumentError when it cannot be found."""
    carried: tuple[Source, Definition] | None = vars(function).get(CARRIED)
    if carried is not None:
        return carried
    return _found(function.__code__, function.__code__.co_filename)


@lru_cache(maxsize=256)
def _found(code: CodeType, file: str) -> tuple[Source, Definition]:
    """The same by code; equal codes may be of different files."""
    lines = linecache.getlines(file)
    if not lines:
        raise ArgumentError(
            f"the source of {code.co_name!r} cannot be found: {file!r} has no readable text. "
            "Give the path of a .py file, or the source as text, instead of the function."
        )
    alone = _block(code, lines)
    if alone is not None:
        return alone
    source, tree = _parsed(file, "".join(lines))
    candidates = [n for n in tree.get(code.co_firstlineno, ()) if _matches(n, code)]
    if len(candidates) > 1:
        candidates = _nearest(candidates, code)
    if len({ast.dump(node) for node in candidates}) > 1:
        raise ArgumentError(
            f"which of the lambdas in line {code.co_firstlineno} of {file!r} is meant cannot be "
            "told. Put each on a line of its own, or use `def`."
        )
    if not candidates:
        raise ArgumentError(
            f"the source of {code.co_name!r} was not found in {file!r} at line "
            f"{code.co_firstlineno}: the file has changed since it was imported. Import it again."
        )
    return source, candidates[0]


def _block(code: CodeType, lines: list[str]) -> tuple[Source, Definition] | None:
    """The `def` that starts at the code's first line, parsed without the rest of its file."""
    if not lines[code.co_firstlineno - 1 : code.co_firstlineno] or code.co_name == "<lambda>":
        return None
    text = "".join(inspect.getblock(lines[code.co_firstlineno - 1 :]))
    try:
        source, node = Piece(code.co_filename, code.co_firstlineno, text).parse()
    except (SyntaxError, ValueError):
        return None
    return (source, node) if _matches(node, code) else None


@lru_cache(maxsize=32)
def _parsed(name: str, text: str) -> tuple[Source, dict[int, list[Definition]]]:
    found: dict[int, list[Definition]] = {}
    for node in ast.walk(parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.Lambda)):
            first = node.lineno
            if isinstance(node, ast.FunctionDef) and node.decorator_list:
                first = min(first, *(d.lineno for d in node.decorator_list))
            found.setdefault(first, []).append(node)
    return Source(name, text), found


def _matches(node: Definition, code: CodeType) -> bool:
    name = node.name if isinstance(node, ast.FunctionDef) else "<lambda>"
    args = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
    names = code.co_varnames[: code.co_argcount]
    return name == code.co_name and len(args) == len(names) and all(map(_is_named, args, names))


def _is_named(written: str, name: str) -> bool:
    """Whether a name in the code is the one that is written, be it a private one of a class."""
    return name == written or (written.startswith("__") and name.endswith(written))


def _nearest(nodes: list[Definition], code: CodeType) -> list[Definition]:
    """Of several lambdas that start in one line, those whose body spans the code's positions."""
    positions = getattr(code, "co_positions", None)
    if positions is None:
        return nodes
    places = [
        (line, column)
        for line, _, column, _ in positions()
        if line is not None and column is not None and (line > code.co_firstlineno or column > 0)
    ]
    return [
        n
        for n in nodes
        if isinstance(n, ast.Lambda)
        and places
        and (n.body.lineno, n.body.col_offset) <= min(places)
        and max(places) < (n.body.end_lineno or 0, n.body.end_col_offset or 0)
    ]
