"""NumPy functions on arrays that are short programs in more basic ones; semantics of the NumPy manual."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adfun.library.pieces import Array, special

# -- integrals and differences ----------------------------------------------------------------


def trapezoid(y: Array, x: Array = None, dx: Array = 1.0, axis: int = -1) -> Array:
    """The integral by the trapezoidal rule."""
    y = np.moveaxis(np.asarray(y), axis, -1)
    if x is None:
        steps = dx
    else:
        x = np.asarray(x)
        steps = np.diff(x if x.ndim == 1 else np.moveaxis(x, axis, -1), axis=-1)
    return np.sum(steps * (y[..., 1:] + y[..., :-1]) * 0.5, axis=-1)


def cumulative_trapezoid(
    y: Array, x: Array = None, dx: Array = 1.0, axis: int = -1, initial: Array = None
) -> Array:
    """Running integrals by the trapezoidal rule (scipy.integrate)."""
    y = np.moveaxis(np.asarray(y), axis, -1)
    if x is None:
        steps = dx
    else:
        x = np.asarray(x)
        steps = np.diff(x if x.ndim == 1 else np.moveaxis(x, axis, -1), axis=-1)
    total = np.cumsum(steps * (y[..., 1:] + y[..., :-1]) * 0.5, axis=-1)
    if initial is not None:
        total = np.concatenate((np.zeros_like(total[..., :1]) + initial, total), axis=-1)
    return np.moveaxis(total, -1, axis)


def gradient(f: Array, *varargs: Array, axis: Any = None, edge_order: int = 1) -> Array:
    """Central differences, one-sided at the ends; a list of arrays where f has several axes."""
    f = np.asarray(f)
    if isinstance(axis, tuple):
        distances = varargs if len(varargs) == len(axis) else (varargs[0] if varargs else 1.0,) * len(axis)
        return tuple([gradient_along(f, h, k, edge_order) for h, k in zip(distances, axis, strict=True)])
    if axis is not None or f.ndim == 1:
        at = 0 if axis is None else axis
        return gradient_along(f, varargs[0] if varargs else 1.0, at, edge_order)
    steps = varargs if len(varargs) == f.ndim else (varargs[0] if varargs else 1.0,) * f.ndim
    return [gradient_along(f, steps[k], k, edge_order) for k in range(f.ndim)]


def gradient_along(f: Array, step: Array, axis: int, edge_order: int) -> Array:
    """The same along one axis; `step` is a distance, or the coordinates of the points."""
    f = np.moveaxis(f, axis, -1)
    if np.ndim(step) == 0:
        inside = (f[..., 2:] - f[..., :-2]) / (2.0 * step)
        first, last = step, step
        second, last_but_one = step, step
    else:
        h = np.diff(step)
        left, right = h[:-1], h[1:]
        rise = left * left * f[..., 2:] + (right - left) * (right + left) * f[..., 1:-1]
        inside = (rise - right * right * f[..., :-2]) / (left * right * (left + right))
        first, second, last_but_one, last = h[0], h[1], h[-2], h[-1]
    if edge_order == 1:
        start = (f[..., 1:2] - f[..., :1]) / first
        end = (f[..., -1:] - f[..., -2:-1]) / last
    else:
        start = one_sided(f[..., :1], f[..., 1:2], f[..., 2:3], first, second)
        end = -one_sided(f[..., -1:], f[..., -2:-1], f[..., -3:-2], last, last_but_one)
    return np.moveaxis(np.concatenate((start, inside, end), axis=-1), -1, axis)


def one_sided(f0: Array, f1: Array, f2: Array, h1: Array, h2: Array) -> Array:
    """The derivative at the first of three points, h1 and h2 apart, to second order."""
    return -(2 * h1 + h2) / (h1 * (h1 + h2)) * f0 + (h1 + h2) / (h1 * h2) * f1 - h1 / (h2 * (h1 + h2)) * f2


def unwrap(p: Array, discont: Array = None, axis: int = -1, *, period: float = 6.283185307179586) -> Array:
    """Angles without jumps of more than half a period."""
    p = np.moveaxis(np.asarray(p), axis, -1)
    step = np.diff(p, axis=-1)
    half = 0.5 * period
    wrapped = np.mod(step + half, period) - half
    wrapped = np.where((wrapped == -half) & (step > 0), half, wrapped)
    shift = np.where(np.abs(step) < (half if discont is None else discont), 0.0, wrapped - step)
    rest = p[..., 1:] + np.cumsum(shift, axis=-1)
    return np.moveaxis(np.concatenate((p[..., :1], rest), axis=-1), -1, axis)


# -- statistics -------------------------------------------------------------------------------


def cov(
    m: Array, y: Array = None, rowvar: bool = True, bias: bool = False, ddof: int | None = None,
    fweights: Array = None, aweights: Array = None,
) -> Array:  # fmt: skip
    """Covariance matrix of the rows (or columns) of m, or the variance of one variable."""
    m = np.asarray(m)
    if y is not None:
        m = np.vstack((stacked(m, rowvar), stacked(np.asarray(y), rowvar)))
    elif m.ndim == 2 and not rowvar:
        m = m.T
    weights = aweights if fweights is None else (fweights if aweights is None else fweights * aweights)
    if ddof is None:
        ddof = 0 if bias else 1
    if weights is None:
        n = m.shape[-1]
        mean = np.sum(m, axis=-1) / n
        factor = n - ddof
        weighted = 1.0
    else:
        n = np.sum(weights)
        mean = np.sum(m * weights, axis=-1) / n
        factor = n - ddof if aweights is None else n - ddof * np.sum(weights * aweights) / n
        weighted = weights
    if m.ndim == 1:
        deviation = m - mean
        return np.sum(weighted * deviation * deviation) / factor
    deviation = m - mean[:, None]
    return (deviation * weighted) @ deviation.T / factor


def stacked(m: Array, rowvar: bool) -> Array:
    """Variables as rows of a matrix."""
    if m.ndim == 1:
        return m[None, :]
    return m if rowvar else m.T


def corrcoef(x: Array, y: Array = None, rowvar: bool = True) -> Array:
    """Correlation matrix of the rows (or columns)."""
    c = cov(x, y, rowvar)
    if np.ndim(c) == 0:
        return c / c
    scale = np.sqrt(np.diagonal(c))
    return c / scale[:, None] / scale[None, :]


# -- products and convolutions ----------------------------------------------------------------


def kron(a: Array, b: Array) -> Array:
    """The Kronecker product of vectors or matrices."""
    a, b = np.asarray(a), np.asarray(b)
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    if a.ndim == 1 and b.ndim == 1:
        return np.reshape(a[:, None] * b[None, :], (a.shape[0] * b.shape[0],))
    a, b = np.atleast_2d(a), np.atleast_2d(b)
    blocks = a[:, None, :, None] * b[None, :, None, :]
    return np.reshape(blocks, (a.shape[0] * b.shape[0], a.shape[1] * b.shape[1]))


def convolve(a: Array, v: Array, mode: str = "full") -> Array:
    """The convolution of two vectors."""
    a, v = np.asarray(a), np.asarray(v)
    n, m = a.shape[0], v.shape[0]
    full = np.zeros(n + m - 1)
    for k in range(m):
        for i in range(n):
            full[k + i] += v[k] * a[i]
    return middle(full, n, m, mode)


def middle(full: Array, n: Array, m: Array, mode: str) -> Array:
    """The part of a full convolution that a mode asks for."""
    if mode == "full":
        return full
    shorter, longer = min(n, m), max(n, m)
    if mode == "valid":
        return full[shorter - 1 : longer]
    start = (shorter - 1) // 2
    return full[start : start + longer]


def correlate(a: Array, v: Array, mode: str = "valid") -> Array:
    """The cross-correlation of two vectors: the convolution with the second reversed."""
    a, v = np.asarray(a), np.asarray(v)
    n, m = a.shape[0], v.shape[0]
    full = convolve(a, v[::-1], "full")
    if mode == "same":
        start = (m - 1) // 2 if n >= m else n // 2
        return full[start : start + max(n, m)]
    return middle(full, n, m, mode)


def fftconvolve(in1: Array, in2: Array, mode: str = "full", method: str = "auto") -> Array:
    """The convolution of two vectors (scipy.signal): "same" is as long as the first."""
    a, v = np.asarray(in1), np.asarray(in2)
    full = convolve(a, v, "full")
    if mode == "same":
        start = (v.shape[0] - 1) // 2
        return full[start : start + a.shape[0]]
    return middle(full, a.shape[0], v.shape[0], mode)


def cross_correlate(in1: Array, in2: Array, mode: str = "full", method: str = "auto") -> Array:
    """The cross-correlation of two vectors (scipy.signal)."""
    return fftconvolve(in1, np.asarray(in2)[::-1], mode)


# -- interpolation ----------------------------------------------------------------------------


def interp(
    x: Array, xp: Array, fp: Array, left: Array = None, right: Array = None, period: Any = None
) -> Array:
    """Piecewise linear interpolation."""
    x, xp, fp = np.asarray(x), np.asarray(xp), np.asarray(fp)
    if period is not None:
        order = np.argsort(xp % period)
        x, xp, fp = x % period, (xp % period)[order], fp[order]
        xp = np.concatenate((xp[-1:] - period, xp, xp[:1] + period))
        fp = np.concatenate((fp[-1:], fp, fp[:1]))
    n, fp = xp.shape[0], np.broadcast_to(fp, xp.shape)  # both have one length
    k = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, max(n - 2, 0))
    after = np.minimum(k + 1, n - 1)
    width = xp[after] - xp[k]
    slope = (fp[after] - fp[k]) / np.where(width == 0, 1.0, width)
    inside = slope * (x - xp[k]) + fp[k]
    low = fp[0] if left is None else left
    high = fp[-1] if right is None else right
    inside = np.where(x == xp[-1], fp[-1], inside)
    return np.where(x < xp[0], low, np.where(x > xp[-1], high, inside))


def digitize(x: Array, bins: Array, right: bool = False) -> Array:
    """The number of the bin of each x, for increasing bins."""
    return np.searchsorted(bins, x, side="left" if right else "right")


# -- polynomials: highest power first ---------------------------------------------------------


def polyval(p: Array, x: Array) -> Array:
    """The polynomial with coefficients p at x, by Horner's rule."""
    x = np.asarray(x)
    value = np.zeros_like(x * 1.0)
    for c in p:
        value = value * x + c
    return value


def polyder(p: Array, m: int = 1) -> Array:
    """The m-th derivative of a polynomial."""
    p = np.asarray(p)
    for _ in range(m):
        n = p.shape[0] - 1
        p = p[:-1] * np.arange(n, 0, -1)
    return p


def polyint(p: Array, m: int = 1, k: Array = None) -> Array:
    """The m-th antiderivative of a polynomial, with constant k (one number for all, default 0)."""
    p = np.asarray(p)
    constant = 0.0 if k is None else k
    for _ in range(m):
        n = p.shape[0]
        p = np.concatenate((p / np.arange(n, 0, -1), np.zeros(1) + constant))
    return p


def polyadd(a1: Array, a2: Array) -> Array:
    """The sum of two polynomials."""
    a1, a2 = np.asarray(a1), np.asarray(a2)
    n = max(a1.shape[0], a2.shape[0])
    total = np.zeros(n)
    total[n - a1.shape[0] :] += a1
    total[n - a2.shape[0] :] += a2
    return total


def polysub(a1: Array, a2: Array) -> Array:
    """The difference of two polynomials."""
    return polyadd(a1, -np.asarray(a2))


def polymul(a1: Array, a2: Array) -> Array:
    """The product of two polynomials."""
    return convolve(a1, a2)


def polyfit(x: Array, y: Array, deg: int, rcond: Array = None, full: bool = False, w: Array = None) -> Array:
    """The polynomial of degree `deg` nearest to the points in the sense of (weighted) least squares."""
    assert not full, "np.polyfit with full=True is not supported"
    powers, y = np.vander(np.asarray(x), deg + 1), np.asarray(y)
    if w is not None:
        weights = np.asarray(w)
        powers, y = powers * weights[:, None], y * weights if y.ndim == 1 else y * weights[:, None]
    return np.linalg.lstsq(powers, y, rcond=None)[0]


# -- functions as arguments -------------------------------------------------------------------


def piecewise(x: Array, condlist: Sequence[Array], funclist: Sequence[Any], *args: Any) -> Array:
    """A function for every condition, and perhaps one for the rest; the last condition that holds wins."""
    x = np.asarray(x)
    rest = funclist[len(condlist)] if len(funclist) > len(condlist) else 0.0
    value = rest(x, *args) if callable(rest) else rest + 0.0 * x
    for condition, part in zip(condlist, funclist, strict=False):
        value = np.where(condition, part(x, *args) if callable(part) else part, value)
    return value


def apply_along_axis(func1d: Callable[..., Array], axis: int, arr: Array, *args: Any, **kwargs: Any) -> Array:
    """A function of vectors applied to every row (axis 1) or column (axis 0) of a matrix."""
    rows = np.asarray(arr) if axis in (1, -1) else np.asarray(arr).T
    results = np.array([func1d(row, *args, **kwargs) for row in rows])
    return results if results.ndim == 1 or axis in (1, -1) else results.T


def i0(x: Array) -> Array:
    """The modified Bessel function of order zero."""
    return special.i0(x)


def poly1d(c_or_r: Array, r: bool = False, variable: Any = None) -> Callable[[Array], Array]:
    """The function that evaluates a polynomial, highest power first."""
    assert not r
    c = np.asarray(c_or_r)
    return lambda x: polyval(c, x)


def sliding_window_view(x: Array, window_shape: Any, axis: Any = None) -> Array:
    """All windows along some axes, by default all of them (numpy.lib.stride_tricks)."""
    x = np.asarray(x)
    rank = x.ndim
    widths = tuple(window_shape) if isinstance(window_shape, (tuple, list)) else (window_shape,)
    axes = tuple(range(rank)) if axis is None else axis
    axes = tuple(axes) if isinstance(axes, (tuple, list)) else (axes,)
    assert len(widths) == len(axes), "as many lengths as axes are needed"
    for width, along in zip(widths, axes, strict=True):
        place = along if along >= 0 else along + rank
        x = np.moveaxis(x, place, -1)
        starts = np.arange(x.shape[-1] - width + 1)[:, None]
        x = np.moveaxis(x[..., starts + np.arange(width)], -2, place)
    return x


def add_reduceat(array: Array, indices: Array, axis: int = 0) -> Array:
    """Sums of the pieces that start at the given positions, which increase (np.add.reduceat)."""
    array, starts = np.asarray(array), np.asarray(indices)
    if np.any(np.diff(starts) <= 0):
        raise ValueError("np.add.reduceat is supported for increasing positions")
    array = np.moveaxis(array, axis, 0)
    count = array.shape[0]
    piece = np.searchsorted(starts, np.arange(count), side="right") - 1
    sums = np.zeros((starts.shape[0], *array.shape[1:]))
    np.add.at(sums, piece[starts[0] :], array[starts[0] :])
    return np.moveaxis(sums, 0, axis)
