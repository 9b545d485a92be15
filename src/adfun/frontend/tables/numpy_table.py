"""What is supported of NumPy on run-time values: dotted name -> handler(stage, *args, **kwargs)."""

from __future__ import annotations

from functools import partial
from typing import Any

from adfun.frontend.arrays import (
    assign,
    construct,
    contract,
    elementwise,
    grids,
    joining,
    linalg,
    nans,
    padding,
    places,
    polynomials,
    reduce,
    running,
    shapes,
    sorting,
    ufunc_methods,
)
from adfun.frontend.arrays.ufuncs import UFUNCS
from adfun.frontend.stage import Stage
from adfun.frontend.tables.entry import Handler, entry
from adfun.frontend.values import Array, Value

ALIASES = {
    "true_divide": "divide",
    "mod": "remainder",
    "pow": "power",
    "abs": "absolute",
    "conj": "conjugate",
    "bitwise_not": "invert",
    "bitwise_invert": "invert",
    "bitwise_left_shift": "left_shift",
    "bitwise_right_shift": "right_shift",
    "radians": "deg2rad",
    "degrees": "rad2deg",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "asinh": "arcsinh",
    "acosh": "arccosh",
    "atanh": "arctanh",
    "atan2": "arctan2",
}
"""Other names of ufuncs."""


def _ufunc(name: str) -> Handler:
    def handler(stage: Stage, *values: Value, **options: Value) -> Value:
        return elementwise.apply(stage, name, *values, **options)

    handler.__doc__ = f"np.{name}"
    return handler


def _outer(name: str) -> Handler:
    def handler(stage: Stage, x: Value, y: Value) -> Value:
        return elementwise.outer(stage, name, x, y)

    return handler


def _constant_true(stage: Stage, x: Value) -> bool:
    return True


def _constant_false(stage: Stage, x: Value) -> bool:
    return False


def _zero_like(stage: Stage, x: Value) -> Value:
    return construct.zeros_like(stage, x) if isinstance(x, Array) else 0.0


def _identity(stage: Stage, x: Value) -> Value:
    return x


def _ufuncs() -> dict[str, Handler]:
    table: dict[str, Handler] = {}
    for public in [*UFUNCS, *ALIASES]:
        name = ALIASES.get(public, public)
        table[public] = _ufunc(name)
        if UFUNCS[name].nin == 2:
            table[f"{public}.outer"] = _outer(name)
            table[f"{public}.reduce"] = partial(_second, ufunc_methods.ufunc_reduce, name)
            table[f"{public}.accumulate"] = partial(_second, ufunc_methods.accumulate, name)
            table[f"{public}.at"] = partial(_second, assign.ufunc_at, name)
    return table


def _second(handler: Handler, name: str, stage: Stage, *args: Value, **options: Value) -> Value:
    return handler(stage, name, *args, **options)


def _from(module: Any, names: str) -> dict[str, Handler]:
    return {name: getattr(module, name) for name in names.split()}


_ELEMENTWISE: dict[str, Handler] = {
    "where": places.where,
    "select": elementwise.np_select,
    "divmod": elementwise.divmod_,
    "round": elementwise.around,
    "round_": elementwise.around,
    "real": _identity,
    "imag": _zero_like,
    "real_if_close": _identity,
    "astype": construct.astype,
    "isreal": lambda stage, x: elementwise.apply(
        stage, "equal", *(elementwise.apply(stage, "isnan", x),) * 2
    ),
    "isscalar": lambda stage, x: not isinstance(x, Array),
    "iscomplexobj": _constant_false,
    "isrealobj": _constant_true,
    "copyto": assign.copyto,
    "fill_diagonal": assign.fill_diagonal,
    "put": assign.put,
    "place": assign.place,
    "putmask": assign.place,
    "put_along_axis": assign.put_along_axis,
    **_from(elementwise, "clip around nan_to_num isclose modf isposinf isneginf"),
}

_REDUCE = _from(
    reduce,
    "sum prod mean var std average max min argmax argmin nanargmax nanargmin any all ptp "
    "count_nonzero allclose array_equal array_equiv nanmax nanmin",
) | {"amax": reduce.max, "amin": reduce.min}

_RUNNING = _from(running, "cumsum cumprod") | {
    "cumulative_sum": running.cumulative_sum,
    "cumulative_prod": running.cumulative_prod,
}
_NANS = _from(nans, "nansum nanprod nanmean nanvar nanstd nancumsum nancumprod")

_CONTRACT = _from(contract, "matmul dot vdot inner outer tensordot einsum trace cross vecdot matvec vecmat")

_SHAPES = _from(
    shapes,
    "ndim shape size reshape ravel transpose matrix_transpose swapaxes moveaxis rollaxis squeeze expand_dims "
    "atleast_1d atleast_2d atleast_3d broadcast_to broadcast_arrays flip fliplr flipud rot90 roll diagonal "
    "diag diagflat",
) | {"permute_dims": shapes.transpose}

_JOINING: dict[str, Handler] = {
    **_from(
        joining,
        "concatenate stack vstack hstack column_stack dstack block append split array_split hsplit vsplit "
        "dsplit unstack tile repeat diff ediff1d",
    ),
    **_from(padding, "pad insert delete"),
    **_from(grids, "meshgrid indices ix_"),
    "concat": joining.concatenate,
    "row_stack": joining.vstack,
    "r_.__getitem__": grids.r_getitem,
    "c_.__getitem__": grids.c_getitem,
    "s_.__getitem__": lambda stage, index: index,
    "index_exp.__getitem__": lambda stage, index: index if isinstance(index, tuple) else (index,),
    "mgrid.__getitem__": grids.mgrid_getitem,
    "ogrid.__getitem__": grids.ogrid_getitem,
}

_CONSTRUCT: dict[str, Handler] = {
    **_from(
        construct,
        "zeros ones full zeros_like ones_like full_like array asarray copy arange linspace logspace "
        "geomspace eye identity tri tril triu vander",
    ),
    "empty": construct.zeros,
    "empty_like": construct.zeros_like,
    "asfarray": construct.asfarray,
    "asanyarray": construct.asarray,
    "ascontiguousarray": construct.asarray,
    "asfortranarray": construct.asarray,
    "asarray_chkfinite": construct.asarray,
    "fromiter": construct.asarray,
    "require": construct.asarray,
}

_SORTING = _from(
    sorting,
    "sort argsort searchsorted median nanmedian quantile percentile nanquantile nanpercentile "
    "partition argpartition",
)

_PLACES = _from(
    places,
    "nonzero flatnonzero argwhere bincount take take_along_axis compress extract choose diag_indices "
    "diag_indices_from tril_indices tril_indices_from triu_indices triu_indices_from isin unravel_index "
    "ravel_multi_index",
) | {"in1d": places.isin}

_STORED = "dot outer einsum concatenate stack take compress choose linalg.multi_dot"
"""What takes `out` and leaves the storing to others."""

_LINALG = {f"linalg.{k}": v for k, v in linalg.NUMPY.items()}


def numpy_functions() -> dict[str, Handler]:
    """The table, with dotted names."""
    table: dict[str, Handler] = {}
    for part in (
        _ufuncs(),
        _ELEMENTWISE,
        _REDUCE,
        _RUNNING,
        _NANS,
        _CONTRACT,
        _SHAPES,
        _JOINING,
        _CONSTRUCT,
        _SORTING,
        _PLACES,
        _LINALG,
        polynomials.SERIES,
    ):
        table |= part
    table |= {name: elementwise.storing(table[name]) for name in _STORED.split()}
    return {f"numpy.{name}": entry(f"np.{name}", handler) for name, handler in table.items()}
