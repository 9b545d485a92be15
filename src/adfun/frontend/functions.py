"""Functions of the user's (and of the library): their syntax, defaults and surroundings."""

from __future__ import annotations

import ast
from types import FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np

from adfun.diagnostics.spans import Source
from adfun.frontend.definitions import Definition, definition_of
from adfun.frontend.machine import Env
from adfun.frontend.parse import PART
from adfun.frontend.private import class_in, in_method
from adfun.frontend.refs import Ref, ref_of
from adfun.frontend.shared import with_shared
from adfun.frontend.values import DictValue, ListValue, Value
from adfun.records import dataclass, field

if TYPE_CHECKING:
    from adfun.frontend.machine import Machine


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
    return FunctionValue(_with_shared(m, node), m.source, m.env, defaults, kw_defaults)


def _with_shared(m: Machine, node: Definition) -> Definition:
    """The same syntax for the same function in the whole evaluation."""
    if not isinstance(node, ast.FunctionDef):
        return node
    if node not in m.shared:
        m.shared[node] = made = with_shared(node)
        m.shared.update((inner, inner) for inner in ast.walk(made) if isinstance(inner, ast.FunctionDef))
    return m.shared[node]


def from_python(m: Machine, function: FunctionType, cls: str = "") -> FunctionValue:
    """A Python function object as one that can be evaluated; the same one for the whole evaluation.

    It is written in a class of the given name, or in the one that its own name tells.  What it refers to may
    be another thing at the next compilation, so nothing is kept until then.
    """
    found = m.functions.get(function)
    if found is None:
        found = m.functions[function] = _from_python(m, function, cls)
    assert isinstance(found, FunctionValue)
    return found


def _from_python(m: Machine, function: FunctionType, cls: str) -> FunctionValue:
    code = function.__code__
    source, node = definition_of(function)
    node = in_method(node, source.text, cls or class_in(function.__qualname__))
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
    made = FunctionValue(_with_shared(m, node), source, closure, defaults, kw_defaults)
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
    if name in BUILT_IN or name == PART:
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
