"""Array kernels: dense linear algebra on whole row-major buffers, with its derivatives as IR.

C++ stands in `adfun/kernels.h`, of eigh in `adfun/eigen.h`, one function `adfun_<name>` a row (arrays are
`const double *` and `double *`, piv `adfun_i64 *`, info `adfun_i64 *`, flags bool):

    row        inputs                            outputs          meaning
    gemm       A, B, trans_a, trans_b            C                C = op(A) op(B); B and C may be vectors
    trsolve    A, B, lower, trans, unit          X                op(triangle of A) X = B; B, X may be vectors
    cholesky   A[n,n]                            L[n,n], info     A = L L', lower triangle of A is read
    cholesky_adjoint  L[n,n], G[n,n]             D[n,n]           derivatives by the lower triangle of A from
                                                                  those by L; zeros above the diagonal
    lu         A[n,n]                            LU, piv, info    rows interchanged as in LAPACK, piv from 0
    lu_solve   A, LU, piv, B, trans              X                op(A) X = B; A itself is not read
    inv        A, LU, piv                        X                inverse; A itself is not read
    logabsdet  A, LU, piv                        log|det|, sign   rank-0 buffers; A itself is not read
    eigh       A[n,n]                            w[n], V, info    A V = V diag(w), ascending; lower triangle
    expm       A[n,n]                            X                matrix exponential

    int32_t adfun_<row>(workspace, inputs, outputs)

An array is followed by its sizes; a vector in place of a matrix makes an overload.

`info` is 0, or the number of the step that failed; outputs are then NaN.  Flags are constants.
Rules follow Giles, "Collected matrix derivative results for forward and reverse mode AD" (2008);
kernels that read one triangle have their derivative by that triangle alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adfun.ir.builder import Builder
from adfun.ir.nodes import Buffer, Const, KernelCall, Operand, Var, b1, f64, i64
from adfun.ir.rows import Kernel
from adfun.ir.types import F64, I64
from adfun.lazy import LazyModule
from adfun.primitives import arithmetic as a
from adfun.primitives.loops import accumulate, filled, over

scipy_linalg = LazyModule("scipy.linalg")

Array = NDArray[Any]
Buffers = tuple[Buffer | None, ...]
Inputs = tuple[Buffer | Operand, ...]
Indices = tuple[Var, ...]
Element = Callable[[Indices], Operand]
NO, YES = b1(False), b1(True)
HALF = f64(0.5)


# -- pieces of rules ----------------------------------------------------------------------------


def buffer_of(item: Buffer | Operand) -> Buffer:
    assert isinstance(item, Buffer)
    return item


Sizes = tuple[tuple[Operand, Operand], ...]


def _square(inputs: Inputs) -> Sizes:
    """The first input is a square matrix."""
    x = buffer_of(inputs[0])
    return ((x.shape[0], x.shape[1]),)


def _system(inputs: Inputs) -> Sizes:
    """The first inputs are a square matrix and the right-hand sides."""
    return (*_square(inputs), (buffer_of(inputs[0]).shape[0], buffer_of(inputs[1]).shape[0]))


def _factors(inputs: Inputs) -> Sizes:
    """A square matrix with its LU factors and pivots, and perhaps right-hand sides."""
    n = buffer_of(inputs[0]).shape[0]
    buffers = [x for x in inputs if isinstance(x, Buffer)]
    return (*_square(inputs), *_square(inputs[1:]), *((n, x.shape[0]) for x in buffers[1:]))


def _multiplied(inputs: Inputs) -> Sizes:
    """Two matrices, or a matrix and a vector, that may be multiplied."""
    x, y = buffer_of(inputs[0]), buffer_of(inputs[1])
    across = y.rank == 2 and flag(inputs[3])
    return ((x.shape[0 if flag(inputs[2]) else 1], y.shape[1 if across else 0]),)


def flag(item: Buffer | Operand) -> bool:
    assert isinstance(item, Const)
    return bool(item.value)


def product(b: Builder, x: Buffer, y: Buffer, trans_x: bool = False, trans_y: bool = False) -> Buffer:
    """op(x) op(y); y may be a vector."""
    rows = x.shape[1 if trans_x else 0]
    shape = (rows,) if y.rank == 1 else (rows, y.shape[0 if trans_y else 1])
    (made,) = b.call(gemm, (x, y, b1(trans_x), b1(trans_y)), [(F64, shape)])
    return buffer_of(made)


def solve_triangle(b: Builder, t: Buffer, y: Buffer, lower: bool, trans: bool, unit: bool = False) -> Buffer:
    """op(triangle of t)^-1 y; y may be a vector."""
    (made,) = b.call(trsolve, (t, y, b1(lower), b1(trans), b1(unit)), [(F64, y.shape)])
    return buffer_of(made)


def transposed(b: Builder, x: Buffer) -> Buffer:
    """The transpose of a matrix."""
    return filled(b, F64, (x.shape[1], x.shape[0]), lambda ij: b.load(x, ij[::-1]), "transposed")


def _outer(b: Builder, x: Buffer, y: Buffer) -> Element:
    """The elements of x y': of two vectors, or of two matrices."""
    if x.rank == 1:
        return lambda ij: b.op(a.mul, b.load(x, ij[:1]), b.load(y, ij[1:]))
    xy = product(b, x, y, trans_y=True)
    return lambda ij: b.load(xy, ij)


def _difference(b: Builder, x: Buffer | None, y: Buffer | None, like: Buffer) -> Buffer:
    """x - y, None standing for zero."""

    def element(index: Indices) -> Operand:
        left = b.load(x, index) if x is not None else a.ZERO
        return b.op(a.sub, left, b.load(y, index)) if y is not None else left

    return filled(b, F64, like.shape, element, "rhs")


def in_triangle(b: Builder, ij: Indices, lower: bool, unit: bool) -> Operand:
    large, small = ij if lower else ij[::-1]
    return b.op(a.ilt if unit else a.ile, small, large)


def _accumulate_lower(b: Builder, target: Buffer, s: Buffer) -> None:
    """target += the derivative by the lower triangle, s being that by a full symmetric matrix."""

    def add(ij: Indices) -> None:
        i, j = ij
        both = b.op(a.add, b.load(s, (i, j)), b.load(s, (j, i)))
        b.accum(target, ij, b.op(a.select, b.op(a.ieq, i, j), b.op(a.mul, HALF, both), both))

    _over_lower(b, target.shape[0], add)


def _over_lower(b: Builder, n: Operand, body: Callable[[Indices], None]) -> None:
    """Run `body` at every index of a lower triangle."""

    def row(i: Var, _: Indices) -> Sequence[Operand]:
        def cell(j: Var, _: Indices) -> Sequence[Operand]:
            body((i, j))
            return ()

        b.for_loop(i64(0), b.op(a.iadd, i, i64(1)), (), cell, hint="j")
        return ()

    b.for_loop(i64(0), n, (), row)


def _symmetric(b: Builder, x: Buffer) -> Buffer:
    """The symmetric matrix with the lower triangle of x."""
    return filled(b, F64, x.shape, lambda ij: b.load(x, _lower_place(b, ij)), "symmetric")


def _lower_place(b: Builder, ij: Indices) -> Sequence[Operand]:
    return (b.op(a.imax, *ij), b.op(a.imin, *ij))


def _half_lower(b: Builder, x: Buffer) -> Buffer:
    """The lower triangle with half the diagonal, zeros above."""

    def element(ij: Indices) -> Operand:
        i, j = ij
        value = b.load(x, ij)
        below = b.op(a.select, b.op(a.ilt, j, i), value, a.ZERO)
        return b.op(a.select, b.op(a.ieq, i, j), b.op(a.mul, HALF, value), below)

    return filled(b, F64, x.shape, element, "half")


# -- products -------------------------------------------------------------------------------------


def _gemm_reference(x: Array, y: Array, trans_x: bool, trans_y: bool) -> tuple[Array]:
    return ((x.T if trans_x else x) @ (y.T if trans_y else y),)


def _gemm_tangent(b: Builder, call: KernelCall, tangents: Buffers) -> Buffers:
    x, y = buffer_of(call.inputs[0]), buffer_of(call.inputs[1])
    flags = flag(call.inputs[2]), flag(call.inputs[3])
    dx, dy = tangents[:2]
    left = product(b, dx, y, *flags) if dx is not None else None
    right = product(b, x, dy, *flags) if dy is not None else None
    if left is None or right is None:
        return (right if left is None else left,)
    both = left, right
    return (filled(b, F64, left.shape, lambda i: b.op(a.add, *(b.load(t, i) for t in both)), "sum"),)


def _gemm_adjoint(b: Builder, call: KernelCall, outputs: Buffers, inputs: Buffers) -> None:
    x, y, c = buffer_of(call.inputs[0]), buffer_of(call.inputs[1]), outputs[0]
    trans_x, trans_y = flag(call.inputs[2]), flag(call.inputs[3])
    to_x, to_y = inputs[:2]
    if c is None:
        return
    if to_x is not None:
        if y.rank == 1:
            term = _outer(b, y, c) if trans_x else _outer(b, c, y)
        else:
            made = product(b, y, c, trans_y, True) if trans_x else product(b, c, y, False, not trans_y)
            term = _elements(b, made)
        accumulate(b, to_x, term)
    if to_y is not None:
        made = product(b, c, x, True, trans_x) if trans_y and y.rank == 2 else product(b, x, c, not trans_x)
        accumulate(b, to_y, _elements(b, made))


def _elements(b: Builder, x: Buffer) -> Element:
    return lambda index: b.load(x, index)


gemm = Kernel("gemm", _gemm_reference, _gemm_tangent, _gemm_adjoint, agreeing=_multiplied)


# -- triangular systems ---------------------------------------------------------------------------


def _trsolve_reference(t: Array, y: Array, lower: bool, trans: bool, unit: bool) -> tuple[Array]:
    triangle = np.tril(t) if lower else np.triu(t)
    if unit:
        np.fill_diagonal(triangle, 1.0)
    if not np.all(np.isfinite(triangle)) or not np.all(np.diagonal(triangle)):
        return (np.full_like(y, np.nan),)
    options = {"lower": lower, "trans": int(trans), "check_finite": False}
    return (scipy_linalg.solve_triangular(triangle, y, **options),)


def _trsolve_tangent(b: Builder, call: KernelCall, tangents: Buffers) -> Buffers:
    t, x = buffer_of(call.inputs[0]), buffer_of(call.outputs[0])
    lower, trans, unit = (flag(item) for item in call.inputs[2:])
    dt, dy = tangents[:2]
    moved = None
    if dt is not None:
        moved = product(b, _triangle(b, dt, lower, unit), x, trans)
    return (solve_triangle(b, t, _difference(b, dy, moved, x), lower, trans, unit),)


def _triangle(b: Builder, x: Buffer, lower: bool, unit: bool) -> Buffer:
    def element(ij: Indices) -> Operand:
        return b.op(a.select, in_triangle(b, ij, lower, unit), b.load(x, ij), a.ZERO)

    return filled(b, F64, x.shape, element, "triangle")


def _trsolve_adjoint(b: Builder, call: KernelCall, outputs: Buffers, inputs: Buffers) -> None:
    t, x = buffer_of(call.inputs[0]), buffer_of(call.outputs[0])
    lower, trans, unit = (flag(item) for item in call.inputs[2:])
    if outputs[0] is None:
        return
    g = solve_triangle(b, t, outputs[0], lower, not trans, unit)
    to_t, to_y = inputs[:2]
    if to_y is not None:
        accumulate(b, to_y, _elements(b, g))
    if to_t is not None:
        term = _outer(b, x, g) if trans else _outer(b, g, x)

        def element(ij: Indices) -> Operand:
            return b.op(a.select, in_triangle(b, ij, lower, unit), b.op(a.neg, term(ij)), a.ZERO)

        accumulate(b, to_t, element)


trsolve = Kernel("trsolve", _trsolve_reference, _trsolve_tangent, _trsolve_adjoint, agreeing=_system)


# -- Cholesky ---------------------------------------------------------------------------------------


def _cholesky_reference(x: Array) -> tuple[Array, int]:
    if not np.all(np.isfinite(np.tril(x))):
        return np.full_like(x, np.nan), 1
    factor, info = scipy_linalg.lapack.dpotrf(x, lower=True, clean=True)
    return (factor, 0) if info == 0 else (np.full_like(x, np.nan), int(info))


def _cholesky_tangent(b: Builder, call: KernelCall, tangents: Buffers) -> Buffers:
    factor = buffer_of(call.outputs[0])
    if tangents[0] is None:
        return (None, None)
    left = solve_triangle(b, factor, _symmetric(b, tangents[0]), True, False)
    middle = solve_triangle(b, factor, transposed(b, left), True, False)  # symmetric
    return (product(b, factor, _half_lower(b, middle)), None)


def _cholesky_adjoint(b: Builder, call: KernelCall, outputs: Buffers, inputs: Buffers) -> None:
    factor = buffer_of(call.outputs[0])
    if outputs[0] is None or inputs[0] is None:
        return
    (made,) = b.call(cholesky_adjoint, (factor, outputs[0]), [(F64, factor.shape)])
    accumulate(b, inputs[0], _elements(b, buffer_of(made)))


def _cholesky_adjoint_reference(factor: Array, g: Array) -> tuple[Array]:
    if not np.all(np.isfinite(factor)):
        return (np.tril(np.full_like(g, np.nan)),)
    middle = np.tril(factor.T @ np.tril(g)) - np.diag(0.5 * np.diag(factor.T @ np.tril(g)))
    half = scipy_linalg.solve_triangular(factor, middle, lower=True, trans=1)
    full = scipy_linalg.solve_triangular(factor, half.T, lower=True, trans=1)
    return (np.tril(full + full.T) - np.diag(np.diag(full)),)


def _cholesky_adjoint_tangent(b: Builder, call: KernelCall, tangents: Buffers) -> Buffers:
    """With M = Phi(L'G) + its transpose, the symmetric F = L^-T M L^-1 has the lower part D:
    dF = N + N' with N = L^-T (Phi(dL'G) - dL'F L) L^-1, and what dG does as G does."""
    factor, g, d = buffer_of(call.inputs[0]), buffer_of(call.inputs[1]), buffer_of(call.outputs[0])
    d_factor, dg = tangents[:2]
    by_g = None
    if dg is not None:
        by_g = buffer_of(b.call(cholesky_adjoint, (factor, dg), [(F64, d.shape)])[0])
    if d_factor is None:
        return (by_g,)
    low = _triangle(b, d_factor, True, False)
    first = _half_lower(b, product(b, low, _triangle(b, g, True, False), True))
    second = product(b, low, product(b, _twice_symmetric(b, d), factor), True)
    left = solve_triangle(b, factor, _difference(b, first, second, d), True, True)
    n = solve_triangle(b, factor, transposed(b, left), True, True)  # transposed

    def element(ij: Indices) -> Operand:
        i, j = ij
        both = b.op(a.add, b.load(n, (i, j)), b.load(n, (j, i)))
        value = b.op(a.select, b.op(a.ieq, i, j), b.op(a.mul, HALF, both), both)
        below = b.op(a.select, in_triangle(b, ij, True, False), value, a.ZERO)
        return below if by_g is None else b.op(a.add, below, b.load(by_g, ij))

    return (filled(b, F64, d.shape, element, "d_adjoint"),)


def _twice_symmetric(b: Builder, x: Buffer) -> Buffer:
    """The lower triangle plus its transpose."""

    def element(ij: Indices) -> Operand:
        value = b.load(x, _lower_place(b, ij))
        return b.op(a.select, b.op(a.ieq, *ij), b.op(a.mul, f64(2.0), value), value)

    return filled(b, F64, x.shape, element, "symmetric")


cholesky = Kernel("cholesky", _cholesky_reference, _cholesky_tangent, _cholesky_adjoint, agreeing=_square)
cholesky_adjoint = Kernel("cholesky_adjoint", _cholesky_adjoint_reference, _cholesky_adjoint_tangent)
"""Of blocks of level-3 products: as many operations as the inverse of the factored matrix."""


# -- LU: the factors carry no derivative, what is solved with them has it by A itself -----------------


def _lu_reference(x: Array) -> tuple[Array, Array, int]:
    factors, pivots, info = scipy_linalg.lapack.dgetrf(x)
    return factors, pivots, int(info)


def _lu_solve_reference(x: Array, factors: Array, pivots: Array, y: Array, trans: bool) -> tuple[Array]:
    solution, _ = scipy_linalg.lapack.dgetrs(factors, pivots, y, trans=int(trans))
    return (solution.reshape(y.shape),)


def _solve(b: Builder, call: KernelCall, y: Buffer, trans: bool) -> Buffer:
    """A^-1 y or A^-T y, with the factors that a call was given."""
    (made,) = b.call(lu_solve, (*call.inputs[:3], y, b1(trans)), [(F64, y.shape)])
    return buffer_of(made)


def _lu_solve_tangent(b: Builder, call: KernelCall, tangents: Buffers) -> Buffers:
    x, trans = buffer_of(call.outputs[0]), flag(call.inputs[4])
    dm, dy = tangents[0], tangents[3]
    moved = product(b, dm, x, trans) if dm is not None else None
    return (_solve(b, call, _difference(b, dy, moved, x), trans),)


def _lu_solve_adjoint(b: Builder, call: KernelCall, outputs: Buffers, inputs: Buffers) -> None:
    x, trans = buffer_of(call.outputs[0]), flag(call.inputs[4])
    if outputs[0] is None:
        return
    g = _solve(b, call, outputs[0], not trans)
    to_m, to_y = inputs[0], inputs[3]
    if to_y is not None:
        accumulate(b, to_y, _elements(b, g))
    if to_m is not None:
        term = _outer(b, x, g) if trans else _outer(b, g, x)
        accumulate(b, to_m, lambda ij: b.op(a.neg, term(ij)))


lu = Kernel("lu", _lu_reference, agreeing=_square)
lu_solve = Kernel("lu_solve", _lu_solve_reference, _lu_solve_tangent, _lu_solve_adjoint, agreeing=_factors)


def _inv_reference(x: Array, factors: Array, pivots: Array) -> tuple[Array]:
    return _lu_solve_reference(x, factors, pivots, np.eye(len(x)), False)


def _inv_tangent(b: Builder, call: KernelCall, tangents: Buffers) -> Buffers:
    x = buffer_of(call.outputs[0])
    if tangents[0] is None:
        return (None,)
    moved = product(b, product(b, x, tangents[0]), x)
    return (filled(b, F64, x.shape, lambda ij: b.op(a.neg, b.load(moved, ij)), "d_inv"),)


def _inv_adjoint(b: Builder, call: KernelCall, outputs: Buffers, inputs: Buffers) -> None:
    x = buffer_of(call.outputs[0])
    if outputs[0] is not None and inputs[0] is not None:
        moved = product(b, product(b, x, outputs[0], True), x, False, True)
        accumulate(b, inputs[0], lambda ij: b.op(a.neg, b.load(moved, ij)))


inv = Kernel("inv", _inv_reference, _inv_tangent, _inv_adjoint, agreeing=_factors)


def _logabsdet_reference(x: Array, factors: Array, pivots: Array) -> tuple[Array, Array]:
    diagonal = np.diagonal(factors)
    swaps = np.count_nonzero(pivots != np.arange(len(pivots)))
    sign = np.prod(np.sign(diagonal)) * (-1.0) ** swaps
    with np.errstate(divide="ignore"):
        return np.sum(np.log(np.abs(diagonal))), np.asarray(sign)


def _logabsdet_tangent(b: Builder, call: KernelCall, tangents: Buffers) -> Buffers:
    if tangents[0] is None:
        return (None, None)
    moved = _solve(b, call, tangents[0], False)
    (trace,) = b.for_loop(
        i64(0), moved.shape[0], [a.ZERO], lambda i, s: [b.op(a.add, s[0], b.load(moved, (i, i)))]
    )
    return (filled(b, F64, (), lambda _: trace, "d_logdet"), None)


def _logabsdet_adjoint(b: Builder, call: KernelCall, outputs: Buffers, inputs: Buffers) -> None:
    if outputs[0] is None or inputs[0] is None:
        return
    (made,) = b.call(inv, call.inputs[:3], [(F64, inputs[0].shape)])
    inverse, seed = buffer_of(made), b.load(outputs[0], ())
    accumulate(b, inputs[0], lambda ij: b.op(a.mul0, seed, b.load(inverse, ij[::-1])))


logabsdet = Kernel(
    "logabsdet", _logabsdet_reference, _logabsdet_tangent, _logabsdet_adjoint, agreeing=_factors
)


# -- symmetric eigenvalues ----------------------------------------------------------------------------


def _eigh_reference(x: Array) -> tuple[Array, Array, int]:
    if not np.all(np.isfinite(np.tril(x))):
        return np.full(len(x), np.nan), np.full_like(x, np.nan), 1
    values, vectors = np.linalg.eigh(x)
    return values, vectors, 0


def _by_gap(b: Builder, w: Buffer, x: Buffer, ij: Indices) -> Operand:
    """x_ij / (w_j - w_i), 0 on the diagonal and where x_ij is."""
    i, j = ij
    gap = b.op(a.sub, b.load(w, (j,)), b.load(w, (i,)))
    quotient = b.op(a.mul0, b.load(x, ij), b.op(a.div, a.ONE, gap))
    return b.op(a.select, b.op(a.ieq, i, j), a.ZERO, quotient)


def _eigh_tangent(b: Builder, call: KernelCall, tangents: Buffers) -> Buffers:
    w, v = buffer_of(call.outputs[0]), buffer_of(call.outputs[1])
    if tangents[0] is None:
        return (None, None, None)
    inner = product(b, v, product(b, _symmetric(b, tangents[0]), v), True)
    dw = filled(b, F64, w.shape, lambda i: b.load(inner, (i[0], i[0])), "dw")
    turned = filled(b, F64, v.shape, lambda ij: _by_gap(b, w, inner, ij), "turned")
    return (dw, product(b, v, turned), None)


def _eigh_adjoint(b: Builder, call: KernelCall, outputs: Buffers, inputs: Buffers) -> None:
    w, v = buffer_of(call.outputs[0]), buffer_of(call.outputs[1])
    to_w, to_v = outputs[:2]
    if inputs[0] is None or (to_w is None and to_v is None):
        return
    turned = product(b, v, to_v, True) if to_v is not None else None

    def element(ij: Indices) -> Operand:
        i, j = ij
        off = _by_gap(b, w, turned, ij) if turned is not None else a.ZERO
        on = b.load(to_w, (i,)) if to_w is not None else a.ZERO
        return b.op(a.select, b.op(a.ieq, i, j), on, off)

    inner = filled(b, F64, v.shape, element, "inner")
    _accumulate_lower(b, inputs[0], product(b, v, product(b, inner, v, False, True)))


eigh = Kernel("eigh", _eigh_reference, _eigh_tangent, _eigh_adjoint, header="eigen", agreeing=_square)


# -- matrix exponential -------------------------------------------------------------------------------


def _expm_reference(x: Array) -> tuple[Array]:
    return (scipy_linalg.expm(x),)


def _frechet(b: Builder, element: Element, direction: Element, n: Operand) -> Element:
    """The derivative of expm in a direction: the upper right block of expm([[X, D], [0, X]])."""
    size = b.op(a.iadd, n, n)
    block = b.alloc(F64, (size, size), zero=True, hint="block")

    def put(ij: Indices) -> None:
        i, j = ij
        far_i, far_j = b.op(a.iadd, i, n), b.op(a.iadd, j, n)
        b.store(block, ij, element(ij))
        b.store(block, (far_i, far_j), element(ij))
        b.store(block, (i, far_j), direction(ij))

    over(b, (n, n), put)
    (made,) = b.call(expm, (block,), [(F64, (size, size))])
    return lambda ij: b.load(buffer_of(made), (ij[0], b.op(a.iadd, ij[1], n)))


def _expm_tangent(b: Builder, call: KernelCall, tangents: Buffers) -> Buffers:
    x = buffer_of(call.inputs[0])
    if tangents[0] is None:
        return (None,)
    derivative = _frechet(b, _elements(b, x), _elements(b, tangents[0]), x.shape[0])
    return (filled(b, F64, x.shape, derivative, "d_expm"),)


def _expm_adjoint(b: Builder, call: KernelCall, outputs: Buffers, inputs: Buffers) -> None:
    x = buffer_of(call.inputs[0])
    if outputs[0] is not None and inputs[0] is not None:
        derivative = _frechet(b, lambda ij: b.load(x, ij[::-1]), _elements(b, outputs[0]), x.shape[0])
        accumulate(b, inputs[0], derivative)


expm = Kernel("expm", _expm_reference, _expm_tangent, _expm_adjoint, agreeing=_square)


# -- what the front end emits --------------------------------------------------------------------------


def factored(b: Builder, matrix: Buffer) -> tuple[Buffer, Buffer, Operand]:
    """LU factors of a matrix, pivots, and the status."""
    n = matrix.shape[0]
    factors, pivots, info = b.call(lu, (matrix,), [(F64, (n, n)), (I64, (n,)), I64])
    assert isinstance(info, Var)
    return buffer_of(factors), buffer_of(pivots), info
