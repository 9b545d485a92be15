"""Making arrays: filled, spaced, copied, identity and triangular ones."""

from __future__ import annotations

from collections.abc import Callable

from adfun.frontend.arrays import arguments, core, elementwise, extent, writing
from adfun.frontend.stage import Stage
from adfun.frontend.values import Array, Computed, Value
from adfun.ir.nodes import Index, Operand, i64
from adfun.ir.types import B1, F64, I64, Type
from adfun.primitives import arithmetic as a

ZERO = {F64: 0.0, I64: 0, B1: False}
ONE = {F64: 1.0, I64: 1, B1: True}


def filled(stage: Stage, shape: tuple[Operand, ...], type: Type, value: Operand) -> Array:
    """An array of one value."""
    return core.settle(stage, core.constant_array(type, shape, stage.convert(value, type)))


def zeros(
    stage: Stage, shape: Value, dtype: Value = None, order: Value = "C", *, like: Value = None
) -> Array:
    """np.zeros; also np.empty, so that what is read before it is written is a number."""
    type = arguments.dtype_of(stage, dtype)
    return filled(stage, arguments.new_shape(stage, shape), type, core.literal(ZERO[type]))


def ones(stage: Stage, shape: Value, dtype: Value = None, order: Value = "C", *, like: Value = None) -> Array:
    """np.ones"""
    type = arguments.dtype_of(stage, dtype)
    return filled(stage, arguments.new_shape(stage, shape), type, core.literal(ONE[type]))


def full(
    stage: Stage,
    shape: Value,
    fill_value: Value,
    dtype: Value = None,
    order: Value = "C",
    *,
    like: Value = None,
) -> Array:
    """np.full; the value may be an array that is broadcast."""
    type = arguments.dtype_of(stage, dtype, elementwise.element_type(stage, fill_value))
    sizes = arguments.new_shape(stage, shape)
    if core.is_number(fill_value):
        return filled(stage, sizes, type, core.operand(stage, fill_value))
    value = elementwise.astype(stage, core.as_array(stage, fill_value), type)
    return copied(stage, writing.fitted(stage, value, sizes))


def _like(name: str) -> Callable[..., Array]:
    def handler(
        stage: Stage,
        x: Value,
        dtype: Value = None,
        order: Value = "K",
        subok: Value = True,
        shape: Value = None,
    ) -> Array:
        array = core.as_array(stage, x)
        sizes = array.shape if shape is None else arguments.new_shape(stage, shape)
        type = arguments.dtype_of(stage, dtype, array.elem)
        return filled(stage, sizes, type, core.literal((ONE if name == "ones" else ZERO)[type]))

    handler.__doc__ = f"np.{name}_like"
    return handler


zeros_like, ones_like = _like("zeros"), _like("ones")


def full_like(
    stage: Stage,
    x: Value,
    fill_value: Value,
    dtype: Value = None,
    order: Value = "K",
    subok: Value = True,
    shape: Value = None,
) -> Array:
    """np.full_like"""
    array = core.as_array(stage, x)
    type = arguments.dtype_of(stage, dtype, array.elem)
    sizes = array.shape if shape is None else arguments.new_shape(stage, shape)
    if core.is_number(fill_value):
        return filled(stage, sizes, type, core.operand(stage, fill_value))
    value = elementwise.astype(stage, core.as_array(stage, fill_value), type)
    return copied(stage, writing.fitted(stage, value, sizes))


# -- copies -----------------------------------------------------------------------------------


def copied(stage: Stage, array: Array) -> Array:
    """The same elements, in an array of their own."""
    if isinstance(array.source, Computed):
        return array
    cost = core.cost_of(array)
    return core.settle(
        stage,
        core.computed(array.elem, array.shape, lambda index: core.at(stage, array, index), cost),
    )


def array(
    stage: Stage,
    x: Value,
    dtype: Value = None,
    *,
    copy: Value = True,
    order: Value = "K",
    subok: Value = False,
    ndmin: Value = 0,
    like: Value = None,
) -> Array:
    """np.array: a copy."""
    made = asarray(stage, x, dtype)
    least = arguments.integer(stage, ndmin, "ndmin")
    if made.rank < least:
        inner, extra = made, least - made.rank
        made = core.view(inner, (i64(1),) * extra + inner.shape, lambda index: index[extra:])
    return made if copy is False else copied(stage, made)


def asarray(
    stage: Stage,
    x: Value,
    dtype: Value = None,
    order: Value = None,
    *,
    copy: Value = None,
    like: Value = None,
) -> Array:
    """np.asarray: the array itself when it has the right type."""
    given = core.as_array(stage, x)
    type = arguments.dtype_of(stage, dtype, given.elem)
    return core.as_array(stage, elementwise.astype(stage, given, type))


def asfarray(stage: Stage, x: Value, dtype: Value = None) -> Array:
    """np.asarray to floats."""
    return asarray(stage, x, float if dtype is None else dtype)


def copy(stage: Stage, x: Value, order: Value = "K", subok: Value = False) -> Array:
    """np.copy"""
    return copied(stage, core.as_array(stage, x))


def astype(
    stage: Stage,
    x: Value,
    dtype: Value,
    order: Value = "K",
    casting: Value = "unsafe",
    subok: Value = True,
    copy: Value = True,
) -> Value:
    """x.astype(dtype): a copy."""
    type = arguments.dtype_of(stage, dtype)
    if core.is_number(x) and not isinstance(x, Array):
        return elementwise.astype(stage, x, type)
    given = core.as_array(stage, x)
    if given.elem is type:
        return given if copy is False else copied(stage, given)
    return elementwise.astype(stage, given, type)


# -- spaced -----------------------------------------------------------------------------------


def arange(
    stage: Stage, start: Value, stop: Value = None, step: Value = None, dtype: Value = None, **_: Value
) -> Array:
    """np.arange of ints or floats."""
    if stop is None:
        start, stop = 0, start
    first, last, by = (
        core.operand(stage, v, "an argument of np.arange") for v in (start, stop, 1 if step is None else step)
    )
    if F64 in (first.type, last.type, by.type):
        return _float_range(stage, first, last, by, dtype)
    first, last, by = (stage.convert(v, I64) for v in (first, last, by))
    distance = stage.isub(last, first)
    if by is not i64(1):
        distance = stage.op(a.ineg, stage.op(a.ifloordiv, stage.op(a.ineg, distance), by))
    length = arguments.clamped(stage, distance)
    extent.fits(stage, (length,))
    made = core.computed(I64, (length,), lambda i: stage.iadd(first, stage.imul(i[0], by)), 1)
    stage.distinct.add(made)
    if first is i64(0) and by is i64(1):
        stage.array_bounds[made] = length
    type = arguments.dtype_of(stage, dtype, I64)
    return core.settle(
        stage, made if type is I64 else core.as_array(stage, elementwise.astype(stage, made, type))
    )


def _float_range(stage: Stage, first: Operand, last: Operand, by: Operand, dtype: Value) -> Array:
    first, last, by = (stage.convert(v, F64) for v in (first, last, by))
    count = stage.op(a.f2i, stage.op(a.ceil, stage.op(a.div, stage.op(a.sub, last, first), by)))
    length = arguments.clamped(stage, count)
    extent.fits(stage, (length,))
    delta = stage.op(a.sub, stage.op(a.add, first, by), first)  # as NumPy rounds it

    def element(index: Index) -> Operand:
        return stage.op(a.add, first, stage.op(a.mul, stage.op(a.i2f, index[0]), delta))

    made = core.settle(stage, core.computed(F64, (length,), element, 2))
    return core.as_array(stage, elementwise.astype(stage, made, arguments.dtype_of(stage, dtype)))


def linspace(
    stage: Stage,
    start: Value,
    stop: Value,
    num: Value = 50,
    endpoint: Value = True,
    retstep: Value = False,
    dtype: Value = None,
    axis: Value = 0,
) -> Value:
    """np.linspace; of arrays, along a new first axis."""
    count = arguments.size_of(stage, num, "num")
    closed = arguments.flag(stage, endpoint, "endpoint")
    gaps = stage.isub(count, i64(1)) if closed else count
    gaps = stage.op(a.imax, gaps, i64(1))
    low, high = (core.as_array(stage, elementwise.astype(stage, v, F64)) for v in (start, stop))
    delta = elementwise.apply(stage, "subtract", high, low)
    step = elementwise.apply(stage, "divide", delta, core.wrap(stage.convert(gaps, F64)))
    shape = core.broadcast_shape(stage, [low.shape, high.shape])
    low, high, by = (
        core.broadcast_to(stage, core.reused(stage, core.as_array(stage, v)), shape)
        for v in (low, high, step)
    )

    def element(index: Index) -> Operand:
        k, rest = index[0], index[1:]
        inside = stage.op(
            a.add, stage.op(a.mul, stage.op(a.i2f, k), core.at(stage, by, rest)), core.at(stage, low, rest)
        )
        if not closed:
            return inside
        last = stage.op(a.band, stage.op(a.ieq, k, gaps), stage.op(a.ilt, i64(0), k))
        return stage.op(a.select, last, core.at(stage, high, rest), inside)

    extent.fits(stage, (count, *shape))
    made: Value = core.settle(stage, core.computed(F64, (count, *shape), element, 6))
    type = arguments.dtype_of(stage, dtype)
    made = made if type is F64 else elementwise.astype(stage, elementwise.apply(stage, "floor", made), type)
    if arguments.integer(stage, axis, "axis") not in (0, -1 - len(shape)):
        stage.fail("np.linspace with axis is not supported", remedy="use np.moveaxis on the result")
    return (made, step) if arguments.flag(stage, retstep, "retstep") else made


def logspace(
    stage: Stage,
    start: Value,
    stop: Value,
    num: Value = 50,
    endpoint: Value = True,
    base: Value = 10.0,
    dtype: Value = None,
    axis: Value = 0,
) -> Value:
    """np.logspace"""
    exponents = linspace(stage, start, stop, num, endpoint, axis=axis)
    powers = elementwise.apply(stage, "power", base, exponents)
    return elementwise.astype(stage, powers, arguments.dtype_of(stage, dtype))


def geomspace(
    stage: Stage,
    start: Value,
    stop: Value,
    num: Value = 50,
    endpoint: Value = True,
    dtype: Value = None,
    axis: Value = 0,
) -> Value:
    """np.geomspace of numbers of one sign; both ends are exact."""
    ratio = elementwise.apply(stage, "log10", elementwise.apply(stage, "divide", stop, start))
    powers = logspace(stage, 0.0, ratio, num, endpoint)
    made = core.as_array(stage, elementwise.apply(stage, "multiply", start, powers))
    if not arguments.flag(stage, endpoint, "endpoint"):
        return made
    position = arange(stage, core.wrap(made.shape[0]))
    last = elementwise.apply(stage, "equal", position, core.wrap(stage.isub(made.shape[0], i64(1))))
    first = elementwise.apply(stage, "equal", position, 0)
    return elementwise.select(stage, first, start, elementwise.select(stage, last, stop, made))


# -- matrices ---------------------------------------------------------------------------------


def _shifted(stage: Stage, row: Operand, k: Operand) -> Operand:
    return stage.iadd(row, k)


def eye(
    stage: Stage,
    N: Value,
    M: Value = None,
    k: Value = 0,
    dtype: Value = None,
    order: Value = "C",
    **_: Value,
) -> Array:
    """np.eye"""
    rows, columns = arguments.new_shape(stage, (N, N if M is None else M))
    type, offset = arguments.dtype_of(stage, dtype), core.operand(stage, k, "k")
    one, zero = core.literal(ONE[type]), core.literal(ZERO[type])

    def element(index: Index) -> Operand:
        on = stage.op(a.ieq, _shifted(stage, index[0], offset), index[1])
        return stage.op(a.select, on, one, zero)

    return core.settle(stage, core.computed(type, (rows, columns), element, 2))


def identity(stage: Stage, n: Value, dtype: Value = None, **_: Value) -> Array:
    """np.identity"""
    return eye(stage, n, dtype=dtype)


def tri(stage: Stage, N: Value, M: Value = None, k: Value = 0, dtype: Value = None, **_: Value) -> Array:
    """np.tri"""
    rows, columns = arguments.new_shape(stage, (N, N if M is None else M))
    type = arguments.dtype_of(stage, dtype)
    whole = filled(stage, (rows, columns), type, core.literal(ONE[type]))
    return _triangle(stage, whole, k, lower=True)


def tril(stage: Stage, x: Value, k: Value = 0) -> Array:
    """np.tril"""
    return _triangle(stage, core.as_array(stage, x), k, lower=True)


def triu(stage: Stage, x: Value, k: Value = 0) -> Array:
    """np.triu"""
    return _triangle(stage, core.as_array(stage, x), k, lower=False)


def _triangle(stage: Stage, array: Array, k: Value, *, lower: bool) -> Array:
    if array.rank < 2:
        stage.fail("a triangle needs a matrix", f"this is {core.describe(array)}")
    offset, zero = core.operand(stage, k, "k"), core.literal(ZERO[array.elem])

    def element(index: Index) -> Operand:
        edge = stage.iadd(index[-2], offset)
        keep = stage.op(a.ile, index[-1], edge) if lower else stage.op(a.ile, edge, index[-1])
        return stage.op(a.select, keep, core.at(stage, array, index), zero)

    return core.settle(stage, core.computed(array.elem, array.shape, element, core.cost_of(array) + 2))


def vander(stage: Stage, x: Value, N: Value = None, increasing: Value = False) -> Array:
    """np.vander"""
    array = core.reused(stage, core.as_array(stage, x))
    columns = array.shape[0] if N is None else arguments.size_of(stage, N)
    extent.fits(stage, (array.shape[0], columns))
    up = arguments.flag(stage, increasing, "increasing")

    def element(index: Index) -> Operand:
        base = core.at(stage, array, index[:1])
        power = index[1] if up else stage.isub(stage.isub(columns, i64(1)), index[1])
        if array.elem is F64:
            return stage.op(a.powi, base, power)
        return stage.op(a.ipow, stage.convert(base, I64), power)

    type = F64 if array.elem is F64 else I64
    return core.settle(stage, core.computed(type, (array.shape[0], columns), element, 60))
