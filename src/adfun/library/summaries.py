"""Summaries of samples in scipy.stats, and small functions of other SciPy modules."""

from __future__ import annotations

from typing import Any

import numpy as np

from adfun.library.pieces import Array


def gmean(a: Array, axis: int | None = 0, dtype: Any = None, weights: Array = None) -> Array:
    """The geometric mean."""
    if weights is None:
        return np.exp(np.mean(np.log(a), axis=axis))
    return np.exp(np.average(np.log(a), axis=axis, weights=weights))


def hmean(a: Array, axis: int | None = 0, dtype: Any = None, weights: Array = None) -> Array:
    """The harmonic mean."""
    if weights is None:
        return 1.0 / np.mean(1.0 / np.asarray(a), axis=axis)
    return 1.0 / np.average(1.0 / np.asarray(a), axis=axis, weights=weights)


def zscore(a: Array, axis: int | None = 0, ddof: int = 0) -> Array:
    """Deviations from the mean in standard deviations."""
    a = np.asarray(a)
    center = np.mean(a, axis=axis, keepdims=True)
    return (a - center) / np.std(a, axis=axis, ddof=ddof, keepdims=True)


def sem(a: Array, axis: int | None = 0, ddof: int = 1) -> Array:
    """The standard error of the mean."""
    a = np.asarray(a)
    n = a.size if axis is None else a.shape[axis]
    return np.std(a, axis=axis, ddof=ddof) / np.sqrt(n)


def skew(a: Array, axis: int | None = 0, bias: bool = True) -> Array:
    """The sample skewness; with bias only."""
    assert bias
    a = np.asarray(a)
    deviation = a - np.mean(a, axis=axis, keepdims=True)
    return np.mean(deviation**3, axis=axis) / np.mean(deviation**2, axis=axis) ** 1.5


def kurtosis(a: Array, axis: int | None = 0, fisher: bool = True, bias: bool = True) -> Array:
    """The sample kurtosis, less 3 for Fisher's; with bias only."""
    assert bias
    a = np.asarray(a)
    deviation = a - np.mean(a, axis=axis, keepdims=True)
    value = np.mean(deviation**4, axis=axis) / np.mean(deviation**2, axis=axis) ** 2
    return value - 3.0 if fisher else value


def rosen(x: Array) -> Array:
    """Rosenbrock's function (scipy.optimize)."""
    x = np.asarray(x)
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2, axis=0)


def lfilter(b: Array, a: Array, x: Array, axis: int = -1, zi: Array = None) -> Array:
    """A rational filter along a vector, from rest or from a given state (scipy.signal)."""
    b, a, x = np.asarray(b), np.asarray(a), np.asarray(x)
    if zi is not None:
        return lfilter_from(b, a, x, np.asarray(zi))
    y = np.zeros(x.shape[0])
    for t in range(x.shape[0]):
        total = 0.0
        for k in range(min(t + 1, b.shape[0])):
            total += b[k] * x[t - k]
        for k in range(1, min(t + 1, a.shape[0])):
            total -= a[k] * y[t - k]
        y[t] = total / a[0]
    return y


def lfilter_from(b: Array, a: Array, x: Array, zi: Array) -> Any:
    """The filtered vector and the last state: transposed direct form."""
    order = zi.shape[0]
    state = np.concatenate((zi * 1.0, np.zeros(1)))
    y = np.zeros(x.shape[0])
    for t in range(x.shape[0]):
        value = (b[0] * x[t] + state[0]) / a[0]
        y[t] = value
        for k in range(order):
            grown = state[k + 1]
            if k + 1 < b.shape[0]:
                grown = grown + b[k + 1] * x[t]
            if k + 1 < a.shape[0]:
                grown = grown - a[k + 1] * value
            state[k] = grown
    return y, state[:order]
