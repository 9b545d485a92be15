"""Methods and attributes of run-time arrays (and of the numbers of NumPy)."""

from __future__ import annotations

from adfun.frontend.arrays import (
    arguments,
    assign,
    construct,
    contract,
    core,
    elementwise,
    indexing,
    joining,
    places,
    reduce,
    running,
    shapes,
    sorting,
)
from adfun.frontend.refs import Ref
from adfun.frontend.stage import Stage
from adfun.frontend.tables.entry import Handler, entry
from adfun.frontend.values import Array, Value


def _reshape(stage: Stage, x: Array, *shape: Value, order: Value = "C") -> Array:
    if not shape:
        stage.fail("reshape() takes a shape", "none is given", remedy="write x.reshape(n, m)")
    return shapes.reshape(stage, x, shape[0] if len(shape) == 1 else shape, order)


def _copy(stage: Stage, x: Array, order: Value = "C") -> Value:
    arguments.order(stage, order)
    return construct.copied(stage, x) if x.rank else core.wrap(core.at(stage, x, ()))


def _view(stage: Stage, x: Array, dtype: Value = None, type: Value = None) -> Array:
    """x.view(), as what it is."""
    for given in (dtype, type):
        whole = given is None or (isinstance(given, Ref) and given.name == "numpy.ndarray")
        if not whole and arguments.dtype_of(stage, given) is not x.elem:
            stage.fail("the bytes of an array cannot be read as another type", remedy="use x.astype(...)")
    return x


def _tolist(stage: Stage, x: Array) -> Value:
    if x.rank == 0:
        return core.wrap(core.at(stage, x, ()))
    items = elementwise.rows(stage, x)
    return [_tolist(stage, v) if isinstance(v, Array) else v for v in items]


def _clip(stage: Stage, x: Array, min: Value = None, max: Value = None, out: Value = None) -> Value:
    return elementwise.clip(stage, x, min, max, out)


def _astype(stage: Stage, x: Array, dtype: Value, *args: Value, **options: Value) -> Value:
    result = construct.astype(stage, x, dtype, *args, **options)
    return result if x.rank else core.wrap(core.at(stage, core.as_array(stage, result), ()))


def _is_integer(stage: Stage, x: Array) -> Value:
    return elementwise.apply(stage, "equal", x, elementwise.apply(stage, "floor", x))


def _plain(stage: Stage, x: Array) -> Value:
    return x if x.rank else core.wrap(core.at(stage, x, ()))


_METHODS: dict[str, Handler] = {
    "sum": reduce.sum,
    "prod": reduce.prod,
    "mean": reduce.mean,
    "var": reduce.var,
    "std": reduce.std,
    "max": reduce.max,
    "min": reduce.min,
    "argmax": reduce.argmax,
    "argmin": reduce.argmin,
    "any": reduce.any,
    "all": reduce.all,
    "ptp": reduce.ptp,
    "cumsum": running.cumsum,
    "cumprod": running.cumprod,
    "dot": elementwise.storing(contract.dot),
    "trace": contract.trace,
    "reshape": _reshape,
    "ravel": shapes.ravel,
    "flatten": shapes.flatten,
    "transpose": shapes.transpose_method,
    "swapaxes": shapes.swapaxes,
    "squeeze": shapes.squeeze,
    "diagonal": shapes.diagonal,
    "copy": _copy,
    "to_numpy": _plain,
    "__copy__": lambda stage, x: _copy(stage, x),
    "astype": _astype,
    "view": _view,
    "fill": assign.fill,
    "item": indexing.item,
    "tolist": _tolist,
    "clip": _clip,
    "round": elementwise.around,
    "conj": lambda stage, x: x,
    "conjugate": lambda stage, x: x,
    "repeat": lambda stage, x, *args, **options: _repeat(stage, x, *args, **options),
    "take": elementwise.storing(places.take),
    "compress": lambda stage, x, condition, axis=None: places.compress(stage, condition, x, axis),
    "nonzero": places.nonzero,
    "put": assign.put,
    "sort": sorting.sort_inplace,
    "argsort": sorting.argsort,
    "searchsorted": sorting.searchsorted,
    "is_integer": _is_integer,
    "__getitem__": indexing.getitem,
    "__len__": lambda stage, x: arguments.size_value(stage, x.shape[0]),
}


def _repeat(stage: Stage, x: Array, repeats: Value, axis: Value = None) -> Value:
    return joining.repeat(stage, x, repeats, axis)


def _transposed(stage: Stage, x: Array) -> Value:
    return shapes.transpose(stage, x) if x.rank else core.wrap(core.at(stage, x, ()))


_ATTRIBUTES: dict[str, Handler] = {
    "shape": shapes.shape,
    "ndim": shapes.ndim,
    "size": shapes.size,
    "T": _transposed,
    "mT": shapes.matrix_transpose,
    "dtype": lambda stage, x: arguments.DTYPES[x.elem],
    "itemsize": lambda stage, x: arguments.DTYPES[x.elem].itemsize,
    "flat": shapes.ravel,
    "real": _plain,
    "imag": lambda stage, x: construct.zeros_like(stage, x) if x.rank else 0.0,
}

METHODS = {name: entry(f".{name}", handler) for name, handler in _METHODS.items()}
ATTRIBUTES = _ATTRIBUTES
