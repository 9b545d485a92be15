"""Sums of products: matmul, dot, inner, outer, tensordot, einsum."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from adfun.frontend.arrays import arguments, assumptions, core, dense, extent, loops
from adfun.frontend.stage import Stage
from adfun.frontend.values import Array, Buffered, Elements, Value
from adfun.ir.nodes import Const, Index, Operand, b1, i64
from adfun.ir.types import B1, F64, I64, Type
from adfun.primitives import arithmetic as a
from adfun.primitives import kernels

KERNEL_SIZE = 16
"""Matrix products are a kernel unless one of the sizes is known to be at most this ..."""
KERNEL_ELEMENTS = 1000
"""... or one of the matrices has at most so many elements in the example: its loops are fused then."""
FEWEST = 8
"""An axis of unknown size counts as at least so long: that of the example may be shorter than others."""


def product_type(x: Array, y: Array) -> Type:
    """The type of a sum of products; those of truth values are counted."""
    type = core.wider(x.elem, y.elem)
    return I64 if type is B1 else type


def times(stage: Stage, type: Type, *factors: Operand) -> Operand:
    """The product of operands in one type."""
    result = stage.convert(factors[0], type)
    for factor in factors[1:]:
        result = stage.op(loops.MULTIPLY[type], result, stage.convert(factor, type))
    return result


def matmul(stage: Stage, x: Value, y: Value) -> Value:
    """x @ y"""
    left, right = core.as_array(stage, x), core.as_array(stage, y)
    if not left.rank or not right.rank:
        stage.fail("matmul needs arrays with at least one axis", "this is a number", remedy="use *")
    inner = core.common_size(stage, left.shape[-1], right.shape[-2 if right.rank > 1 else 0])
    rows = left.shape[-2:-1] if left.rank > 1 else ()
    columns = right.shape[-1:] if right.rank > 1 else ()
    batch = core.broadcast_shape(stage, [left.shape[:-2], right.shape[:-2]])
    if left.rank == right.rank == 2 and product_type(left, right) is F64:
        product = _kernel_product(stage, left, right)
        if product is not None:
            return product
    if columns or batch:
        left = core.reused(stage, left)
    if rows or batch:
        right = core.reused(stage, right)
    left = core.broadcast_to(stage, left, (*batch, *left.shape[-2:])) if left.rank > 1 else left
    right = core.broadcast_to(stage, right, (*batch, *right.shape[-2:])) if right.rank > 1 else right

    def term(index: Index, k: Operand) -> tuple[Index, Index]:
        lead, rest = index[: len(batch)], index[len(batch) :]
        at_left = (*lead, rest[0], k) if rows else (k,)
        at_right = (*lead, k, rest[-1]) if columns else (*lead, k) if right.rank > 1 else (k,)
        return at_left, at_right

    return sum_of_products(
        stage, left, right, (*batch, *rows, *columns), (inner,), lambda i, k: term(i, k[0])
    )


def sum_of_products(
    stage: Stage,
    x: Array,
    y: Array,
    shape: Sequence[Operand],
    summed: Sequence[Operand],
    place: Callable[[Index, Index], tuple[Index, Index]],
) -> Value:
    """result[i] = sum over k of x[...] * y[...], `place(i, k)` giving both indices."""
    type = product_type(x, y)

    def element(index: Index) -> Operand:
        def term(k: Index) -> Operand:
            at_x, at_y = place(index, k)
            return times(stage, type, core.at(stage, x, at_x), core.at(stage, y, at_y))

        return loops.total(stage, type, summed, term)

    return finish(stage, type, shape, element, 2 * length_hint(stage, summed))


def finish(
    stage: Stage, type: Type, shape: Sequence[Operand], element: Callable[[Index], Operand], cost: int
) -> Value:
    """A number when there are no axes, else an array with these elements."""
    if not shape:
        return core.wrap(element(()))
    extent.fits(stage, shape)
    return core.settle(stage, core.computed(type, shape, element, cost))


def length_hint(stage: Stage, sizes: Sequence[Operand]) -> int:
    """Roughly how many elements an index space has."""
    count = 1
    for size in sizes:
        size = stage.size(size)
        count *= int(size.value) if isinstance(size, Const) else max(FEWEST, stage.examples.get(size, 100))
    return max(1, min(count, 100_000))


def _kernel_product(stage: Stage, x: Array, y: Array) -> Array | None:
    """The product by a kernel, when no size and no matrix is known to be small."""
    if any(isinstance(s, Const) and s.value <= KERNEL_SIZE for s in map(stage.size, (*x.shape, *y.shape))):
        return None
    for m, n in (map(partial(assumptions.example, stage), z.shape) for z in (x, y)):
        if m is not None and n is not None and m * n <= KERNEL_ELEMENTS:
            return None
    (left, trans_x), (right, trans_y) = dense.turned(stage, x), dense.turned(stage, y)
    outputs = [(F64, (x.shape[0], y.shape[1]))]
    (made,) = dense.call(stage, kernels.gemm, [left, right, b1(trans_x), b1(trans_y)], outputs)
    return core.stored(stage, dense.buffer_of(made))


# -- dot and its kin --------------------------------------------------------------------------


def dot(stage: Stage, x: Value, y: Value, out: Value = None) -> Value:
    """np.dot"""
    left, right = core.as_array(stage, x), core.as_array(stage, y)
    if not left.rank or not right.rank:
        return outer_product(stage, left, right)
    if right.rank <= 2 and left.rank <= 2:
        return matmul(stage, left, right)
    axis = max(0, right.rank - 2)
    return tensordot(stage, left, right, ((left.rank - 1,), (axis,)))


def vdot(stage: Stage, x: Value, y: Value) -> Value:
    """np.vdot: both operands flattened."""
    left, right = core.as_array(stage, x), core.as_array(stage, y)
    if left.rank == right.rank:
        shape = [core.common_size(stage, m, n) for m, n in zip(left.shape, right.shape, strict=True)]
        return sum_of_products(stage, left, right, (), shape, lambda i, k: (k, k))
    stage.fail("np.vdot needs operands of the same shape", remedy="use np.sum(x * y)")


def inner(stage: Stage, x: Value, y: Value) -> Value:
    """np.inner: the last axes are summed over."""
    left, right = core.as_array(stage, x), core.as_array(stage, y)
    if not left.rank or not right.rank:
        return outer_product(stage, left, right)
    return tensordot(stage, left, right, ((left.rank - 1,), (right.rank - 1,)))


def outer(stage: Stage, x: Value, y: Value, out: Value = None) -> Value:
    """np.outer of operands that are flattened when they have several axes."""
    left, right = flat(stage, core.as_array(stage, x)), flat(stage, core.as_array(stage, y))
    return outer_product(stage, left, right)


def outer_product(stage: Stage, x: Array, y: Array) -> Value:
    """x[i...] * y[j...]"""
    left, right = core.reused(stage, x), core.reused(stage, y)
    return sum_of_products(
        stage, left, right, (*x.shape, *y.shape), (), lambda i, k: (i[: x.rank], i[x.rank :])
    )


def flat(stage: Stage, array: Array) -> Array:
    """The elements in one axis."""
    if array.rank == 1:
        return array
    count = arguments.product(stage, array.shape)
    if array.rank == 0:
        return core.view(array, (count,), lambda index: ())
    if isinstance(array.source, Buffered | Elements):
        return core.view(array, (count,), lambda index: index)
    return core.view(array, (count,), lambda index: core.unravel(stage, index[0], array.shape))


def tensordot(stage: Stage, x: Value, y: Value, axes: Value = 2) -> Value:
    """np.tensordot with axes known now."""
    left, right = core.as_array(stage, x), core.as_array(stage, y)
    over_left, over_right = _tensor_axes(stage, left, right, axes)
    if left.rank == right.rank == 2 and len(over_left) == 1:
        return _matrices(stage, left, right, over_left[0], over_right[0])
    shape = [s for k, s in enumerate(left.shape) if k not in over_left]
    split = len(shape)
    shape += [s for k, s in enumerate(right.shape) if k not in over_right]
    summed = [
        core.common_size(stage, left.shape[m], right.shape[n])
        for m, n in zip(over_left, over_right, strict=True)
    ]

    def place(index: Index, k: Index) -> tuple[Index, Index]:
        return (
            _merge(left.rank, over_left, index[:split], k),
            _merge(right.rank, over_right, index[split:], k),
        )

    left = core.reused(stage, left) if len(shape) > split else left
    right = core.reused(stage, right) if split else right
    return sum_of_products(stage, left, right, shape, summed, place)


def _matrices(stage: Stage, x: Array, y: Array, over_x: int, over_y: int) -> Value:
    """Sum over one axis of each of two matrices."""
    return matmul(stage, x if over_x == 1 else core.transposed(x), y if over_y == 0 else core.transposed(y))


def _tensor_axes(stage: Stage, x: Array, y: Array, axes: Value) -> tuple[list[int], list[int]]:
    axes = arguments.known(stage, axes, "axes")
    if isinstance(axes, int):
        return list(range(x.rank - axes, x.rank)), list(range(axes))
    first, second = ([k] if isinstance(k, int) else list(k) for k in axes)
    return [arguments.axis_of(stage, k, x.rank) for k in first], [
        arguments.axis_of(stage, k, y.rank) for k in second
    ]


def _merge(rank: int, summed: list[int], free: Index, over: Index) -> Index:
    rest = iter(free)
    return tuple(over[summed.index(k)] if k in summed else next(rest) for k in range(rank))


# -- einsum -----------------------------------------------------------------------------------

Labels = tuple[object, ...]


def einsum(stage: Stage, *operands: Value, out: Value = None, optimize: Value = False) -> Value:
    """np.einsum with the subscripts known now, as a string or as lists of axis numbers."""
    if isinstance(operands[0], str):
        arrays = [core.as_array(stage, x) for x in operands[1:]]
        inputs, output = _parse(stage, operands[0], arrays)
    else:
        arrays = [core.as_array(stage, x) for x in operands[0 : len(operands) // 2 * 2 : 2]]
        given = operands[1 : len(operands) // 2 * 2 : 2]
        lists = [tuple(arguments.known(stage, x, "einsum subscripts")) for x in given]
        inputs = [_expand(x, v.rank) for x, v in zip(lists, arrays, strict=True)]
        last = tuple(arguments.known(stage, operands[-1], "einsum subscripts")) if len(operands) % 2 else None
        output = _output(inputs, last)
    for labels, array in zip(inputs, arrays, strict=True):
        if len(labels) != array.rank:
            stage.fail(
                "einsum subscripts do not match the operands", f"{len(labels)} letters for {array.rank} axes"
            )
    sizes = _label_sizes(stage, inputs, arrays)
    twice = next((x for x in output if output.count(x) > 1), None)
    if twice is not None:
        stage.fail(f"einsum output letter {twice!r} is given twice", "here")
    missing = [x for x in output if x not in sizes]
    if missing:
        stage.fail(f"einsum output letter {missing[0]!r} is not in the input")
    inputs, arrays = _pairwise(stage, inputs, arrays, output, sizes)
    return _einsum(stage, inputs, arrays, output, sizes)


def _parse(stage: Stage, text: str, arrays: list[Array]) -> tuple[list[Labels], Labels]:
    text = text.replace(" ", "")
    left, arrow, right = text.partition("->")
    terms = left.split(",")
    if len(terms) != len(arrays):
        stage.fail(
            "einsum subscripts do not match the operands", f"{len(terms)} terms, {len(arrays)} operands"
        )
    inputs = [_expand(_letters(t), array.rank) for t, array in zip(terms, arrays, strict=True)]
    return inputs, _output(inputs, _letters(right) if arrow else None)


def _letters(text: str) -> Labels:
    return tuple(Ellipsis if part == "." else part for part in text.replace("...", "."))


def _expand(labels: Labels, rank: int) -> Labels:
    """Put numbered labels, counted from the last axis, in place of an ellipsis."""
    if Ellipsis not in labels:
        return labels
    k = labels.index(Ellipsis)
    extra = rank - len(labels) + 1
    return (*labels[:k], *(("...", n) for n in range(extra, 0, -1)), *labels[k + 1 :])


def _output(inputs: list[Labels], output: Labels | None) -> Labels:
    every = [x for labels in inputs for x in labels]
    dots = max((x[1] for x in every if isinstance(x, tuple)), default=0)
    lead = tuple(("...", n) for n in range(dots, 0, -1))
    if output is None:
        once = sorted((x for x in set(every) if every.count(x) == 1 and not isinstance(x, tuple)), key=str)
        return (*lead, *once)
    if Ellipsis not in output:
        return output
    k = output.index(Ellipsis)
    return (*output[:k], *lead, *output[k + 1 :])


def _label_sizes(stage: Stage, inputs: list[Labels], arrays: list[Array]) -> dict[object, Operand]:
    sizes: dict[object, Operand] = {}
    for labels, array in zip(inputs, arrays, strict=True):
        for label, size in zip(labels, array.shape, strict=True):
            found = sizes.get(label)
            if found is None or stage.is_one(found):
                sizes[label] = size
            elif not stage.is_one(size):
                sizes[label] = core.common_size(stage, found, size)
    return sizes


def _pairwise(
    stage: Stage, inputs: list[Labels], arrays: list[Array], output: Labels, sizes: dict[object, Operand]
) -> tuple[list[Labels], list[Array]]:
    """Contract two operands first where that takes fewer nested loops than all at once."""
    inputs, arrays = list(inputs), list(arrays)
    while len(inputs) > 2:
        every = len({x for labels in inputs for x in labels})
        pair = next((p for p in _pairs(len(inputs)) if _gains(inputs, p, output, every)), None)
        if pair is None:
            break
        m, n = pair
        rest = {x for k, labels in enumerate(inputs) if k not in pair for x in labels} | set(output)
        keep = tuple(dict.fromkeys(x for x in (*inputs[m], *inputs[n]) if x in rest))
        made = _einsum(stage, [inputs[m], inputs[n]], [arrays[m], arrays[n]], keep, sizes)
        inputs = [x for k, x in enumerate(inputs) if k not in pair] + [keep]
        arrays = [x for k, x in enumerate(arrays) if k not in pair] + [core.as_array(stage, made)]
    return inputs, arrays


def _pairs(count: int) -> list[tuple[int, int]]:
    return [(m, n) for m in range(count) for n in range(m + 1, count)]


def _gains(inputs: list[Labels], pair: tuple[int, int], output: Labels, every: int) -> bool:
    both = set(inputs[pair[0]]) | set(inputs[pair[1]])
    rest = {x for k, labels in enumerate(inputs) if k not in pair for x in labels} | set(output)
    return len(both) < every and bool(both - rest)


def _einsum(
    stage: Stage, inputs: list[Labels], arrays: list[Array], output: Labels, sizes: dict[object, Operand]
) -> Value:
    product = _einsum_matrices(stage, inputs, arrays, output)
    if product is not None:
        return product
    type = core.wider(*(x.elem for x in arrays))
    type = I64 if type is B1 else type
    summed = [x for x in dict.fromkeys(x for labels in inputs for x in labels) if x not in output]
    every = len(set(output)) + len(summed)
    arrays = [
        core.reused(stage, x) if len(set(labels)) < every else x
        for labels, x in zip(inputs, arrays, strict=True)
    ]
    terms = list(zip(inputs, arrays, strict=True))

    def element(index: Index) -> Operand:
        bound = dict(zip(output, index, strict=True))
        return _nested(stage, type, terms, bound, summed, sizes)

    cost = len(arrays) * length_hint(stage, [sizes[x] for x in summed])
    return finish(stage, type, [sizes[x] for x in output], element, cost)


def _einsum_matrices(stage: Stage, inputs: list[Labels], arrays: list[Array], output: Labels) -> Value | None:
    """The sum as a product of two matrices, where it is one."""
    if len(inputs) != 2 or any(len(x) != 2 or x[0] == x[1] for x in (*inputs, output)):
        return None
    shared = set(inputs[0]) & set(inputs[1])
    if len(shared) != 1 or shared & set(output) or any(stage.is_one(s) for x in arrays for s in x.shape):
        return None
    k = shared.pop()
    over = inputs[0].index(k), inputs[1].index(k)
    product = core.as_array(stage, _matrices(stage, arrays[0], arrays[1], *over))
    return product if output[0] in inputs[0] else core.transposed(product)


def _nested(
    stage: Stage,
    type: Type,
    terms: list[tuple[Labels, Array]],
    bound: dict[object, Operand],
    summed: list[object],
    sizes: dict[object, Operand],
) -> Operand:
    """Multiply what is determined already with the sum over the remaining labels."""
    ready = [t for t in terms if all(x in bound for x in t[0])]
    rest = [t for t in terms if not all(x in bound for x in t[0])]
    factors = [_read(stage, labels, array, bound) for labels, array in ready]
    if summed:
        label, later = summed[0], summed[1:]
        inside = loops.total(
            stage,
            type,
            (sizes[label],),
            lambda k: _nested(stage, type, rest, {**bound, label: k[0]}, later, sizes),
        )
        factors.append(inside)
    return times(stage, type, *factors) if factors else stage.convert(i64(1), type)


def _read(stage: Stage, labels: Labels, array: Array, bound: dict[object, Operand]) -> Operand:
    index = tuple(
        i64(0) if stage.is_one(size) else bound[label]
        for label, size in zip(labels, array.shape, strict=True)
    )
    return core.at(stage, array, index)


def trace(stage: Stage, x: Value, offset: Value = 0, axis1: Value = 0, axis2: Value = 1) -> Value:
    """np.trace of a matrix, or of the matrices that two axes of an array make."""
    array = core.as_array(stage, x)
    if array.rank < 2:
        stage.fail("np.trace needs a matrix", f"this is {core.describe(array)}")
    m, n = (arguments.axis_of(stage, k, array.rank) for k in (axis1, axis2))
    type = product_type(array, array)
    shape = array.shape[m], array.shape[n]
    length, place = diagonal(stage, shape, arguments.integer(stage, offset, "offset"))
    others = [k for k in range(array.rank) if k not in (m, n)]
    array = core.force(stage, array) if others else array

    def element(index: Index) -> Operand:
        def at(k: Index) -> Operand:
            row, column = place(k[0])
            given = dict(zip(others, index, strict=True)) | {m: row, n: column}
            return core.at(stage, array, tuple(given[axis] for axis in range(array.rank)))

        return loops.total(stage, type, (length,), at)

    if not others:
        return core.wrap(element(()))
    return core.force(stage, core.computed(type, [array.shape[k] for k in others], element, cost=40))


def diagonal(
    stage: Stage, shape: Sequence[Operand], offset: int
) -> tuple[Operand, Callable[[Operand], tuple[Operand, Operand]]]:
    """Length of a diagonal of a matrix, and where its elements are."""
    rows, columns = stage.size(shape[0]), stage.size(shape[1])
    down, right = max(0, -offset), max(0, offset)
    length = stage.op(a.imin, stage.isub(rows, i64(down)), stage.isub(columns, i64(right)))
    length = length if not offset else arguments.clamped(stage, length)
    if not isinstance(length, Const):
        stage.sizes.add(length)
    return length, lambda k: (stage.iadd(k, i64(down)), stage.iadd(k, i64(right)))


def vecdot(stage: Stage, x: Value, y: Value, axis: Value = -1) -> Value:
    """np.vecdot: sums of products along the last axis."""
    return einsum(stage, "...i,...i->...", x, y)


def matvec(stage: Stage, x: Value, y: Value) -> Value:
    """np.matvec"""
    return einsum(stage, "...ij,...j->...i", x, y)


def vecmat(stage: Stage, x: Value, y: Value) -> Value:
    """np.vecmat"""
    return einsum(stage, "...i,...ij->...j", x, y)


def cross(
    stage: Stage,
    x: Value,
    y: Value,
    axisa: Value = -1,
    axisb: Value = -1,
    axisc: Value = -1,
    axis: Value = None,
) -> Value:
    """np.cross of vectors of length three, along the last axis."""
    if any(v not in (-1, None) for v in (axisa, axisb, axisc, axis)):
        stage.fail("np.cross along another axis is not supported", remedy="use np.moveaxis first")
    left, right = (core.reused(stage, core.as_array(stage, v)) for v in (x, y))
    for array in (left, right):
        if not array.rank:
            stage.fail("np.cross needs vectors", "this is a number")
        core.common_size(stage, array.shape[-1], i64(3))
    batch = core.broadcast_shape(stage, [left.shape[:-1], right.shape[:-1]])
    type = product_type(left, right)
    left, right = (core.broadcast_to(stage, v, (*batch, i64(3))) for v in (left, right))

    def element(lead: Index, k: int) -> Operand:
        m, n = (k + 1) % 3, (k + 2) % 3
        one, two = (
            times(stage, type, core.at(stage, left, (*lead, i64(p))), core.at(stage, right, (*lead, i64(q))))
            for p, q in ((m, n), (n, m))
        )
        return stage.op(a.sub if type is F64 else a.isub, one, two)

    if not batch:
        return core.small(stage, type, (i64(3),), [element((), k) for k in range(3)])
    buffer = stage.builder.alloc(type, (*batch, i64(3)), zero=False)

    def row(lead: Index) -> None:
        for k in range(3):
            stage.builder.store(buffer, (*lead, i64(k)), element(lead, k))

    loops.for_each(stage, batch, row)
    return core.stored(stage, buffer)
