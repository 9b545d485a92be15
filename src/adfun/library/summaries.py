"""Summaries of samples in scipy.stats, and small functions of other SciPy modules."""

from __future__ import annotations

from typing import Any

import numpy as np

from adfun.library.pieces import Array, xlogy

TURN = 6.283185307179586


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


def pmean(a: Array, p: Array, axis: int | None = 0) -> Array:
    """The power mean."""
    return np.mean(np.asarray(a) ** p, axis=axis) ** (1.0 / p)


def gstd(a: Array, axis: int | None = 0, ddof: int = 1) -> Array:
    """The geometric standard deviation."""
    return np.exp(np.std(np.log(a), axis=axis, ddof=ddof))


def moment(a: Array, order: int = 1, axis: int | None = 0, *, center: Array = None) -> Array:
    """A moment about the mean, or about a given centre."""
    a = np.asarray(a)
    middle = np.mean(a, axis=axis, keepdims=True) if center is None else center
    return np.mean((a - middle) ** order, axis=axis)


def variation(a: Array, axis: int | None = 0, nan_policy: str = "propagate", ddof: int = 0) -> Array:
    """The coefficient of variation."""
    return np.std(a, axis=axis, ddof=ddof) / np.mean(a, axis=axis)


def entropy(pk: Array, qk: Array = None, base: Array = None, axis: int = 0) -> Array:
    """Shannon's entropy of weights, or their Kullback-Leibler divergence from others."""
    pk = np.asarray(pk) / np.sum(pk, axis=axis, keepdims=True)
    if qk is None:
        terms = -xlogy(pk, pk)
    else:
        qk = np.asarray(qk) / np.sum(qk, axis=axis, keepdims=True)
        terms = np.where(pk == 0, 0.0, pk * np.log(pk / qk))
    total = np.sum(terms, axis=axis)
    return total if base is None else total / np.log(base)


def boxcox_llf(lmb: Array, data: Array) -> Array:
    """The log-likelihood of a Box-Cox transformation of a sample."""
    data = np.asarray(data)
    logs = np.log(data)
    variance = np.var(logs if lmb == 0 else data**lmb / lmb, axis=0)
    return (lmb - 1.0) * np.sum(logs, axis=0) - 0.5 * data.shape[0] * np.log(variance)


def circmean(samples: Array, high: Array = TURN, low: Array = 0, axis: int | None = None) -> Array:
    """The mean direction of angles."""
    angles = (np.asarray(samples) - low) * (2.0 * np.pi / (high - low))
    middle = np.arctan2(np.mean(np.sin(angles), axis=axis), np.mean(np.cos(angles), axis=axis))
    return np.mod(middle, 2.0 * np.pi) * ((high - low) / (2.0 * np.pi)) + low


def circvar(samples: Array, high: Array = TURN, low: Array = 0, axis: int | None = None) -> Array:
    """One minus the mean resultant length of angles."""
    angles = np.asarray(samples) * (2.0 * np.pi / (high - low))
    return 1.0 - np.hypot(np.mean(np.sin(angles), axis=axis), np.mean(np.cos(angles), axis=axis))


def iqr(x: Array, axis: int | None = None) -> Array:
    """The distance of the quartiles."""
    return np.quantile(x, 0.75, axis=axis) - np.quantile(x, 0.25, axis=axis)


def median_abs_deviation(x: Array, axis: int | None = 0) -> Array:
    """The median distance from the median."""
    x = np.asarray(x)
    return np.median(np.abs(x - np.median(x, axis=axis, keepdims=True)), axis=axis)


def detrend(data: Array, axis: int = -1, type: str = "linear") -> Array:
    """A series less its mean or its straight line (scipy.signal)."""
    y = np.moveaxis(np.asarray(data), axis, -1)
    rest = y - np.mean(y, axis=-1, keepdims=True)
    if type == "linear":
        t = np.arange(y.shape[-1]) - 0.5 * (y.shape[-1] - 1)
        rest = rest - np.sum(rest * t, axis=-1, keepdims=True) / np.sum(t * t) * t
    return np.moveaxis(rest, -1, axis)
