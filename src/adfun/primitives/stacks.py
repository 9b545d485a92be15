"""Tangents of array kernels along several directions at once: what these have in common is computed once.

A stack is an array with the directions as its first axis.  C++ stands in `adfun/stacks.h`:

    row                      inputs                                  output        meaning
    stack_gemm               A, B, trans_a, trans_b                  C[K, ...]     C_k = op(A_k) op(B_k)
    stack_trsolve            T, B[K,n,m], lower, trans, unit         X[K,n,m]      op(triangle of T) X_k = B_k
    trsolve_tangent          T, dT[K,n,n], x[n], dy[K,n], flags      dx[K,n]       op(T) x = y
    stack_lu_solve           A, LU, piv, B[K,n,m], trans             X[K,n,m]      op(A) X_k = B_k
    cholesky_tangent         L[n,n], dA[K,n,n]                       dL[K,n,n]
    cholesky_adjoint_tangent L, G, D of the call, dL[K,n,n], dG[K,n,n]   dD[K,n,n]

Of the factors of `stack_gemm` one is a stack of matrices; the other is a matrix, or B a vector.  A stack of
vectors is a matrix, for which the kernels of `kernels.py` do.  Of one direction the last two take matrices.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from adfun.ir.builder import Builder
from adfun.ir.nodes import Buffer, KernelCall, Operand, b1, i64
from adfun.ir.rows import Kernel, KernelTangent, Primitive
from adfun.ir.types import F64
from adfun.primitives import arithmetic as a
from adfun.primitives import kernels
from adfun.primitives.kernels import Array, Buffers, Indices, product, solve_triangle, transposed
from adfun.primitives.loops import filled

# -- the kernels ----------------------------------------------------------------------------------


def _transposed(x: Array, trans: bool) -> Array:
    return np.swapaxes(x, -1, -2) if trans and x.ndim > 1 else x


def _gemm_reference(x: Array, y: Array, trans_x: bool, trans_y: bool) -> tuple[Array]:
    return (_transposed(x, trans_x) @ _transposed(y, trans_y),)


def _each(function: Callable[[Array], tuple[Array]], stack: Array) -> tuple[Array]:
    if stack.ndim == 2:
        return function(stack)
    made = [function(x)[0] for x in stack]
    return (np.array(made) if made else np.zeros_like(stack),)


def _trsolve_reference(t: Array, y: Array, lower: bool, trans: bool, unit: bool) -> tuple[Array]:
    return _each(lambda each: kernels.trsolve.reference(t, each, lower, trans, unit), y)


def _trsolve_tangent_reference(
    t: Array, dt: Array, x: Array, dy: Array, lower: bool, trans: bool, unit: bool
) -> tuple[Array]:
    triangles = np.tril(dt, -int(unit)) if lower else np.triu(dt, int(unit))
    rhs = dy - _transposed(triangles, trans) @ x
    return (kernels.trsolve.reference(t, rhs.T, lower, trans, unit)[0].T,)


def _lu_solve_reference(x: Array, factors: Array, pivots: Array, y: Array, trans: bool) -> tuple[Array]:
    return _each(lambda each: kernels.lu_solve.reference(x, factors, pivots, each, trans), y)


def _phi(x: Array) -> Array:
    half: Array = np.tril(x) - 0.5 * np.diag(np.diag(x))
    return half


def _symmetric(x: Array) -> Array:
    full: Array = np.tril(x) + np.tril(x, -1).T
    return full


def _cholesky_tangent_reference(factor: Array, stack: Array) -> tuple[Array]:
    inverse = np.linalg.inv(factor) if np.all(np.isfinite(factor)) else factor
    return _each(lambda x: (factor @ _phi(inverse @ _symmetric(x) @ inverse.T),), stack)


def _cholesky_adjoint_tangent_reference(
    factor: Array, g: Array, d: Array, dl: Array, dg: Array
) -> tuple[Array]:
    inverse = np.linalg.inv(factor) if np.all(np.isfinite(factor)) else factor
    full = _symmetric(d) + np.diag(np.diag(d))

    def one(pair: Array) -> tuple[Array]:
        low = np.tril(pair[0])
        inner = _phi(low.T @ np.tril(g) + factor.T @ np.tril(pair[1])) - low.T @ full @ factor
        return (_phi(inverse.T @ (inner + inner.T) @ inverse),)

    return one(np.stack([dl, dg])) if dl.ndim == 2 else _each(one, np.stack([dl, dg], axis=1))


stack_gemm = Kernel("stack_gemm", _gemm_reference, header="stacks")
stack_trsolve = Kernel("stack_trsolve", _trsolve_reference, header="stacks")
trsolve_tangent = Kernel("trsolve_tangent", _trsolve_tangent_reference, header="stacks")
stack_lu_solve = Kernel("stack_lu_solve", _lu_solve_reference, header="stacks")
cholesky_tangent = Kernel("cholesky_tangent", _cholesky_tangent_reference, header="stacks")
cholesky_adjoint_tangent = Kernel(
    "cholesky_adjoint_tangent", _cholesky_adjoint_tangent_reference, header="stacks"
)

# -- pieces of rules ----------------------------------------------------------------------------------


def _made(
    b: Builder, kernel: Kernel, inputs: tuple[Buffer | Operand, ...], shape: tuple[Operand, ...]
) -> Buffer:
    (made,) = b.call(kernel, inputs, [(F64, shape)])
    assert isinstance(made, Buffer)
    return made


def _products(b: Builder, x: Buffer, y: Buffer, trans_x: bool = False, trans_y: bool = False) -> Buffer:
    """op(x_k) op(y_k): one is a stack of matrices, the other a matrix or y a vector."""
    rows = x.shape[-1 if trans_x else -2]
    columns = () if y.rank == 1 else (y.shape[-2 if trans_y else -1],)
    count = (x if x.rank == 3 else y).shape[0]
    return _made(b, stack_gemm, (x, y, b1(trans_x), b1(trans_y)), (count, rows, *columns))


def _combined(b: Builder, op: Primitive, x: Buffer | None, y: Buffer | None) -> Buffer | None:
    """x + y or x - y, None standing for zero."""
    if y is None or (x is None and op is a.add):
        return y if x is None else x

    def element(index: Indices) -> Operand:
        return b.op(op, a.ZERO if x is None else b.load(x, index), b.load(y, index))

    return filled(b, F64, y.shape, element, "sum" if op is a.add else "rhs")


def _triangles(b: Builder, x: Buffer, lower: bool, unit: bool) -> Buffer:
    def element(kij: Indices) -> Operand:
        return b.op(a.select, kernels.in_triangle(b, kij[1:], lower, unit), b.load(x, kij), a.ZERO)

    return filled(b, F64, x.shape, element, "triangle")


# -- rules ----------------------------------------------------------------------------------------------


def _gemm(b: Builder, call: KernelCall, tangents: Buffers) -> Buffers:
    x, y = kernels.buffer_of(call.inputs[0]), kernels.buffer_of(call.inputs[1])
    trans_x, trans_y = kernels.flag(call.inputs[2]), kernels.flag(call.inputs[3])
    dx, dy = tangents[:2]
    left = None if dx is None else _products(b, dx, y, trans_x, trans_y)
    if dy is None:
        return (left,)
    right = product(b, dy, x, False, not trans_x) if y.rank == 1 else _products(b, x, dy, trans_x, trans_y)
    return (_combined(b, a.add, left, right),)


def _moved(b: Builder, matrix: Buffer | None, x: Buffer, dy: Buffer | None, trans: bool) -> Buffer | None:
    """dy - op(matrix) x: the right-hand sides of a system that is differentiated."""
    return _combined(b, a.sub, dy, None if matrix is None else _products(b, matrix, x, trans))


def _trsolve(b: Builder, call: KernelCall, tangents: Buffers) -> Buffers:
    t, x = kernels.buffer_of(call.inputs[0]), kernels.buffer_of(call.outputs[0])
    lower, trans, unit = (kernels.flag(item) for item in call.inputs[2:])
    dt, dy = tangents[:2]
    if x.rank == 1 and dt is not None:
        given = b.alloc(F64, dt.shape[:2], zero=True, hint="rhs") if dy is None else dy
        return (_made(b, trsolve_tangent, (t, dt, x, given, *call.inputs[2:]), given.shape),)
    rhs = _moved(b, None if dt is None else _triangles(b, dt, lower, unit), x, dy, trans)
    if rhs is None:
        return (None,)
    if x.rank == 1:
        return (transposed(b, solve_triangle(b, t, transposed(b, rhs), lower, trans, unit)),)
    return (_made(b, stack_trsolve, (t, rhs, *call.inputs[2:]), rhs.shape),)


def _lu_solve(b: Builder, call: KernelCall, tangents: Buffers) -> Buffers:
    x, trans = kernels.buffer_of(call.outputs[0]), kernels.flag(call.inputs[4])
    rhs = _moved(b, tangents[0], x, tangents[3], trans)
    if rhs is None:
        return (None,)
    if x.rank == 1:
        columns = transposed(b, rhs)
        solved = _made(b, kernels.lu_solve, (*call.inputs[:3], columns, b1(trans)), columns.shape)
        return (transposed(b, solved),)
    return (_made(b, stack_lu_solve, (*call.inputs[:3], rhs, b1(trans)), rhs.shape),)


def _inv(b: Builder, call: KernelCall, tangents: Buffers) -> Buffers:
    x, dm = kernels.buffer_of(call.outputs[0]), tangents[0]
    if dm is None:
        return (None,)
    moved = _products(b, _products(b, x, dm), x)
    return (filled(b, F64, moved.shape, lambda kij: b.op(a.neg, b.load(moved, kij)), "d_inv"),)


def _logabsdet(b: Builder, call: KernelCall, tangents: Buffers) -> Buffers:
    """The trace of A^-1 dA_k."""
    dm = tangents[0]
    if dm is None:
        return (None, None)
    inverse = _made(b, kernels.inv, call.inputs[:3], dm.shape[1:])

    def trace(k: Indices) -> Operand:
        def row(i: Operand, total: Indices) -> list[Operand]:
            def term(j: Operand, sum_: Indices) -> list[Operand]:
                return [b.op(a.add, sum_[0], b.op(a.mul, b.load(inverse, (j, i)), b.load(dm, (*k, i, j))))]

            return list(b.for_loop(i64(0), dm.shape[2], [total[0]], term, hint="j"))

        return b.for_loop(i64(0), dm.shape[1], [a.ZERO], row)[0]

    return (filled(b, F64, dm.shape[:1], trace, "d_logdet"), None)


def _cholesky(b: Builder, call: KernelCall, tangents: Buffers) -> Buffers:
    factor, stack = kernels.buffer_of(call.outputs[0]), tangents[0]
    return (None if stack is None else _made(b, cholesky_tangent, (factor, stack), stack.shape), None)


def _cholesky_adjoint(b: Builder, call: KernelCall, tangents: Buffers) -> Buffers:
    (factor, g), d = call.inputs, kernels.buffer_of(call.outputs[0])
    given = [x for x in tangents if x is not None]
    if not given:
        return (None,)
    both = [b.alloc(F64, given[0].shape, zero=True, hint="zero") if x is None else x for x in tangents]
    return (_made(b, cholesky_adjoint_tangent, (factor, g, d, *both), given[0].shape),)


STACKED: dict[Kernel, KernelTangent] = {
    kernels.gemm: _gemm,
    kernels.trsolve: _trsolve,
    kernels.cholesky: _cholesky,
    kernels.cholesky_adjoint: _cholesky_adjoint,
    kernels.lu_solve: _lu_solve,
    kernels.inv: _inv,
    kernels.logabsdet: _logabsdet,
}
"""The rules, which get and give stacks; the tangents of the kernels that are missing are taken one by one."""

LAST: dict[Kernel, KernelTangent] = {kernels.cholesky: _cholesky, kernels.cholesky_adjoint: _cholesky_adjoint}
"""Rules for one direction that make fewer operations of what is not differentiated again."""
