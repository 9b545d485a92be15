"""Functions of the user's (and of the library): their syntax, defaults and surroundings."""

from __future__ import annotations

import ast
import inspect
import linecache
import textwrap
from dataclasses import dataclass, field
from functools import lru_cache
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np

from adfun.diagnostics.errors import ArgumentError
from adfun.diagnostics.spans import Source
from adfun.frontend.machine import Env
from adfun.frontend.parse import parse
from adfun.frontend.refs import Ref, ref_of
from adfun.frontend.values import DictValue, ListValue, Value

if TYPE_CHECKING:
    from adfun.frontend.machine import Machine

Definition = ast.FunctionDef | ast.Lambda


@dataclass(eq=False, slots=True)
class FunctionValue:
    """A function that the evaluator can run."""

    node: Definition
    source: Source
    closure: Env
    defaults: list[Value]
    kw_defaults: dict[str, Value]
    owner: Value = field(default=None)

    @property
    def name(self) -> str:
        return self.node.name if isinstance(self.node, ast.FunctionDef) else "<lambda>"


def define(m: Machine, node: Definition) -> FunctionValue:
    """The value of a `def` or `lambda` under evaluation."""
    defaults = [m.settle(m.eval(d)) for d in node.args.defaults]
    kw_defaults = {
        arg.arg: m.settle(m.eval(d))
        for arg, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        if d is not None
    }
    return FunctionValue(node, m.source, m.env, defaults, kw_defaults)


def from_python(m: Machine, function: FunctionType) -> FunctionValue:
    """A Python function object as one that can be evaluated; the same one for the whole evaluation.

    What it refers to may be another thing at the next compilation, so nothing is kept until then.
    """
    found = m.functions.get(function)
    if found is None:
        found = m.functions[function] = _from_python(m, function)
    assert isinstance(found, FunctionValue)
    return found


def _from_python(m: Machine, function: FunctionType) -> FunctionValue:
    code = function.__code__
    source, node = definition_of(code)
    around = m.globals.setdefault(id(function.__globals__), Globals(function.__globals__))
    surroundings = Env({}, None, None, set(), around)
    names: dict[str, Value] = {}
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        try:
            names[name] = lift(cell.cell_contents)
        except ValueError:
            continue
    closure = Env(names, surroundings)
    if code.co_name in code.co_freevars:
        closure.names.pop(code.co_name, None)
    defaults = [lift(d) for d in function.__defaults__ or ()]
    kw_defaults = {k: lift(v) for k, v in (function.__kwdefaults__ or {}).items()}
    made = FunctionValue(node, source, closure, defaults, kw_defaults)
    if code.co_name in code.co_freevars:
        closure.names[code.co_name] = made
    return made


class Globals:
    """Looks up the globals of a Python function, then the built-in names."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.names = names
        self.lifted: dict[str, tuple[Any, Value]] = {}

    def __call__(self, name: str) -> Value:
        if name in self.names:
            value = self.names[name]
            known = self.lifted.get(name)
            if known is None or known[0] is not value:
                known = self.lifted[name] = (value, lift(value))
            return known[1]
        return built_in(name)


def built_in(name: str) -> Value:
    """A built-in name; KeyError when there is none."""
    if name in BUILT_IN:
        return Ref(f"builtins.{name}")
    raise KeyError(name)


BUILT_IN = frozenset(
    "abs all any bool dict divmod enumerate filter float int isinstance len list map max min next object "
    "pow print range reversed round slice sorted str sum tuple type zip complex callable iter repr format "
    "set frozenset getattr hasattr super "
    "ArithmeticError AssertionError Exception FloatingPointError IndexError KeyError NotImplementedError "
    "OverflowError RuntimeError TypeError ValueError ZeroDivisionError".split()
)


def lift(value: Any) -> Value:
    """A Python object from a module or closure as a value of the evaluator."""
    if isinstance(value, list):
        return ListValue([lift(v) for v in value])
    if isinstance(value, dict):
        return DictValue({k: lift(v) for k, v in value.items()})
    if type(value) is tuple:
        return tuple(lift(v) for v in value)
    if isinstance(value, (bool, int, float, str, bytes, type(None), np.ndarray, np.generic)):
        return value
    known = ref_of(value)
    if known is not None:
        return known
    if isinstance(value, FunctionType):
        return value
    if hasattr(value, "__array__") and not isinstance(value, type):
        return np.asarray(value)
    return value


# -- source text ------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def definition_of(code: CodeType) -> tuple[Source, Definition]:
    """Where the syntax of a compiled function stands."""
    lines = linecache.getlines(code.co_filename)
    if not lines:
        raise ArgumentError(
            f"the source of {code.co_name!r} cannot be found: {code.co_filename!r} has no readable text. "
            "Give the path of a .py file, or the source as text, instead of the function."
        )
    alone = _block(code, lines)
    if alone is not None:
        return alone
    source, tree = _parsed(code.co_filename, "".join(lines))
    candidates = [n for n in tree.get(code.co_firstlineno, ()) if _matches(n, code)]
    if len(candidates) > 1:
        candidates = _nearest(candidates, code) or candidates
    if not candidates:
        raise ArgumentError(
            f"the source of {code.co_name!r} was not found in {code.co_filename!r} at line "
            f"{code.co_firstlineno}: the file has changed since it was imported. Import it again."
        )
    return source, candidates[0]


def _block(code: CodeType, lines: list[str]) -> tuple[Source, Definition] | None:
    """The `def` that starts at the code's first line, parsed without the rest of its file."""
    if not lines[code.co_firstlineno - 1 : code.co_firstlineno] or code.co_name == "<lambda>":
        return None
    text = textwrap.dedent("".join(inspect.getblock(lines[code.co_firstlineno - 1 :])))
    try:
        tree = parse(text)
    except SyntaxError:
        return None
    node = tree.body[0] if tree.body else None
    if not isinstance(node, ast.FunctionDef) or not _matches(node, code):
        return None
    return Source(code.co_filename, text, code.co_firstlineno), node


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
    return name == code.co_name and tuple(args) == code.co_varnames[: code.co_argcount]


def _nearest(nodes: list[Definition], code: CodeType) -> list[Definition]:
    """Of several lambdas in one line, the one whose body spans the code's positions."""
    positions = getattr(code, "co_positions", None)
    if positions is None:
        return []
    columns = [p[2] for p in positions() if p[2] is not None and p[0] == code.co_firstlineno and p[2] > 0]
    return [
        n
        for n in nodes
        if isinstance(n, ast.Lambda)
        and columns
        and n.body.col_offset <= min(columns)
        and max(columns) <= (n.body.end_col_offset or 0)
    ]
