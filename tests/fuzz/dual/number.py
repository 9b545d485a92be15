"""Dual arrays: values, and their derivatives by every parameter in a last axis."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Table = dict[str, Callable[..., Any]]

UFUNCS: Table = {}
"""Ufunc name -> rule(*operands)."""
FUNCTIONS: Table = {}
"""Function name -> rule(*args, **kwargs)."""


class Watch:
    """What one evaluation came across.

    lanes    number of parameters
    largest  largest finite value
    steepest largest finite derivative
    kink     the smallest distance of an active value from where a function jumps or bends
    """

    def __init__(self) -> None:
        self.start(0)

    def start(self, lanes: int) -> None:
        self.lanes = lanes
        self.largest = 0.0
        self.steepest = 0.0
        self.kink = math.inf
        self.steps = 0

    def near(self, distance: Any, active: Any = True) -> None:
        """A value lies this far from a kink; inactive elements do not count."""
        gaps = np.abs(np.where(active, distance, np.inf))
        if gaps.size:
            self.kink = min(self.kink, float(np.nanmin(gaps, initial=np.inf)))

    def saw(self, x: Dual) -> Dual:
        self.steps += 1
        if self.steps > 200_000:
            raise Unsupported("the program runs for too long")
        self.largest = max(self.largest, _largest(x.v))
        self.steepest = max(self.steepest, _largest(x.t))
        return x


def _largest(x: Floats) -> float:
    finite = np.abs(x[np.isfinite(x)])
    return float(finite.max()) if finite.size else 0.0


WATCH = Watch()


class Unsupported(Exception):
    """The reference has no rule for this: the program cannot be checked."""


class Dual:
    """A float64 array, or a number, with the derivatives of its elements."""

    __array_priority__ = 1000.0
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, v: Any, t: Floats) -> None:
        self.v: Floats = np.asarray(v, np.float64)
        self.t = t

    # -- NumPy's protocols ------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        out = options.pop("out", None)
        if method == "__call__":
            rule = UFUNCS.get(ufunc.__name__)
        else:
            rule = FUNCTIONS.get(f"{ufunc.__name__}.{method}")
        if rule is None:
            raise Unsupported(f"{ufunc.__name__}.{method}")
        result = rule(*inputs, **options)
        if out is not None:
            return _into(out[0], result)
        return result

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        rule = FUNCTIONS.get(function.__name__)
        if rule is None:
            raise Unsupported(function.__name__)
        return rule(*args, **kwargs)

    def __array__(self, *args: Any, **options: Any) -> Any:
        raise Unsupported("a conversion would lose the derivatives")

    # -- sequences --------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        return self.v.shape

    @property
    def ndim(self) -> int:
        return self.v.ndim

    @property
    def size(self) -> int:
        return self.v.size

    @property
    def dtype(self) -> Any:
        return self.v.dtype

    def __len__(self) -> int:
        return len(self.v)

    def __iter__(self) -> Iterator[Dual]:
        return (self[k] for k in range(len(self)))

    def __getitem__(self, key: Any) -> Dual:
        v, t = self.v[key], self.t[_extended(key)]
        return Dual(v, t if np.ndim(v) else np.array(t).reshape(WATCH.lanes))

    def __setitem__(self, key: Any, value: Any) -> None:
        value = lift(value)
        self.v[key] = value.v
        self.t[_extended(key)] = value.t

    def __bool__(self) -> bool:
        return bool(self != 0.0)

    def __int__(self) -> int:
        WATCH.near(self.v - np.rint(self.v), self.active() | (self.v != np.rint(self.v)))
        return int(self.v)

    __trunc__ = __int__

    def __float__(self) -> float:
        raise Unsupported("float() would lose the derivatives")

    def __round__(self, digits: int = 0) -> Any:
        raise Unsupported("round")

    def __format__(self, spec: str) -> str:
        return format(self.v.item() if not self.v.ndim else str(self.v), spec)

    def __repr__(self) -> str:
        return f"Dual({self.v!r})"

    def active(self) -> Any:
        """Which elements depend on a parameter."""
        return (self.t != 0).any(axis=-1)

    def __getattr__(self, name: str) -> Any:
        if name in ATTRIBUTES:
            return ATTRIBUTES[name](self)
        if name in METHODS:
            method = METHODS[name]
            return lambda *args, **options: method(self, *args, **options)
        raise AttributeError(name)

    # -- operators --------------------------------------------------------------------------

    __add__ = lambda x, y: UFUNCS["add"](x, y)  # noqa: E731
    __radd__ = lambda x, y: UFUNCS["add"](y, x)  # noqa: E731
    __sub__ = lambda x, y: UFUNCS["subtract"](x, y)  # noqa: E731
    __rsub__ = lambda x, y: UFUNCS["subtract"](y, x)  # noqa: E731
    __mul__ = lambda x, y: UFUNCS["multiply"](x, y)  # noqa: E731
    __rmul__ = lambda x, y: UFUNCS["multiply"](y, x)  # noqa: E731
    __truediv__ = lambda x, y: UFUNCS["divide"](x, y)  # noqa: E731
    __rtruediv__ = lambda x, y: UFUNCS["divide"](y, x)  # noqa: E731
    __floordiv__ = lambda x, y: UFUNCS["floor_divide"](x, y)  # noqa: E731
    __rfloordiv__ = lambda x, y: UFUNCS["floor_divide"](y, x)  # noqa: E731
    __mod__ = lambda x, y: UFUNCS["remainder"](x, y)  # noqa: E731
    __rmod__ = lambda x, y: UFUNCS["remainder"](y, x)  # noqa: E731
    __pow__ = lambda x, y: UFUNCS["power"](x, y)  # noqa: E731
    __rpow__ = lambda x, y: UFUNCS["power"](y, x)  # noqa: E731
    __matmul__ = lambda x, y: UFUNCS["matmul"](x, y)  # noqa: E731
    __rmatmul__ = lambda x, y: UFUNCS["matmul"](y, x)  # noqa: E731
    __neg__ = lambda x: UFUNCS["negative"](x)  # noqa: E731
    __pos__ = lambda x: UFUNCS["positive"](x)  # noqa: E731
    __abs__ = lambda x: UFUNCS["absolute"](x)  # noqa: E731
    __lt__ = lambda x, y: UFUNCS["less"](x, y)  # noqa: E731
    __le__ = lambda x, y: UFUNCS["less_equal"](x, y)  # noqa: E731
    __gt__ = lambda x, y: UFUNCS["greater"](x, y)  # noqa: E731
    __ge__ = lambda x, y: UFUNCS["greater_equal"](x, y)  # noqa: E731
    __eq__ = lambda x, y: UFUNCS["equal"](x, y)  # noqa: E731
    __ne__ = lambda x, y: UFUNCS["not_equal"](x, y)  # noqa: E731
    __iadd__ = lambda x, y: _in_place(x, UFUNCS["add"](x, y))  # noqa: E731
    __isub__ = lambda x, y: _in_place(x, UFUNCS["subtract"](x, y))  # noqa: E731
    __imul__ = lambda x, y: _in_place(x, UFUNCS["multiply"](x, y))  # noqa: E731
    __itruediv__ = lambda x, y: _in_place(x, UFUNCS["divide"](x, y))  # noqa: E731
    __ipow__ = lambda x, y: _in_place(x, UFUNCS["power"](x, y))  # noqa: E731


METHODS: Table = {}
ATTRIBUTES: Table = {}


def _in_place(x: Dual, result: Dual) -> Dual:
    """What `x += y` does: arrays are changed, numbers are replaced."""
    if not x.ndim:
        return result
    if result.shape != x.shape:
        raise ValueError(f"non-broadcastable output operand with shape {x.shape}")
    x[...] = result
    return x


def _into(out: Any, result: Any) -> Any:
    if isinstance(out, Dual):
        return _in_place(out, lift(result))
    if isinstance(result, Dual):
        raise Unsupported("derivatives stored in a plain array")
    out[...] = result
    return out


def _extended(key: Any) -> Any:
    """The same index with the axis of derivatives kept."""
    if isinstance(key, tuple) and any(k is Ellipsis for k in key):
        return (*key, slice(None))
    return (Ellipsis, slice(None)) if key is Ellipsis else key


def lift(x: Any) -> Dual:
    """Anything real as a dual, constant unless it is one."""
    if isinstance(x, Dual):
        return x
    if isinstance(x, (list, tuple)):
        return array(x)
    v = np.asarray(x, np.float64)
    return Dual(v, np.zeros((*v.shape, WATCH.lanes)))


def array(x: Any) -> Dual:
    """np.array of nested sequences that may hold duals: always new."""
    if isinstance(x, Dual):
        return Dual(x.v.copy(), x.t.copy())
    if isinstance(x, (list, tuple)):
        parts = [array(p) for p in x]
        if not parts:
            return lift(np.zeros(0))
        return Dual(np.stack([p.v for p in parts]), np.stack([p.t for p in parts]))
    return lift(np.array(x, np.float64))


def holds_dual(x: Any) -> bool:
    """Whether there is a dual in a value or a nested sequence."""
    if isinstance(x, Mapping):
        return any(holds_dual(v) for v in x.values())
    return isinstance(x, Dual) or (isinstance(x, (list, tuple)) and any(holds_dual(v) for v in x))


def value(x: Any) -> Any:
    """Plain values in place of duals, in nested sequences too."""
    if isinstance(x, Dual):
        return x.v if x.v.ndim else np.float64(x.v)
    if isinstance(x, (list, tuple)):
        return type(x)(value(v) for v in x)
    return x


def lane(x: Any, k: int) -> Any:
    """The k-th derivatives in place of duals, zeros in place of other numbers."""
    if isinstance(x, Dual):
        return x.t[..., k]
    if isinstance(x, (list, tuple)):
        return type(x)(lane(v, k) for v in x)
    return np.zeros(np.shape(x))


def linear(function: Callable[..., Any], *args: Any, places: tuple[int, ...] = (0,), **options: Any) -> Any:
    """Apply a function that is linear in the arguments at the given places taken together."""
    result = function(*(value(a) for a in args), **options)
    lanes = [
        function(*(lane(a, k) if p in places else value(a) for p, a in enumerate(args)), **options)
        for k in range(WATCH.lanes)
    ]
    return _combined(result, lanes)


def _combined(result: Any, lanes: list[Any]) -> Any:
    if isinstance(result, (list, tuple)):
        return type(result)(_combined(r, [x[p] for x in lanes]) for p, r in enumerate(result))
    shape = np.shape(result)
    t = np.stack([np.broadcast_to(x, shape) for x in lanes], -1) if lanes else np.zeros((*shape, 0))
    return WATCH.saw(Dual(np.array(result, np.float64), np.array(t, np.float64)))


def multilinear(function: Callable[..., Any], operands: list[Any], *rest: Any, **options: Any) -> Any:
    """Apply a function that is linear in each of its operands."""
    values = [value(o) for o in operands]
    result = function(*values, *rest, **options)
    total = np.zeros((*np.shape(result), WATCH.lanes))
    for p, operand in enumerate(operands):
        if holds_dual(operand):
            for k in range(WATCH.lanes):
                total[..., k] += function(*values[:p], lane(operand, k), *values[p + 1 :], *rest, **options)
    return WATCH.saw(Dual(result, total))
