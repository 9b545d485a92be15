"""Rules of functions of whole arrays: most are linear, or made of others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from tests.fuzz.dual.number import (
    ATTRIBUTES,
    FUNCTIONS,
    METHODS,
    UFUNCS,
    WATCH,
    Dual,
    Unsupported,
    array,
    lift,
    linear,
    multilinear,
    value,
)

Rule = Callable[..., Any]

# -- linear -----------------------------------------------------------------------------------


def _linear(function: Rule, *places: int) -> Rule:
    def rule(*args: Any, **options: Any) -> Any:
        options.pop("out", None)
        return linear(function, *args, places=places or (0,), **options)

    return rule


_FIRST = (
    "sum nansum mean cumsum diff tile repeat diag diagonal trace tril triu concatenate stack vstack hstack column_stack"
    " dstack block delete take take_along_axis roll rot90 split array_split pad ediff1d compress diagflat"
    " hsplit vsplit unstack"
)
for _name in _FIRST.split():
    if hasattr(np, _name):
        FUNCTIONS[_name] = _linear(getattr(np, _name))
FUNCTIONS["append"] = _linear(np.append, 0, 1)
FUNCTIONS["compress"] = _linear(np.compress, 1)
FUNCTIONS["insert"] = _linear(np.insert, 0, 2)
FUNCTIONS["full"] = lambda shape, fill, dtype=None: linear(np.full, shape, fill, places=(1,))
FUNCTIONS["full_like"] = lambda x, fill, dtype=None: linear(np.full_like, value(x), fill, places=(1,))
FUNCTIONS["meshgrid"] = lambda *x, **o: linear(
    lambda *v: tuple(np.meshgrid(*v, **o)), *x, places=tuple(range(len(x)))
)
FUNCTIONS["linspace"] = lambda a, b, num=50, **o: linear(
    lambda p, q: np.linspace(p, q, num, **o), a, b, places=(0, 1)
)
FUNCTIONS["copy"] = lambda x, *args, **options: array(x)
for _name in ("zeros", "ones", "empty"):
    FUNCTIONS[f"{_name}_like"] = lambda x, *a, f=getattr(np, _name), **o: lift(f(np.shape(value(x)), *a, **o))
for _name in ("shape", "ndim", "size", "isclose", "allclose", "array_equal", "count_nonzero", "result_type"):
    FUNCTIONS[_name] = lambda *args, f=getattr(np, _name), **options: f(*(value(a) for a in args), **options)


def _where(condition: Any, *arms: Any) -> Any:
    if isinstance(condition, Dual):
        condition = condition != 0.0
    if not arms:
        return np.where(condition)
    return linear(np.where, condition, *arms, places=(1, 2))


def _select(conditions: Any, choices: Any, default: Any = 0.0) -> Any:
    return linear(np.select, conditions, choices, default, places=(1, 2))


def _average(x: Any, axis: Any = None, weights: Any = None) -> Any:
    if weights is None:
        return FUNCTIONS["mean"](x, axis=axis)
    x, weights = lift(x), lift(weights)
    if x.shape != weights.shape:
        raise Unsupported("average")
    return FUNCTIONS["sum"](x * weights, axis=axis) / FUNCTIONS["sum"](weights, axis=axis)


def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    if axis != -1:
        raise Unsupported("trapezoid")
    y = lift(y)
    steps = dx if x is None else FUNCTIONS["diff"](lift(x))
    return FUNCTIONS["sum"](0.5 * steps * (y[..., 1:] + y[..., :-1]), axis=-1)


def _gradient(f: Any, *spacing: Any, **options: Any) -> Any:
    if holds_duals(spacing):
        raise Unsupported("gradient")
    return linear(np.gradient, f, *spacing, **options)


def holds_duals(values: tuple[Any, ...]) -> bool:
    return any(isinstance(v, Dual) for v in values)


FUNCTIONS.update(
    where=_where, select=_select, average=_average, trapezoid=_trapezoid, trapz=_trapezoid, gradient=_gradient
)

# -- multilinear ------------------------------------------------------------------------------

for _name in ("dot", "vdot", "inner", "outer", "kron", "tensordot", "cross"):
    FUNCTIONS[_name] = lambda x, y, *rest, f=getattr(np, _name), **options: multilinear(
        f, [x, y], *rest, **options
    )
FUNCTIONS["convolve"] = lambda x, y, mode="full": multilinear(np.convolve, [x, y], mode)
FUNCTIONS["correlate"] = lambda x, y, mode="valid": multilinear(np.correlate, [x, y], mode)
FUNCTIONS["einsum"] = lambda spec, *operands, **options: multilinear(
    lambda *v: np.einsum(spec, *v), list(operands)
)
FUNCTIONS["multi_dot"] = lambda arrays: multilinear(lambda *v: np.linalg.multi_dot(v), list(arrays))


def _outer_of(name: str) -> Rule:
    def rule(x: Any, y: Any) -> Any:
        x, y = lift(x), lift(y)
        return UFUNCS[name](x.reshape(x.shape + (1,) * y.ndim), y)

    return rule


for _name in ("add", "subtract", "multiply", "divide", "power", "maximum", "minimum", "logaddexp"):
    FUNCTIONS[f"{_name}.outer"] = _outer_of(_name)
for _name in ("less", "greater", "less_equal", "greater_equal", "equal", "not_equal"):
    FUNCTIONS[f"{_name}.outer"] = _outer_of(_name)


def _add_at(x: Any, index: Any, values: Any = None) -> None:
    values = lift(values)
    np.add.at(x.v, index, values.v)
    np.add.at(x.t, index, values.t)


def _subtract_at(x: Any, index: Any, values: Any) -> None:
    _add_at(x, index, -lift(values))


def _fill_diagonal(x: Any, values: Any) -> None:
    places = np.arange(min(x.shape))
    x[places, places] = values


FUNCTIONS["fill_diagonal"] = _fill_diagonal
FUNCTIONS["fsum"] = lambda x: sum(x)
FUNCTIONS["add.at"] = _add_at
FUNCTIONS["subtract.at"] = _subtract_at

# -- views ------------------------------------------------------------------------------------


def _reshape(x: Any, *shape: Any, order: str = "C", **options: Any) -> Any:
    x = lift(x)
    wanted = shape[0] if len(shape) == 1 else shape
    wanted = options.get("shape", options.get("newshape", wanted))
    if order != "C":
        return linear(np.reshape, x, wanted, order=order)
    v = x.v.reshape(wanted)
    return Dual(v, x.t.reshape((*v.shape, WATCH.lanes)))


def _ravel(x: Any, order: str = "C") -> Any:
    return _reshape(x, -1, order=order)


def _transpose(x: Any, *axes: Any) -> Any:
    x = lift(x)
    order = axes[0] if len(axes) == 1 else axes
    order = tuple(reversed(range(x.ndim))) if not order else tuple(a % x.ndim for a in order)
    return Dual(x.v.transpose(order), x.t.transpose((*order, x.ndim)))


def _moved(function: Rule) -> Rule:
    """A view of moved axes: found by applying the function to the numbers of the axes."""

    def rule(x: Any, *args: Any, **options: Any) -> Any:
        x = lift(x)
        marked = function(np.empty(tuple(range(2, 2 + x.ndim))), *args, **options)
        return _transpose(x, tuple(n - 2 for n in marked.shape))

    return rule


def _sized(function: Rule) -> Rule:
    def rule(x: Any, *args: Any, **options: Any) -> Any:
        x = lift(x)
        return _reshape(x, np.shape(function(x.v, *args, **options)))

    return rule


def _broadcast_to(x: Any, shape: Any) -> Any:
    x = lift(x)
    v = np.broadcast_to(x.v, shape)
    t = x.t.reshape((1,) * (v.ndim - x.ndim) + x.t.shape)
    return Dual(v, np.broadcast_to(t, (*v.shape, WATCH.lanes)))


def _flip(x: Any, axis: Any = None) -> Any:
    x = lift(x)
    axes = range(x.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    flipped = {a % x.ndim for a in axes}
    return x[tuple(slice(None, None, -1) if a in flipped else slice(None) for a in range(x.ndim))]


def _broadcast_arrays(*given: Any) -> Any:
    shape = np.broadcast_shapes(*(np.shape(value(x)) for x in given))
    return tuple(_broadcast_to(x, shape) for x in given)


FUNCTIONS.update(
    reshape=_reshape,
    ravel=_ravel,
    transpose=_transpose,
    permute_dims=_transpose,
    matrix_transpose=_moved(np.matrix_transpose) if hasattr(np, "matrix_transpose") else _transpose,
    swapaxes=_moved(np.swapaxes),
    moveaxis=_moved(np.moveaxis),
    squeeze=_sized(np.squeeze),
    expand_dims=_sized(np.expand_dims),
    atleast_1d=_sized(np.atleast_1d),
    atleast_2d=_sized(np.atleast_2d),
    broadcast_to=_broadcast_to,
    broadcast_arrays=_broadcast_arrays,
    flip=_flip,
    fliplr=lambda x: _flip(x, 1),
    flipud=lambda x: _flip(x, 0),
)

# -- products, order, statistics --------------------------------------------------------------


def _folded(x: Dual, axis: int) -> list[Any]:
    x = FUNCTIONS["moveaxis"](x, axis, 0)
    return [x[k] for k in range(len(x))]


def _cumprod(x: Any, axis: Any = None) -> Any:
    x = lift(x)
    x, axis = (_ravel(x), 0) if axis is None else (x, axis)
    parts = _folded(x, axis)
    for k in range(1, len(parts)):
        parts[k] = parts[k - 1] * parts[k]
    return FUNCTIONS["stack"](parts, axis=axis)


def _kept(result: Any, x: Dual, axis: Any, keepdims: bool) -> Any:
    if not keepdims:
        return result
    axes = range(x.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    gone = {a % x.ndim for a in axes}
    return _reshape(result, tuple(1 if a in gone else n for a, n in enumerate(x.shape)))


def _prod(x: Any, axis: Any = None, keepdims: bool = False, **options: Any) -> Any:
    x = lift(x)
    if x.size == 0:
        return lift(np.prod(x.v, axis=axis, keepdims=keepdims))
    result = _cumprod(x, axis)
    last = result[-1] if axis is None else np.moveaxis(result.v, axis, 0)[-1]
    t = result.t[-1] if axis is None else np.moveaxis(result.t, axis % x.ndim, 0)[-1]
    return _kept(last if axis is None else Dual(last, t), x, axis, keepdims)


def _extreme(argument: Rule, sign: float) -> Rule:
    def rule(x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None, **options: Any) -> Any:
        x = lift(x)
        if axis is None:
            flat, along = _ravel(x), 0
        elif isinstance(axis, int):
            flat, along = x, axis
        else:
            raise Unsupported("several axes")
        _watch_ties(flat, along)
        places = np.expand_dims(argument(flat.v, axis=along), along)
        result = linear(np.take_along_axis, flat, places, along)
        result = _reshape(result, np.shape(np.max(flat.v, axis=along)))
        result = _kept(result, x, axis, keepdims)
        if initial is not None:
            return UFUNCS["maximum" if sign > 0 else "minimum"](result, initial)
        return result

    return rule


def _watch_ties(x: Dual, axis: int) -> None:
    """Equal neighbours in sorted order are kinks, unless they are the same number twice."""
    order = np.argsort(x.v, axis=axis, kind="stable")
    v = np.take_along_axis(x.v, order, axis)
    t = np.take_along_axis(x.t, order[..., None], axis % x.ndim)
    gap = np.diff(v, axis=axis)
    same = (np.diff(t, axis=axis % x.ndim) == 0).all(axis=-1)
    WATCH.near(gap, ~((gap == 0) & same))


def _argument(function: Rule) -> Rule:
    def rule(x: Any, axis: Any = None, **options: Any) -> Any:
        x = lift(x)
        _watch_ties(_ravel(x) if axis is None else x, 0 if axis is None else axis)
        return function(x.v, axis=axis, **options)

    return rule


def _sort(x: Any, axis: int = -1, **options: Any) -> Any:
    x = lift(x)
    _watch_ties(x, axis)
    return linear(np.take_along_axis, x, np.argsort(x.v, axis=axis, kind="stable"), axis)


def _median(x: Any, axis: Any = None) -> Any:
    if axis is not None:
        raise Unsupported("median along an axis")
    s = _sort(_ravel(lift(x)))
    n = len(s)
    return 0.5 * (s[(n - 1) // 2] + s[n // 2])


def _var(x: Any, axis: Any = None, ddof: Any = 0, keepdims: bool = False) -> Any:
    x = lift(x)
    gone = FUNCTIONS["mean"](x, axis=axis, keepdims=True)
    squares = FUNCTIONS["sum"]((x - gone) ** 2, axis=axis, keepdims=keepdims)
    return squares / (x.size // gone.size - ddof)


def _std(x: Any, **options: Any) -> Any:
    return UFUNCS["sqrt"](_var(x, **options))


def _clip(x: Any, low: Any = None, high: Any = None, **options: Any) -> Any:
    low, high = options.get("a_min", options.get("min", low)), options.get("a_max", options.get("max", high))
    if low is not None:
        x = UFUNCS["maximum"](x, low)
    return x if high is None else UFUNCS["minimum"](x, high)


def _searchsorted(x: Any, wanted: Any, side: str = "left") -> Any:
    x, wanted = lift(x), lift(wanted)
    gap = wanted.v[..., None] - x.v
    WATCH.near(gap, (gap != 0) | wanted.active()[..., None])
    return np.searchsorted(x.v, wanted.v, side=side)


def _interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None) -> Any:
    x, xp, fp = lift(x), lift(xp), lift(fp)
    last = len(xp) - 2
    k = np.clip(_searchsorted(xp, x, "right") - 1, 0, last)
    slope = (fp[k + 1] - fp[k]) / (xp[k + 1] - xp[k])
    inside = fp[k] + (x - xp[k]) * slope
    low = fp[0] if left is None else left
    high = fp[-1] if right is None else right
    return _where(x < xp[0], low, _where(x > xp[-1], high, inside))


def _polyval(p: Any, x: Any) -> Any:
    total: Any = 0.0
    for c in lift(p):
        total = total * x + c
    return total


def _ptp(x: Any, axis: Any = None) -> Any:
    return FUNCTIONS["max"](x, axis=axis) - FUNCTIONS["min"](x, axis=axis)


def _truth(function: Rule) -> Rule:
    return lambda x, *args, **options: function(value(x) != 0, *args, **options)


FUNCTIONS.update(
    prod=_prod,
    cumprod=_cumprod,
    max=_extreme(np.argmax, 1.0),
    amax=_extreme(np.argmax, 1.0),
    min=_extreme(np.argmin, -1.0),
    amin=_extreme(np.argmin, -1.0),
    argmax=_argument(np.argmax),
    argmin=_argument(np.argmin),
    argsort=_argument(np.argsort),
    sort=_sort,
    median=_median,
    var=_var,
    std=_std,
    clip=_clip,
    searchsorted=_searchsorted,
    interp=_interp,
    polyval=_polyval,
    ptp=_ptp,
    any=_truth(np.any),
    all=_truth(np.all),
)
FUNCTIONS["add.reduce"] = lambda x, axis=0, **o: FUNCTIONS["sum"](x, axis=axis)
FUNCTIONS["multiply.reduce"] = lambda x, axis=0, **o: _prod(x, axis)
FUNCTIONS["maximum.reduce"] = lambda x, axis=0, **o: FUNCTIONS["max"](x, axis=axis)
FUNCTIONS["minimum.reduce"] = lambda x, axis=0, **o: FUNCTIONS["min"](x, axis=axis)
FUNCTIONS["add.accumulate"] = lambda x, axis=0, **o: FUNCTIONS["cumsum"](x, axis=axis)
FUNCTIONS["multiply.accumulate"] = lambda x, axis=0, **o: _cumprod(x, axis)


def _logaddexp_reduce(x: Any, axis: int = 0) -> Any:
    parts = _folded(lift(x), axis)
    total = parts[0]
    for part in parts[1:]:
        total = UFUNCS["logaddexp"](total, part)
    return total


FUNCTIONS["logaddexp.reduce"] = _logaddexp_reduce

# -- scipy.special ----------------------------------------------------------------------------


def _logsumexp(x: Any, axis: Any = None, b: Any = None, keepdims: bool = False) -> Any:
    x = lift(x)
    top = np.max(x.v, axis=axis, keepdims=True)
    weights = 1.0 if b is None else b
    total = UFUNCS["log"](FUNCTIONS["sum"](weights * UFUNCS["exp"](x - top), axis=axis, keepdims=True)) + top
    return _reshape(total, np.shape(np.max(x.v, axis=axis, keepdims=keepdims)))


def _log_softmax(x: Any, axis: Any = None) -> Any:
    return x - _logsumexp(x, axis=axis, keepdims=True)


def _polygamma(n: int, x: Any) -> Any:
    x = lift(x)
    slope = special.polygamma(n + 1, x.v)
    return WATCH.saw(Dual(special.polygamma(n, x.v), slope[..., None] * x.t))


FUNCTIONS.update(
    logsumexp=_logsumexp,
    log_softmax=_log_softmax,
    softmax=lambda x, axis=None: UFUNCS["exp"](_log_softmax(x, axis)),
    polygamma=_polygamma,
    digamma=lambda x: UFUNCS["psi"](x),
)

# -- methods ----------------------------------------------------------------------------------

_SAME = (
    "sum mean prod min max var std cumsum cumprod argmin argmax argsort any all clip diagonal trace ravel reshape"
    " transpose swapaxes squeeze repeat take dot ptp searchsorted conj compress"
)
for _name in _SAME.split():
    METHODS[_name] = FUNCTIONS["copy" if _name == "conj" else _name]
METHODS["flatten"] = lambda x, order="C": array(_ravel(x, order))
METHODS["copy"] = array
METHODS["tolist"] = lambda x: [e.tolist() if e.ndim else e for e in x] if x.ndim else x
METHODS["item"] = lambda x, *key: _ravel(x)[key[0] if key else 0]
METHODS["fill"] = lambda x, v: x.__setitem__(Ellipsis, v)
METHODS["compress"] = lambda x, condition, axis=None: linear(np.compress, condition, x, axis, places=(1,))


def _sort_in_place(x: Dual, axis: int = -1) -> None:
    x[...] = _sort(x, axis)


def _astype(x: Dual, dtype: Any, **options: Any) -> Any:
    if np.dtype(dtype).kind == "f":
        return array(x)
    away = x.v - np.rint(x.v)
    WATCH.near(away, x.active() | (away != 0))
    return x.v.astype(dtype)


METHODS["sort"] = _sort_in_place
METHODS["astype"] = _astype
ATTRIBUTES["T"] = lambda x: _transpose(x)
ATTRIBUTES["mT"] = lambda x: FUNCTIONS["matrix_transpose"](x)
ATTRIBUTES["flat"] = lambda x: _ravel(x)
ATTRIBUTES["real"] = lambda x: x
