"""Functions of numpy.linalg and scipy.linalg that are compositions of others."""

from __future__ import annotations

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


def pinv(a: Array) -> Array:
    """The pseudo-inverse of a matrix of full rank: normal equations and one step of refinement."""
    a = np.asarray(a)
    n, m = a.shape
    if n >= m:
        of_columns = a.T @ a
        inverse = np.linalg.solve(of_columns, a.T)
        inverse = inverse + np.linalg.solve(of_columns, a.T @ (np.eye(n) - a @ inverse))
    else:
        of_rows = a @ a.T
        inverse = np.linalg.solve(of_rows, a).T
        inverse = inverse + np.linalg.solve(of_rows, a - (a @ inverse) @ a).T
    return inverse


def bilinear_distance(a: Array, b: Array) -> Array:
    """Differences of all pairs of rows: shape (n, m, d)."""
    return np.asarray(a)[:, None, :] - np.asarray(b)[None, :, :]


def cdist(XA: Array, XB: Array, metric: str = "euclidean") -> Array:
    """Distances of all pairs of rows (scipy.spatial.distance), for four of the metrics."""
    difference = bilinear_distance(XA, XB)
    if metric == "cityblock":
        return np.sum(np.abs(difference), axis=-1)
    if metric == "chebyshev":
        return np.max(np.abs(difference), axis=-1)
    squares = np.sum(difference * difference, axis=-1)
    if metric == "sqeuclidean":
        return squares
    assert metric == "euclidean"
    return np.sqrt(squares)
