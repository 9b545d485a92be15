"""Runs source text on dual numbers: with NumPy, SciPy and math that know them."""

from __future__ import annotations

import ast
import builtins
import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.fuzz.dual import elementwise, functions
from tests.fuzz.dual.densities import DENSITIES
from tests.fuzz.dual.linear_algebra import RULES
from tests.fuzz.dual.number import FUNCTIONS, UFUNCS, WATCH, Dual, Unsupported, array, holds_dual, lift

assert elementwise and functions

CONSTRUCTORS = "zeros ones empty zeros_like ones_like empty_like full full_like eye identity linspace".split()
ARRAYS = ("array", "asarray", "ascontiguousarray", "asfarray")
OF_MATH = {
    "pow": "power", "asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh", "acosh": "arccosh",
    "atanh": "arctanh", "atan2": "arctan2", "lgamma": "gammaln", "fmod": "fmod", "radians": "deg2rad",
    "degrees": "rad2deg",
}  # fmt: skip


@dataclass(frozen=True)
class Result:
    """Value and gradient (parameters in order, each in C order), and what `Watch` saw."""

    value: float
    gradient: NDArray[np.float64]
    largest: float
    steepest: float
    kink: float


class _Module:
    """Stands for a module: its functions take duals."""

    def __init__(self, name: str) -> None:
        self._module = importlib.import_module(name)
        self._name = name
        self._made: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name not in self._made:
            self._made[name] = self._member(name)
        return self._made[name]

    def _member(self, name: str) -> Any:
        real = getattr(self._module, name)
        if isinstance(real, ModuleType):
            return module(real.__name__)
        if self._name == "scipy.stats":
            return DENSITIES.get(name, real)
        if isinstance(real, np.ufunc):
            return _Ufunc(real)
        if self._name == "numpy" and name == "vectorize":
            return _vectorize
        if isinstance(real, type) or not callable(real):
            return real
        if self._name == "numpy":
            if name in ARRAYS:
                return lambda x, dtype=None, **options: _array(x, dtype, fresh=name == "array")
            if name in CONSTRUCTORS:
                return _constructor(name, real)
        return _function(real, self._rule(name))

    def _rule(self, name: str) -> Callable[..., Any] | None:
        if self._name == "math":
            rule = UFUNCS.get(OF_MATH.get(name, name), FUNCTIONS.get(name))
            return _log if name == "log" else rule
        if self._name in RULES:
            return RULES[self._name].get(name, FUNCTIONS.get(name))
        return FUNCTIONS.get(name, UFUNCS.get(name))


class _Ufunc:
    """A ufunc that also takes lists of duals."""

    def __init__(self, real: np.ufunc) -> None:
        self._real = real

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self._real(*(_lifted(a) for a in args), **options)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._real, name)
        return lambda *args, **options: method(*(_lifted(a) for a in args), **options)


def _lifted(x: Any) -> Any:
    return array(x) if isinstance(x, (list, tuple)) and holds_dual(x) else x


def _function(real: Callable[..., Any], rule: Callable[..., Any] | None) -> Callable[..., Any]:
    def call(*args: Any, **options: Any) -> Any:
        args = tuple(list(a) if isinstance(a, Iterator) else a for a in args)
        if not holds_dual(args) and not holds_dual(options):
            return real(*args, **options)
        if rule is None:
            raise Unsupported(real.__name__)
        if real.__name__ in ("max", "min", "amax", "amin", "sum", "mean", "prod", "std", "var", "median"):
            args = tuple(_lifted(a) for a in args)
        return rule(*args, **options)

    return call


def _constructor(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    """Floats are made as duals, since derivatives may be stored in them."""

    def call(*args: Any, **options: Any) -> Any:
        dual = holds_dual(args)
        result = FUNCTIONS[name](*args, **options) if dual else real(*args, **options)
        return lift(result) if isinstance(result, np.ndarray) and result.dtype.kind == "f" else result

    return call


def _array(x: Any, dtype: Any = None, fresh: bool = True) -> Any:
    if isinstance(x, (Dual, list, tuple)) and holds_dual(x):
        made = array(x) if fresh or not isinstance(x, Dual) else x
        return made if dtype is None else made.astype(dtype)
    made = np.array(x, dtype) if fresh else np.asarray(x, dtype)
    return lift(made) if made.dtype.kind == "f" else made


def _vectorize(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        parts = np.broadcast_arrays(*(np.arange(np.size(a)).reshape(np.shape(a)) for a in args))
        flat = [a.ravel() if np.ndim(a) else [a] for a in args]
        items = [
            function(*(f[int(p)] for f, p in zip(flat, row, strict=True)))
            for row in zip(*(p.ravel() for p in parts), strict=True)
        ]
        return array(items).reshape(parts[0].shape) if parts[0].ndim else items[0]

    return call


def _log(x: Any, base: Any = None) -> Any:
    result = UFUNCS["log"](lift(x))
    return result if base is None else result / UFUNCS["log"](lift(base))


_modules: dict[str, _Module] = {}


def module(name: str) -> Any:
    """The stand-in for a module; modules without numbers are themselves."""
    if name.split(".")[0] not in ("numpy", "scipy", "math"):
        return importlib.import_module(name)
    return _modules.setdefault(name, _Module(name))


def _import(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
    if fromlist:
        for member in fromlist:
            if name == "scipy":
                importlib.import_module(f"scipy.{member}")
        return module(name)
    importlib.import_module(name)
    return module(name.split(".")[0])


class _Casts(ast.NodeTransformer):
    """float(x) and np.float64(x) keep the derivatives of x."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in ("float", "float64"):
            node.func = ast.copy_location(ast.Name("_float", ast.Load()), node.func)
        return node


def _float(x: Any = 0.0) -> Any:
    if isinstance(x, Dual):
        return Dual(x.v.reshape(()), x.t.reshape(WATCH.lanes))
    return float(x)


def evaluate(
    text: str, data: Mapping[str, Any], params: Mapping[str, Any], entry: str = "objective"
) -> Result:
    """Value and gradient of the objective in a source text."""
    tree = ast.fix_missing_locations(_Casts().visit(ast.parse(text)))
    names: dict[str, Any] = {
        "__builtins__": {**vars(builtins), "__import__": _import},
        "__name__": "program",
        "_float": _float,
    }
    WATCH.start(sum(int(np.size(v)) for v in params.values()))
    exec(compile(tree, "<program>", "exec"), names)
    given = {name: _seen(v) for name, v in data.items()}
    start = 0
    for name, given_value in params.items():
        v = np.array(given_value, np.float64)
        t = np.eye(WATCH.lanes)[start : start + v.size].reshape((*v.shape, WATCH.lanes))
        given[name] = Dual(v, t)
        start += v.size
    with np.errstate(all="ignore"):
        result = lift(names[entry](**given))
    value, gradient = float(result.v.reshape(())), result.t.reshape(WATCH.lanes)
    return Result(value, gradient, WATCH.largest, WATCH.steepest, WATCH.kink)


def _seen(x: Any) -> Any:
    """Data as the program gets them: float arrays may be copied and stored to."""
    if isinstance(x, np.ndarray):
        return lift(x.copy()) if x.dtype.kind == "f" else x.copy()
    return x


def plain(text: str, data: Mapping[str, Any], params: Mapping[str, Any], entry: str = "objective") -> float:
    """The value of the objective by NumPy alone."""
    names: dict[str, Any] = {"__name__": "program"}
    exec(compile(text, "<program>", "exec"), names)
    copies = {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in {**data, **params}.items()}
    with np.errstate(all="ignore"):
        return float(names[entry](**copies))
