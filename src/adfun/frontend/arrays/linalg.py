"""Dense linear algebra: closed forms for tiny matrices, kernels for the rest."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable

from adfun.frontend.arrays import (
    arguments,
    construct,
    contract,
    core,
    dense,
    elementwise,
    loops,
    norms,
    reduce,
    shapes,
    singular,
)
from adfun.frontend.arrays.contract import matmul, outer, tensordot, trace
from adfun.frontend.stage import Stage
from adfun.frontend.values import Array, Value
from adfun.ir.nodes import Buffer, Index, Operand, b1, i64
from adfun.ir.types import F64, I64
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e
from adfun.primitives import kernels

SINGULAR = "Singular matrix"
NOT_POSITIVE = "Matrix is not positive definite"

SlogdetResult = namedtuple("SlogdetResult", "sign logabsdet")
EighResult = namedtuple("EighResult", "eigenvalues eigenvectors")


def square(stage: Stage, x: Value, what: str) -> Array:
    """A square matrix, or a stack of them."""
    array = core.as_array(stage, x)
    if array.rank < 2:
        stage.fail(f"{what} needs a square matrix", f"this is {core.describe(array)}")
    core.common_size(stage, array.shape[-2], array.shape[-1])
    return core.reused(stage, array)


def stacked(stage: Stage, array: Array, tail: tuple[Operand, ...], solve: Callable[[Array], Array]) -> Array:
    """The results, of shape `tail`, for every matrix of a stack."""
    lead = array.shape[:-2]
    buffer = stage.builder.alloc(F64, (*lead, *tail), zero=False)

    def each(index: Index) -> None:
        matrix = core.view(array, array.shape[-2:], lambda ij: (*index, *ij))
        core.fill(stage, buffer, solve(matrix), F64, lambda ij: (*index, *ij))

    loops.for_each(stage, lead, each)
    return core.stored(stage, buffer)


# -- Cholesky ---------------------------------------------------------------------------------


def cholesky(stage: Stage, x: Value, *, upper: Value = False) -> Value:
    """np.linalg.cholesky: the lower factor; the lower triangle is read."""
    array = square(stage, x, "a Cholesky factorisation")
    if arguments.flag(stage, upper, "upper"):
        return shapes.matrix_transpose(stage, cholesky(stage, shapes.matrix_transpose(stage, array)))
    if array.rank > 2:
        return stacked(stage, array, array.shape[-2:], lambda m: _cholesky(stage, m))
    return _cholesky(stage, array)


def _cholesky(stage: Stage, array: Array) -> Array:
    n = dense.closed_size(stage, *array.shape)
    if n is not None:
        low, good = dense.cholesky(stage, dense.scalars(stage, array, (), n, n))
        stage.linalg_check(good, NOT_POSITIVE)
        return core.small(stage, F64, (i64(n), i64(n)), dense.flat(low))
    matrix = dense.as_buffer(stage, array)
    factor, info = dense.call(stage, kernels.cholesky, [matrix], [(F64, array.shape), I64])
    good = dense.is_zero(stage, info)
    stage.linalg_check(good, NOT_POSITIVE)
    if stage.guards:
        matrix = sound(stage, matrix, good)
        factor, _ = dense.call(stage, kernels.cholesky, [matrix], [(F64, array.shape), I64])
    return core.stored(stage, dense.buffer_of(factor))


# -- general systems ----------------------------------------------------------------------------


def factored(stage: Stage, matrix: Buffer) -> tuple[Buffer, Buffer, Operand]:
    """LU factors, pivots, and whether the matrix is regular."""
    factors, pivots, info = kernels.factored(stage.builder, matrix)
    return factors, pivots, stage.op(a.ieq, info, i64(0))


def regular(stage: Stage, matrix: Buffer) -> tuple[Buffer, Buffer, Buffer]:
    """The matrix, its LU factors and pivots; LinAlgError when it is singular."""
    factors, pivots, good = factored(stage, matrix)
    stage.linalg_check(good, SINGULAR)
    if stage.guards:
        matrix = sound(stage, matrix, good)
        factors, pivots, _ = factored(stage, matrix)
    return matrix, factors, pivots


def sound(stage: Stage, matrix: Buffer, good: Operand) -> Buffer:
    """The matrix, or an identity where it is not good.

    Inside `try` factors are computed whether the handler runs or not; where it does, their derivative has
    to be zero, which that of NaN is not.
    """

    def element(index: Index) -> Operand:
        one = stage.op(a.b2f, stage.op(a.ieq, index[0], index[1]))
        return stage.op(a.select, good, stage.builder.load(matrix, index), one)

    return stage.builder.build(F64, matrix.shape, element)


def solve(stage: Stage, x: Value, y: Value) -> Value:
    """np.linalg.solve: y is a vector, a matrix, or a stack of matrices."""
    array = square(stage, x, "np.linalg.solve")
    right = core.as_array(stage, y)
    if not right.rank:
        stage.fail("np.linalg.solve needs a vector or a matrix on the right", "this is a number")
    core.common_size(stage, array.shape[-1], right.shape[-2 if right.rank > 1 else 0])
    if array.rank > 2 or right.rank > 2:
        return _solve_stacked(stage, array, right)
    return _solve(stage, array, right)


def _solve_stacked(stage: Stage, array: Array, right: Array) -> Value:
    if right.rank == 1:
        return stacked(stage, array, array.shape[-1:], lambda m: _solve(stage, m, right))
    lead = core.broadcast_shape(stage, [array.shape[:-2], right.shape[:-2]])
    array = core.broadcast_to(stage, array, (*lead, *array.shape[-2:]))
    right = core.broadcast_to(stage, core.reused(stage, right), (*lead, *right.shape[-2:]))
    buffer = stage.builder.alloc(F64, (*lead, *right.shape[-2:]), zero=False)

    def each(index: Index) -> None:
        matrix = core.view(array, array.shape[-2:], lambda ij: (*index, *ij))
        columns = core.view(right, right.shape[-2:], lambda ij: (*index, *ij))
        core.fill(stage, buffer, _solve(stage, matrix, columns), F64, lambda ij: (*index, *ij))

    loops.for_each(stage, lead, each)
    return core.stored(stage, buffer)


def _solve(stage: Stage, array: Array, right: Array, trans: bool = False) -> Array:
    n = dense.closed_size(stage, *array.shape)
    if n is not None:
        m = dense.scalars(stage, array, (), n, n)
        solve, good = dense.solver(stage, dense.transposed(m) if trans else m)
        stage.linalg_check(good, SINGULAR)
        return dense.solved(stage, right, n, solve)
    matrix, flipped = dense.turned(stage, array)
    if stage.builder.makers.get(matrix) is kernels.cholesky:
        return triangle_solved(stage, matrix, right, turn=trans != flipped)
    matrix, factors, pivots = regular(stage, matrix)
    return lu_solved(stage, matrix, factors, pivots, right, trans != flipped)


def triangle_solved(
    stage: Stage, matrix: Buffer, right: Array, *, turn: bool, low: bool = True, unit: bool = False
) -> Array:
    """The solution with a triangle of a matrix, or with its transpose where it is to be turned."""
    given = dense.as_buffer(stage, right)
    inputs: list[Buffer | Operand] = [matrix, given, b1(low), b1(turn), b1(unit)]
    (made,) = dense.call(stage, kernels.trsolve, inputs, [(F64, given.shape)])
    return core.stored(stage, dense.buffer_of(made))


def lu_solved(
    stage: Stage, matrix: Buffer, factors: Buffer, pivots: Buffer, right: Array, trans: bool
) -> Array:
    given = dense.as_buffer(stage, right)
    inputs: list[Buffer | Operand] = [matrix, factors, pivots, given, b1(trans)]
    (made,) = dense.call(stage, kernels.lu_solve, inputs, [(F64, given.shape)])
    return core.stored(stage, dense.buffer_of(made))


def inv(stage: Stage, x: Value) -> Value:
    """np.linalg.inv"""
    array = square(stage, x, "np.linalg.inv")
    if array.rank > 2:
        return stacked(stage, array, array.shape[-2:], lambda m: _inv(stage, m))
    return _inv(stage, array)


def _inv(stage: Stage, array: Array) -> Array:
    n = dense.closed_size(stage, *array.shape)
    if n is not None:
        made, good = dense.inverse(stage, dense.scalars(stage, array, (), n, n))
        stage.linalg_check(good, SINGULAR)
        return core.small(stage, F64, (i64(n), i64(n)), dense.flat(made))
    matrix, factors, pivots = regular(stage, dense.as_buffer(stage, array))
    (inverse,) = dense.call(stage, kernels.inv, [matrix, factors, pivots], [(F64, array.shape)])
    return core.stored(stage, dense.buffer_of(inverse))


# -- determinants -----------------------------------------------------------------------------


def _signed_log(stage: Stage, array: Array) -> tuple[Operand, Operand]:
    """Sign and log absolute value of the determinant."""
    n = dense.closed_size(stage, *array.shape)
    if n is not None:
        det = dense.determinant(stage, dense.scalars(stage, array, (), n, n))
        return stage.op(a.sign, det), stage.op(a.log, stage.op(a.fabs, det))
    matrix = dense.as_buffer(stage, array)
    factors, pivots, _ = factored(stage, matrix)
    log, sign = dense.call(stage, kernels.logabsdet, [matrix, factors, pivots], [(F64, ()), (F64, ())])
    load = stage.builder.load
    return load(dense.buffer_of(sign), ()), load(dense.buffer_of(log), ())


def slogdet(stage: Stage, x: Value) -> Value:
    """np.linalg.slogdet"""
    array = square(stage, x, "np.linalg.slogdet")
    if array.rank > 2:
        both = stacked(
            stage, array, (i64(2),), lambda m: core.small(stage, F64, (i64(2),), _signed_log(stage, m))
        )
        lead = both.shape[:-1]
        parts = [core.view(both, lead, lambda index, k=k: (*index, i64(k))) for k in (0, 1)]  # type: ignore[misc]
        return SlogdetResult(*parts)
    sign, log = _signed_log(stage, array)
    return SlogdetResult(core.wrap(sign), core.wrap(log))


def det(stage: Stage, x: Value) -> Value:
    """np.linalg.det"""
    array = square(stage, x, "np.linalg.det")
    if array.rank > 2:
        made = stacked(stage, array, (i64(1),), lambda m: core.small(stage, F64, (i64(1),), [_det(stage, m)]))
        return core.view(made, made.shape[:-1], lambda index: (*index, i64(0)))
    return core.wrap(_det(stage, array))


def _det(stage: Stage, array: Array) -> Operand:
    n = dense.closed_size(stage, *array.shape)
    if n is not None:
        return dense.determinant(stage, dense.scalars(stage, array, (), n, n))
    sign, log = _signed_log(stage, array)
    return stage.op(a.mul, sign, stage.op(e.exp, log))


# -- eigenvalues, powers, least squares -----------------------------------------------------------


def eigh(stage: Stage, x: Value, UPLO: Value = "L") -> Value:
    """np.linalg.eigh"""
    array = square(stage, x, "np.linalg.eigh")
    if UPLO in ("U", "u"):
        array = shapes.matrix_transpose(stage, array)
    if array.rank > 2:
        stage.fail("np.linalg.eigh of a stack of matrices is not supported", remedy="write a loop over them")
    matrix = dense.as_buffer(stage, array)
    n = array.shape[0]
    values, vectors, info = dense.call(stage, kernels.eigh, [matrix], [(F64, (n,)), (F64, (n, n)), I64])
    stage.linalg_check(dense.is_zero(stage, info), "Eigenvalues did not converge")
    return EighResult(
        core.stored(stage, dense.buffer_of(values)), core.stored(stage, dense.buffer_of(vectors))
    )


def eigvalsh(stage: Stage, x: Value, UPLO: Value = "L") -> Value:
    """np.linalg.eigvalsh"""
    return eigh(stage, x, UPLO)[0]


def cond(stage: Stage, x: Value, p: Value = None) -> Value:
    """np.linalg.cond"""
    if p is None or p == 2:
        return singular.cond(stage, x)
    if p == -2:
        return elementwise.apply(stage, "divide", 1.0, singular.cond(stage, x))
    sizes = norms.norm(stage, x, p), norms.norm(stage, inv(stage, x), p)
    return elementwise.apply(stage, "multiply", *sizes)


def matrix_power(stage: Stage, x: Value, n: Value) -> Value:
    """np.linalg.matrix_power with the exponent known now."""
    array: Value = square(stage, x, "np.linalg.matrix_power")
    power = arguments.integer(stage, n, "the exponent")
    if power < 0:
        array, power = core.reused(stage, inv(stage, array)), -power
    result: Value = None
    while power:
        if power % 2:
            result = array if result is None else core.force(stage, matmul(stage, result, array))
        power //= 2
        array = core.force(stage, matmul(stage, array, array)) if power else array
    if result is None:
        return construct.eye(stage, core.wrap(array.shape[0]))
    return result


def multi_dot(stage: Stage, arrays: Value, *, out: Value = None) -> Value:
    """np.linalg.multi_dot"""
    stacked = isinstance(arrays, Array) and arrays.rank > 1
    parts = elementwise.rows(stage, arrays) if stacked else arguments.items_of(stage, arrays)
    if core.as_array(stage, parts[-1]).rank == 1:  # a vector at the end makes every product cheap
        result = parts[-1]
        for part in reversed(parts[:-1]):
            result = contract.dot(stage, part, result)
        return result
    result = parts[0]
    for part in parts[1:]:
        result = contract.dot(stage, result, part)
    return result


def lstsq(stage: Stage, x: Value, y: Value, rcond: Value = None) -> Value:
    """np.linalg.lstsq of full column rank: normal equations, refined twice; only the solution is exact."""
    matrix, right = (core.force(stage, core.as_array(stage, v)) for v in (x, y))
    turned = shapes.transpose(stage, matrix)
    normal = dense.as_buffer(stage, core.as_array(stage, matmul(stage, turned, matrix)))
    normal, factors, pivots = regular(stage, normal)

    def solved(rest: Value) -> Array:
        projected = core.as_array(stage, matmul(stage, turned, core.force(stage, rest)))
        return lu_solved(stage, normal, factors, pivots, projected, False)

    solution = solved(right)
    for _ in range(2):
        rest = elementwise.apply(stage, "subtract", right, matmul(stage, matrix, solution))
        solution = core.force(stage, elementwise.apply(stage, "add", solution, solved(rest)))
    rest = elementwise.apply(stage, "subtract", right, matmul(stage, matrix, solution))
    residuals = reduce.sum(stage, elementwise.apply(stage, "square", rest), 0, keepdims=right.rank == 1)
    return (solution, residuals, core.wrap(matrix.shape[1]), None)


NUMPY: dict[str, Callable[..., Value]] = {
    "cholesky": cholesky,
    "solve": solve,
    "inv": inv,
    "det": det,
    "slogdet": slogdet,
    "eigh": eigh,
    "eigvalsh": eigvalsh,
    "matrix_power": matrix_power,
    "multi_dot": multi_dot,
    "lstsq": lstsq,
    "svd": singular.svd,
    "svdvals": singular.svdvals,
    "cond": cond,
    "norm": norms.norm,
    "vector_norm": norms.vector_norm,
    "matrix_norm": norms.matrix_norm,
    "matmul": matmul,
    "outer": outer,
    "tensordot": tensordot,
    "trace": trace,
    "cross": contract.cross,
    "vecdot": contract.vecdot,
    "diagonal": lambda stage, x, offset=0: shapes.diagonal(stage, x, offset, -2, -1),
    "matrix_transpose": shapes.matrix_transpose,
}
