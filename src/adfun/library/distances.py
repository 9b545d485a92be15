"""scipy.spatial.distance: distances of vectors, and of all pairs of rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from adfun.library.pieces import Array, xlogy


def euclidean(u: Array, v: Array, w: Array = None) -> Array:
    """The Euclidean distance."""
    difference = np.asarray(u) - np.asarray(v)
    return np.linalg.norm(difference if w is None else np.sqrt(w) * difference)


def sqeuclidean(u: Array, v: Array, w: Array = None) -> Array:
    """Its square."""
    difference = np.asarray(u) - np.asarray(v)
    squares = difference * difference
    return np.sum(squares if w is None else w * squares)


def cityblock(u: Array, v: Array, w: Array = None) -> Array:
    """The sum of the absolute differences."""
    sizes = np.abs(np.asarray(u) - np.asarray(v))
    return np.sum(sizes if w is None else w * sizes)


def chebyshev(u: Array, v: Array) -> Array:
    """The largest absolute difference."""
    return np.max(np.abs(np.asarray(u) - np.asarray(v)))


def minkowski(u: Array, v: Array, p: Array = 2, w: Array = None) -> Array:
    """The p-norm of the difference."""
    powers = np.abs(np.asarray(u) - np.asarray(v)) ** p
    return np.sum(powers if w is None else w * powers) ** (1.0 / p)


def mahalanobis(u: Array, v: Array, VI: Array) -> Array:
    """The distance in the metric of an inverse covariance."""
    difference = np.asarray(u) - np.asarray(v)
    return np.sqrt(difference @ (VI @ difference))


def cosine(u: Array, v: Array) -> Array:
    """One minus the cosine of the angle."""
    u, v = np.asarray(u), np.asarray(v)
    return 1.0 - np.sum(u * v) / np.sqrt(np.sum(u * u) * np.sum(v * v))


def correlation(u: Array, v: Array, centered: bool = True) -> Array:
    """One minus the correlation."""
    u, v = np.asarray(u), np.asarray(v)
    return cosine(u - np.mean(u), v - np.mean(v)) if centered else cosine(u, v)


def canberra(u: Array, v: Array) -> Array:
    """The sum of the relative differences; 0 where both are 0."""
    u, v = np.asarray(u), np.asarray(v)
    sizes = np.abs(u) + np.abs(v)
    return np.sum(np.where(sizes == 0, 0.0, np.abs(u - v) / np.where(sizes == 0, 1.0, sizes)))


def braycurtis(u: Array, v: Array) -> Array:
    """The sum of the differences by that of the sums."""
    u, v = np.asarray(u), np.asarray(v)
    return np.sum(np.abs(u - v)) / np.sum(np.abs(u + v))


def jensenshannon(p: Array, q: Array, base: Array = None) -> Array:
    """The root of the Jensen-Shannon divergence of two vectors of weights."""
    p, q = np.asarray(p) / np.sum(p), np.asarray(q) / np.sum(q)
    middle = 0.5 * (p + q)
    total = np.sum(xlogy(p, p / middle) + xlogy(q, q / middle))
    return np.sqrt(0.5 * (total if base is None else total / np.log(base)))


def cdist(
    XA: Array, XB: Array, metric: str = "euclidean", p: Array = 2, w: Array = None, V: Array = None,
    VI: Array = None,
) -> Array:  # fmt: skip
    """Distances of all pairs of rows, shape (n, m)."""
    a, b = np.asarray(XA), np.asarray(XB)
    return of_pairs(a[:, None, :], b[None, :, :], metric, p, w, V, VI)


def pdist(
    X: Array, metric: str = "euclidean", p: Array = 2, w: Array = None, V: Array = None, VI: Array = None
) -> Array:
    """Distances of all pairs of different rows, in the order of an upper triangle."""
    x = np.asarray(X)
    first, second = np.triu_indices(x.shape[0], 1)
    return of_pairs(x[first], x[second], metric, p, w, V, VI)


def of_pairs(a: Array, b: Array, metric: str, p: Array, w: Array, V: Array, VI: Array) -> Any:
    """Distances along the last axis; the metrics that the names stand for."""
    difference = a - b
    weights = 1.0 if w is None else w
    if metric == "cityblock":
        return np.sum(weights * np.abs(difference), axis=-1)
    if metric == "chebyshev":
        return np.max(np.abs(difference), axis=-1)
    if metric == "minkowski":
        return np.sum(weights * np.abs(difference) ** p, axis=-1) ** (1.0 / p)
    if metric == "canberra":
        return np.sum(np.abs(difference) / (np.abs(a) + np.abs(b)), axis=-1)
    if metric == "braycurtis":
        return np.sum(np.abs(difference), axis=-1) / np.sum(np.abs(a + b), axis=-1)
    if metric == "cosine":
        sizes = np.sum(a * a, axis=-1) * np.sum(b * b, axis=-1)
        return 1.0 - np.sum(a * b, axis=-1) / np.sqrt(sizes)
    if metric == "mahalanobis":
        assert VI is not None, "mahalanobis needs VI"
        return np.sqrt(np.sum((difference @ VI) * difference, axis=-1))
    scaled = difference * difference
    if metric == "seuclidean":
        assert V is not None, "seuclidean needs V"
        return np.sqrt(np.sum(scaled / V, axis=-1))
    if metric == "sqeuclidean":
        return np.sum(weights * scaled, axis=-1)
    assert metric == "euclidean", "this metric is not supported"
    return np.linalg.norm(difference if w is None else np.sqrt(w) * difference, axis=-1)


def squareform(X: Array, force: str = "no", checks: bool = True) -> Array:
    """The symmetric matrix of a vector of pairs, or the vector of such a matrix."""
    x = np.asarray(X)
    if x.ndim == 2:
        first, second = np.triu_indices(x.shape[0], 1)
        return x[first, second]
    n = int(np.ceil(np.sqrt(2.0 * x.shape[0])))
    first, second = np.triu_indices(n, 1)
    matrix = np.zeros((n, n))
    matrix[first, second] = x
    matrix[second, first] = x
    return matrix
