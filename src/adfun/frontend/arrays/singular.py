"""Singular values: the eigenvalues of [[0, A], [A', 0]] are they, their negatives and zeros."""

from __future__ import annotations

from adfun.frontend.arrays import arguments, core, dense, elementwise, reduce
from adfun.frontend.stage import Stage
from adfun.frontend.values import Array, Computed, Value
from adfun.ir.nodes import Index, Operand, f64, i64
from adfun.ir.types import F64, I64
from adfun.primitives import arithmetic as a
from adfun.primitives import kernels


def _eigenvalues(stage: Stage, array: Array) -> Array:
    """Of the symmetric matrix, whose lower triangle is read; in increasing order."""
    array = core.reused(stage, array)
    rows, columns = array.shape
    n = stage.iadd(rows, columns)

    def below(ij: Index) -> Operand:
        i, j = ij
        inside = stage.op(a.band, stage.op(a.ile, rows, i), stage.op(a.ilt, j, rows))
        row = stage.op(a.imin, j, stage.isub(rows, i64(1)))
        column = stage.op(a.imax, stage.isub(i, rows), i64(0))
        element = stage.convert(core.at(stage, array, (row, column)), F64)
        return stage.op(a.select, inside, element, f64(0.0))

    block = dense.as_buffer(stage, Array(F64, (n, n), Computed(below)))
    values, _, info = dense.call(stage, kernels.eigh, [block], [(F64, (n,)), (F64, (n, n)), I64])
    stage.linalg_check(dense.is_zero(stage, info), "SVD did not converge")
    return core.stored(stage, dense.buffer_of(values))


def nuclear(stage: Stage, array: Array) -> Value:
    """The sum of the singular values."""
    sizes = elementwise.apply(stage, "absolute", _eigenvalues(stage, array))
    return elementwise.apply(stage, "multiply", 0.5, reduce.sum(stage, sizes))


def svdvals(stage: Stage, x: Value) -> Array:
    """np.linalg.svdvals: the largest first."""
    array = core.as_array(stage, x)
    if array.rank != 2:
        stage.fail("singular values need a matrix", f"this is {core.describe(array)}")
    rows, columns = array.shape
    count = rows if stage.same_size(rows, columns) else stage.op(a.imin, rows, columns)
    stage.sizes.add(count)
    found = _eigenvalues(stage, array)
    last = stage.isub(found.shape[0], i64(1))
    return core.view(found, (count,), lambda i: (stage.isub(last, i[0]),))


def svd(
    stage: Stage,
    x: Value,
    full_matrices: Value = True,
    compute_uv: Value = True,
    hermitian: Value = False,
) -> Value:
    """np.linalg.svd, without the vectors."""
    if arguments.flag(stage, compute_uv, "compute_uv"):
        stage.fail(
            "the singular vectors of a matrix of parameters are not supported",
            "in this call",
            reason="their signs are a matter of the algorithm, which is not the one used here",
            remedy="use compute_uv=False, or np.linalg.eigh of x.T @ x",
        )
    return svdvals(stage, x)


def cond(stage: Stage, x: Value) -> Value:
    """The ratio of the largest and the smallest singular value."""
    values = svdvals(stage, x)
    first, last = reduce.max(stage, values), reduce.min(stage, values)
    return elementwise.apply(stage, "divide", first, last)
