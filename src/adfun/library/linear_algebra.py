"""Functions of numpy.linalg and scipy.linalg that are compositions of others."""

from __future__ import annotations

from typing import Any

import numpy as np

from adfun.library.pieces import Array


def toeplitz(c: Array, r: Array = None) -> Array:
    """The matrix with first column c and first row r (default c), constant along diagonals."""
    c = np.ravel(np.asarray(c))
    r = c if r is None else np.ravel(np.asarray(r))
    n, m = c.shape[0], r.shape[0]
    values = np.concatenate((c[::-1], r[1:]))
    return values[n - 1 - np.arange(n)[:, None] + np.arange(m)[None, :]]


def hankel(c: Array, r: Array = None) -> Array:
    """The matrix with first column c and last row r (default zeros), constant along antidiagonals."""
    c = np.ravel(np.asarray(c))
    r = np.zeros_like(c) if r is None else np.ravel(np.asarray(r))
    values = np.concatenate((c, r[1:]))
    return values[np.arange(c.shape[0])[:, None] + np.arange(r.shape[0])[None, :]]


def circulant(c: Array) -> Array:
    """The matrix with first column c, every further column rotated by one."""
    c = np.ravel(np.asarray(c))
    n = c.shape[0]
    return c[np.mod(np.arange(n)[:, None] - np.arange(n)[None, :], n)]


def block_diag(*arrs: Array) -> Array:
    """The blocks along the diagonal of a matrix, zeros elsewhere."""
    blocks = [np.atleast_2d(np.asarray(a)) for a in arrs]
    rows = sum([b.shape[0] for b in blocks])
    columns = sum([b.shape[1] for b in blocks])
    result = np.zeros((rows, columns))
    i, j = 0, 0
    for block in blocks:
        n, m = block.shape
        result[i : i + n, j : j + m] = block
        i, j = i + n, j + m
    return result


def companion(a: Array) -> Array:
    """The companion matrix of a polynomial, highest power first."""
    a = np.asarray(a)
    n = a.shape[0] - 1
    result = np.eye(n, k=-1)
    result[0, :] = -a[1:] / a[0]
    return result


def pinv(a: Array, rcond: Array = None, hermitian: bool = False, *, rtol: Array = None) -> Array:
    """The pseudo-inverse of a matrix of full rank: normal equations, refined once."""
    a = np.asarray(a)
    n, m = a.shape
    if n >= m:
        of_columns = a.T @ a
        inverse = np.linalg.solve(of_columns, a.T)
        inverse = inverse + np.linalg.solve(of_columns, a.T @ (np.eye(n) - a @ inverse))
        missed = np.max(np.abs(inverse @ a - np.eye(m)), initial=0.0)
    else:
        of_rows = a @ a.T
        inverse = np.linalg.solve(of_rows, a).T
        inverse = inverse + np.linalg.solve(of_rows, a - (a @ inverse) @ a).T
        missed = np.max(np.abs(a @ inverse - np.eye(n)), initial=0.0)
    if not missed < FULL_RANK:
        raise np.linalg.LinAlgError("the pseudo-inverse of a matrix without full rank has no derivative")
    return inverse


FULL_RANK = 1e-6
"""What the inverse of a matrix of full rank may miss; no less than half of all digits is lost beyond it."""


def pinvh(a: Array) -> Array:
    """The inverse of a symmetric matrix of full rank."""
    return np.linalg.inv(a)


def cholesky_banded(ab: Array, overwrite_ab: bool = False, lower: bool = False) -> Array:
    """The Cholesky factor of a symmetric banded matrix, both in banded form."""
    ab = np.asarray(ab)
    rows, n = ab.shape
    bands = rows - 1
    below = ab if lower else upper_to_lower(ab)
    factor = np.zeros((rows, n))
    for j in range(n):
        for k in range(min(rows, n - j)):
            total = below[k, j]
            for m in range(1, min(bands - k, j) + 1):
                total -= factor[m, j - m] * factor[m + k, j - m]
            if k == 0:
                if not total > 0:
                    raise np.linalg.LinAlgError("Matrix is not positive definite")
                factor[0, j] = np.sqrt(total)
            else:
                factor[k, j] = total / factor[0, j]
    return factor if lower else lower_to_upper(factor)


def upper_to_lower(ab: Array) -> Array:
    """Bands of an upper triangle as those of the lower one."""
    rows, n = ab.shape
    below = np.zeros((rows, n))
    for k in range(rows):
        below[k, : n - k] = ab[rows - 1 - k, k:]
    return below


def lower_to_upper(ab: Array) -> Array:
    """Bands of a lower triangle as those of the upper one."""
    rows, n = ab.shape
    above = np.zeros((rows, n))
    for k in range(rows):
        above[rows - 1 - k, k:] = ab[k, : n - k]
    return above


def cho_solve_banded(cb_and_lower: Any, b: Array) -> Array:
    """The solution of a system whose factor cholesky_banded gave, for one right-hand side."""
    cb, lower = cb_and_lower
    factor = np.asarray(cb) if lower else upper_to_lower(np.asarray(cb))
    rows, n = factor.shape
    x = np.asarray(b) * 1.0
    for i in range(n):
        total = x[i]
        for k in range(1, min(rows, i + 1)):
            total -= factor[k, i - k] * x[i - k]
        x[i] = total / factor[0, i]
    for r in range(n):
        i = n - 1 - r
        total = x[i]
        for k in range(1, min(rows, n - i)):
            total -= factor[k, i] * x[i + k]
        x[i] = total / factor[0, i]
    return x


def solveh_banded(ab: Array, b: Array, lower: bool = False) -> Array:
    """The solution of a symmetric positive definite banded system, for one right-hand side."""
    return cho_solve_banded((cholesky_banded(ab, lower=lower), lower), b)


def leslie(f: Array, s: Array) -> Array:
    """The Leslie matrix of fecundities and survival."""
    f = np.asarray(f)
    n = f.shape[0]
    result = np.zeros((n, n))
    result[0] = f
    for i in range(n - 1):
        result[i + 1, i] = s[i]
    return result


def convolution_matrix(a: Array, n: int) -> Array:
    """The matrix that convolves a vector of length n with a: mode "full"."""
    a = np.asarray(a)
    result = np.zeros((a.shape[0] + n - 1, n))
    for j in range(n):
        result[j : j + a.shape[0], j] = a
    return result


def matmul_toeplitz(c: Array, x: Array) -> Array:
    """The product of a symmetric Toeplitz matrix, given by its first column."""
    return toeplitz(c) @ x


def solve_circulant(c: Array, b: Array) -> Array:
    """The solution of a circulant system."""
    return np.linalg.solve(circulant(c), b)


def khatri_rao(a: Array, b: Array) -> Array:
    """Kronecker products of the columns."""
    a, b = np.asarray(a), np.asarray(b)
    return np.reshape(a[:, None, :] * b[None, :, :], (a.shape[0] * b.shape[0], a.shape[1]))
