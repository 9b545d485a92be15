"""Factorisations of matrices as programs: QR by reflections; eigenvalues of tridiagonal matrices."""

from __future__ import annotations

import numpy as np

from adfun.library.pieces import Array


def qr(a: Array, mode: str = "reduced") -> Array:
    """Q and R by Householder's reflections, with LAPACK's signs."""
    assert mode in ("reduced", "complete", "full", "economic", "r")
    r = np.asarray(a) + 0.0
    m, n = r.shape
    k = min(m, n)
    q = np.eye(m)
    for j in range(k):
        column = np.where(np.arange(m) >= j, r[:, j], 0.0)
        below = np.sum(np.where(np.arange(m) > j, column * column, 0.0))
        if below > 0:
            length = np.sqrt(below + column[j] * column[j])
            beta = -length if column[j] >= 0 else length
            v = np.where(np.arange(m) == j, column - beta, column)
            scale = 2.0 / np.sum(v * v)
            r = r - scale * np.outer(v, v @ r)
            q = q - scale * np.outer(q @ v, v)
    r = np.triu(r)
    if mode == "r":
        return r[:k]
    if mode in ("complete", "full"):
        return q, r
    return q[:, :k], r[:k]


def scipy_qr(a: Array, overwrite_a: bool = False, lwork: int | None = None, mode: str = "full") -> Array:
    """scipy.linalg.qr, whose default is the whole Q."""
    if mode == "r":
        return (qr(a, "complete")[1],)
    return qr(a, mode)


def eigvalsh_tridiagonal(d: Array, e: Array) -> Array:
    """Eigenvalues of the symmetric matrix with diagonal d and e beside it."""
    return eigh_tridiagonal(d, e, True)


def eigh_tridiagonal(d: Array, e: Array, eigvals_only: bool = False) -> Array:
    """Eigenvalues and eigenvectors of the symmetric matrix with diagonal d and e beside it."""
    matrix = np.diag(d) + np.diag(e, -1) + np.diag(e, 1)
    if eigvals_only:
        return np.linalg.eigvalsh(matrix)
    return np.linalg.eigh(matrix)
