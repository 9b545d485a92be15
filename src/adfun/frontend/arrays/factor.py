"""scipy.linalg: factorisations that are kept and used, triangular systems, the matrix exponential."""

from __future__ import annotations

from collections.abc import Callable

from adfun.frontend.arrays import (
    arguments,
    construct,
    core,
    dense,
    elementwise,
    linalg,
    loops,
    norms,
    places,
    shapes,
    singular,
)
from adfun.frontend.stage import Stage
from adfun.frontend.values import Array, ListValue, Scalar, Value
from adfun.ir.nodes import Index, Operand, b1, f64, i64
from adfun.ir.types import F64
from adfun.primitives import arithmetic as a
from adfun.primitives import kernels


def cholesky(
    stage: Stage, x: Value, lower: Value = False, overwrite_a: Value = False, check_finite: Value = True
) -> Value:
    """scipy.linalg.cholesky: the upper factor unless `lower`; that triangle is read."""
    array = core.as_array(stage, x)
    if arguments.flag(stage, lower, "lower"):
        return linalg.cholesky(stage, array)
    return shapes.matrix_transpose(stage, linalg.cholesky(stage, shapes.matrix_transpose(stage, array)))


def cho_factor(
    stage: Stage, x: Value, lower: Value = False, overwrite_a: Value = False, check_finite: Value = True
) -> Value:
    """scipy.linalg.cho_factor"""
    low = arguments.flag(stage, lower, "lower")
    return (cholesky(stage, x, low), low)


def cho_solve(
    stage: Stage, c_and_lower: Value, b: Value, overwrite_b: Value = False, check_finite: Value = True
) -> Value:
    """scipy.linalg.cho_solve"""
    factor, lower = c_and_lower if isinstance(c_and_lower, tuple) else arguments.items_of(stage, c_and_lower)
    if isinstance(lower, Scalar) and lower.recipe is None:  # what `try` or a loop made: a factor all the same
        upright = shapes.matrix_transpose(stage, core.as_array(stage, factor))
        factor, lower = places.where(stage, lower, factor, upright), True
    low = arguments.flag(stage, lower, "lower")
    half = solve_triangular(stage, factor, b, 0 if low else 1, low, checked=False)
    return solve_triangular(stage, factor, half, 1 if low else 0, low, checked=False)


def solve_triangular(
    stage: Stage,
    x: Value,
    b: Value,
    trans: Value = 0,
    lower: Value = False,
    unit_diagonal: Value = False,
    overwrite_b: Value = False,
    check_finite: Value = True,
    *,
    checked: bool = True,
) -> Value:
    """scipy.linalg.solve_triangular"""
    array, right = linalg.square(stage, x, "solve_triangular"), core.as_array(stage, b)
    if array.rank > 2 or not 1 <= right.rank <= 2:
        stage.fail("solve_triangular needs a matrix, and a vector or matrix on the right")
    core.common_size(stage, array.shape[0], right.shape[0])
    turn = arguments.known(stage, trans, "trans") in (1, 2, "T", "C")
    low, unit = (
        arguments.flag(stage, v, what) for v, what in ((lower, "lower"), (unit_diagonal, "unit_diagonal"))
    )
    if checked and not unit:
        stage.linalg_check(_regular(stage, array), "singular matrix: zero on the diagonal")
    return _triangle_solved(stage, array, right, turn, low, unit)


def _regular(stage: Stage, array: Array) -> Operand:
    """Whether no diagonal element is zero."""

    def step(index: Index, carried: loops.Carry) -> loops.Carry:
        entry = stage.convert(core.at(stage, array, (index[0], index[0])), F64)
        return (stage.op(a.band, carried[0], stage.op(a.ne, entry, f64(0.0))),)

    return loops.sweep(stage, array.shape[:1], (b1(True),), step)[0]


def _triangle_solved(stage: Stage, array: Array, right: Array, turn: bool, low: bool, unit: bool) -> Array:
    n = dense.closed_size(stage, *array.shape)
    if n is not None:
        m = dense.scalars(stage, array, (), n, n)
        m, low = (dense.transposed(m), not low) if turn else (m, low)
        return dense.solved(stage, right, n, dense.substitution(stage, m, lower=low, unit=unit))
    matrix, flipped = dense.turned(stage, array)
    if flipped:
        turn, low = not turn, not low
    return linalg.triangle_solved(stage, matrix, right, turn=turn, low=low, unit=unit)


def solve(
    stage: Stage,
    x: Value,
    b: Value,
    lower: Value = False,
    overwrite_a: Value = False,
    overwrite_b: Value = False,
    check_finite: Value = True,
    assume_a: Value = None,
    transposed: Value = False,
    **_: Value,
) -> Value:
    """scipy.linalg.solve; what is assumed of the matrix only chooses the algorithm."""
    kind = arguments.known(stage, assume_a, "assume_a")
    array = core.as_array(stage, x)
    if kind in ("pos", "positive definite", "positive_definite"):
        return cho_solve(stage, (cholesky(stage, array, lower), lower), b)
    if arguments.flag(stage, transposed, "transposed"):
        array = shapes.transpose(stage, array)
    return linalg.solve(stage, array, b)


def lu_factor(stage: Stage, x: Value, overwrite_a: Value = False, check_finite: Value = True) -> Value:
    """scipy.linalg.lu_factor: to be handed to lu_solve."""
    array = core.force(stage, linalg.square(stage, x, "lu_factor"))
    matrix, factors, pivots = linalg.regular(stage, dense.as_buffer(stage, array))
    made = core.stored(stage, factors)
    stage.factored[made] = (matrix, factors, pivots)
    return (made, core.stored(stage, pivots))


def lu_solve(
    stage: Stage,
    lu_and_piv: Value,
    b: Value,
    trans: Value = 0,
    overwrite_b: Value = False,
    check_finite: Value = True,
) -> Value:
    """scipy.linalg.lu_solve with what lu_factor gave."""
    parts = arguments.items_of(stage, lu_and_piv)
    known = stage.factored.get(parts[0]) if isinstance(parts[0], Array) else None
    if known is None:
        stage.fail("lu_solve needs the result of lu_factor", remedy="call scipy.linalg.lu_factor(a) first")
    turn = arguments.known(stage, trans, "trans") in (1, 2, "T", "C")
    return linalg.lu_solved(stage, *known, core.as_array(stage, b), turn)


def eigh(
    stage: Stage,
    x: Value,
    b: Value = None,
    *,
    lower: Value = True,
    eigvals_only: Value = False,
    **_: Value,
) -> Value:
    """scipy.linalg.eigh of a matrix"""
    if b is not None:
        stage.fail("scipy.linalg.eigh of two matrices is not supported")
    uplo = "L" if arguments.flag(stage, lower, "lower") else "U"
    values, vectors = linalg.eigh(stage, x, uplo)
    return values if arguments.flag(stage, eigvals_only, "eigvals_only") else (values, vectors)


def eigvalsh(stage: Stage, x: Value, b: Value = None, *, lower: Value = True, **options: Value) -> Value:
    """scipy.linalg.eigvalsh"""
    return eigh(stage, x, b, lower=lower, eigvals_only=True)


def expm(stage: Stage, x: Value) -> Value:
    """scipy.linalg.expm"""
    array = linalg.square(stage, x, "expm")
    if array.rank > 2:
        return linalg.stacked(stage, array, array.shape[-2:], lambda m: _expm(stage, m))
    return _expm(stage, array)


def _expm(stage: Stage, array: Array) -> Array:
    (made,) = dense.call(stage, kernels.expm, [dense.as_buffer(stage, array)], [(F64, array.shape)])
    return core.stored(stage, dense.buffer_of(made))


# -- linear matrix equations --------------------------------------------------------------------


def _kronecker(stage: Stage, x: Array, y: Array) -> Array:
    """The Kronecker product of two square matrices, with axes (row, row, column, column)."""
    x, y = core.reused(stage, x), core.reused(stage, y)

    def element(index: Index) -> Operand:
        i, k, j, m = index
        left, right = core.at(stage, x, (i, j)), core.at(stage, y, (k, m))
        return stage.op(a.mul, stage.convert(left, F64), stage.convert(right, F64))

    m, n = x.shape[0], y.shape[0]
    return core.computed(F64, (m, n, m, n), element, 2)


def _equation(stage: Stage, operator: Value, right: Array) -> Value:
    """Solve operator[i, k, j, m] X[j, m] = right[i, k]."""
    m, n = right.shape
    size = arguments.product(stage, (m, n))
    matrix = shapes.reshaped(stage, core.force(stage, core.as_array(stage, operator)), (size, size))
    vector = shapes.reshaped(stage, core.force(stage, right), (size,))
    solved = core.force(stage, core.as_array(stage, linalg.solve(stage, matrix, vector)))
    return shapes.reshaped(stage, solved, (m, n))


def solve_sylvester(stage: Stage, x: Value, b: Value, q: Value) -> Value:
    """scipy.linalg.solve_sylvester: A X + X B = Q."""
    left, right = (linalg.square(stage, v, "solve_sylvester") for v in (x, b))
    one, other = (construct.eye(stage, core.wrap(v.shape[0])) for v in (left, right))
    first = _kronecker(stage, left, other)
    second = _kronecker(stage, one, shapes.transpose(stage, right))
    return _equation(stage, elementwise.apply(stage, "add", first, second), core.as_array(stage, q))


def solve_continuous_lyapunov(stage: Stage, x: Value, q: Value) -> Value:
    """scipy.linalg.solve_continuous_lyapunov: A X + X A' = Q."""
    return solve_sylvester(stage, x, shapes.transpose(stage, x), q)


def solve_discrete_lyapunov(stage: Stage, x: Value, q: Value, method: Value = None) -> Value:
    """scipy.linalg.solve_discrete_lyapunov: A X A' - X + Q = 0."""
    array = linalg.square(stage, x, "solve_discrete_lyapunov")
    unit = construct.eye(stage, core.wrap(array.shape[0]))
    whole = elementwise.apply(
        stage, "subtract", _kronecker(stage, unit, unit), _kronecker(stage, array, array)
    )
    return _equation(stage, whole, core.as_array(stage, q))


def solve_toeplitz(stage: Stage, c_or_cr: Value, b: Value, check_finite: Value = True) -> Value:
    """scipy.linalg.solve_toeplitz, by the matrix itself."""
    pair = arguments.items_of(stage, c_or_cr) if isinstance(c_or_cr, (tuple, ListValue)) else [c_or_cr] * 2
    column, row = (core.reused(stage, core.as_array(stage, v)) for v in pair)

    def element(index: Index) -> Operand:
        i, j = index
        below = stage.op(a.ile, j, i)
        low = core.at(stage, column, (stage.op(a.imax, stage.isub(i, j), i64(0)),))
        high = core.at(stage, row, (stage.op(a.imax, stage.isub(j, i), i64(0)),))
        return stage.op(a.select, below, stage.convert(low, F64), stage.convert(high, F64))

    return linalg.solve(stage, core.computed(F64, (column.shape[0], row.shape[0]), element), b)


def solve_banded(stage: Stage, l_and_u: Value, ab: Value, b: Value, **_: Value) -> Value:
    """scipy.linalg.solve_banded, by the dense matrix."""
    lower, upper = (arguments.integer(stage, v, "a bandwidth") for v in arguments.items_of(stage, l_and_u))
    return linalg.solve(stage, _banded(stage, core.as_array(stage, ab), lower, upper), b)


def _banded(stage: Stage, bands: Array, lower: int, upper: int) -> Array:
    """The matrix whose element (i, j) is bands[upper + i - j, j]."""
    bands = core.reused(stage, bands)
    n = bands.shape[1]

    def element(index: Index) -> Operand:
        i, j = index
        row = stage.isub(stage.iadd(i, i64(upper)), j)
        inside = stage.op(a.band, stage.op(a.ile, i64(0), row), stage.op(a.ile, row, i64(lower + upper)))
        place = stage.op(a.imin, stage.op(a.imax, row, i64(0)), i64(lower + upper))
        entry = stage.convert(core.at(stage, bands, (place, j)), F64)
        return stage.op(a.select, inside, entry, f64(0.0))

    return core.settle(stage, core.computed(F64, (n, n), element))


SCIPY: dict[str, Callable[..., Value]] = {
    "cholesky": cholesky,
    "cho_factor": cho_factor,
    "cho_solve": cho_solve,
    "solve_triangular": solve_triangular,
    "solve": solve,
    "inv": linalg.inv,
    "det": linalg.det,
    "lu_factor": lu_factor,
    "lu_solve": lu_solve,
    "eigh": eigh,
    "eigvalsh": eigvalsh,
    "expm": expm,
    "solve_sylvester": solve_sylvester,
    "solve_continuous_lyapunov": solve_continuous_lyapunov,
    "solve_lyapunov": solve_continuous_lyapunov,
    "solve_discrete_lyapunov": solve_discrete_lyapunov,
    "solve_toeplitz": solve_toeplitz,
    "solve_banded": solve_banded,
    "svd": singular.svd,
    "svdvals": singular.svdvals,
    "norm": norms.norm,
    "lstsq": linalg.lstsq,
    "tril": construct.tril,
    "triu": construct.triu,
}
