"""Interpolation in scipy.interpolate: each constructor gives the function that evaluates the interpolant.

Coefficients follow SciPy's own code, so values agree to rounding; ordinates may be parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adfun.library.pieces import Array

Curve = Callable[..., Array]


def interp1d(
    x: Array,
    y: Array,
    kind: Any = "linear",
    axis: int = -1,
    copy: bool = True,
    bounds_error: Any = None,
    fill_value: Any = np.nan,
    assume_sorted: bool = False,
) -> Curve:
    """A function through points: linear, by steps, or a cubic spline."""
    x = np.asarray(x)
    y = np.moveaxis(np.asarray(y), axis, 0)
    if not assume_sorted:
        order = np.argsort(x)
        x, y = x[order], y[order]
    extrapolate = isinstance(fill_value, str)
    strict = not extrapolate and (bounds_error is True or (bounds_error is None and np.ndim(fill_value) == 0))
    if strict and bounds_error is None and not np.isnan(fill_value):
        strict = False
    below, above = fill_value if isinstance(fill_value, tuple) else (fill_value, fill_value)
    inner = not_checked(x, y, kind)

    def evaluate(at: Array) -> Array:
        at = np.asarray(at)
        value = inner(at)
        if extrapolate:
            return value
        low, high = at < x[0], at > x[-1]
        if strict:
            if np.any(low) or np.any(high):
                raise ValueError("a value in x_new is outside the interpolation range")
            return value
        return np.where(low, below, np.where(high, above, value))

    return evaluate


def not_checked(x: Array, y: Array, kind: Any) -> Curve:
    """The curve of `interp1d`, extrapolated."""
    if kind == "cubic" or kind == 3:
        return CubicSpline(x, y)
    if kind == "quadratic" or kind == 2:
        raise NotImplementedError("quadratic splines are not supported: use kind='cubic'")
    halves = (x[1:] + x[:-1]) / 2.0

    def linear(at: Array) -> Array:
        hi = np.clip(np.searchsorted(x, at), 1, x.shape[0] - 1)
        lo = hi - 1
        slope = (y[hi] - y[lo]) / (x[hi] - x[lo])
        return slope * (at - x[lo]) + y[lo]

    def steps(at: Array) -> Array:
        if kind == "nearest":
            place = np.searchsorted(halves, at, side="left")
        elif kind == "nearest-up":
            place = np.searchsorted(halves, at, side="right")
        elif kind == "next":
            place = np.searchsorted(x, at, side="left")
        else:
            place = np.searchsorted(x, at, side="right") - 1
        return y[np.clip(place, 0, x.shape[0] - 1)]

    return linear if kind in ("linear", "slinear", 1) else steps


def piece_of(x: Array, at: Array) -> Array:
    """The number of the interval that holds each point; the outer ones reach to infinity."""
    return np.clip(np.searchsorted(x, at, side="right") - 1, 0, x.shape[0] - 2)


def CubicSpline(
    x: Array, y: Array, axis: int = 0, bc_type: Any = "not-a-knot", extrapolate: Any = None
) -> Curve:
    """A cubic spline with two continuous derivatives."""
    x, y = np.asarray(x), np.moveaxis(np.asarray(y), axis, 0)
    both = bc_type if isinstance(bc_type, tuple) else (bc_type, bc_type)
    dx = np.diff(x)
    slope = np.diff(y) / dx if y.ndim == 1 else np.diff(y, axis=0) / dx[:, None]
    matrix, right = spline_system(x, y, dx, slope, both)
    return hermite(x, y, np.linalg.solve(matrix, right), dx, slope, extrapolate is not False)


def spline_system(x: Array, y: Array, dx: Array, slope: Array, bc: Any) -> Any:
    """The linear equations for the slopes at the knots."""
    n = x.shape[0]
    matrix = np.zeros((n, n))
    right = np.zeros(y.shape)
    for i in range(1, n - 1):
        matrix[i, i - 1] = dx[i]
        matrix[i, i] = 2 * (dx[i - 1] + dx[i])
        matrix[i, i + 1] = dx[i - 1]
        right[i] = 3 * (dx[i] * slope[i - 1] + dx[i - 1] * slope[i])
    if bc[0] == "not-a-knot" and n == 2:
        matrix[0, 0] = 1.0
        right[0] = slope[0]
    elif bc[0] == "not-a-knot" and n == 3 and bc[1] == "not-a-knot":
        matrix[0, 0] = 1.0
        matrix[0, 1] = 1.0
        right[0] = 2 * slope[0]
    elif bc[0] == "not-a-knot":
        d = x[2] - x[0]
        matrix[0, 0] = dx[1]
        matrix[0, 1] = d
        right[0] = ((dx[0] + 2 * d) * dx[1] * slope[0] + dx[0] ** 2 * slope[1]) / d
    else:
        order, value = end_condition(bc[0])
        matrix[0, 0] = 1.0 if order == 1 else 2 * dx[0]
        if order == 2:
            matrix[0, 1] = dx[0]
        right[0] = value if order == 1 else -0.5 * value * dx[0] ** 2 + 3 * (y[1] - y[0])
    if bc[1] == "not-a-knot" and n == 2:
        matrix[-1, -1] = 1.0
        right[-1] = slope[-1]
    elif bc[1] == "not-a-knot" and n == 3 and bc[0] == "not-a-knot":
        matrix[-1, -1] = 1.0
        matrix[-1, -2] = 1.0
        right[-1] = 2 * slope[-1]
    elif bc[1] == "not-a-knot":
        d = x[-1] - x[-3]
        matrix[-1, -1] = dx[-2]
        matrix[-1, -2] = d
        right[-1] = (dx[-1] ** 2 * slope[-2] + (2 * d + dx[-1]) * dx[-2] * slope[-1]) / d
    else:
        order, value = end_condition(bc[1])
        matrix[-1, -1] = 1.0 if order == 1 else 2 * dx[-1]
        if order == 2:
            matrix[-1, -2] = dx[-1]
        right[-1] = value if order == 1 else 0.5 * value * dx[-1] ** 2 + 3 * (y[-1] - y[-2])
    return matrix, right


def end_condition(bc: Any) -> Any:
    """Which derivative is given at an end, and its value."""
    if bc == "natural":
        return 2, 0.0
    if bc == "clamped":
        return 1, 0.0
    if isinstance(bc, str):
        raise NotImplementedError("this end condition is not supported: use 'natural', 'clamped' or a value")
    return bc


def hermite(x: Array, y: Array, s: Array, dx: Array, slope: Array, extrapolate: bool) -> Curve:
    """The piecewise cubic with these values and slopes at the knots."""
    h = dx if y.ndim == 1 else dx[:, None]
    t = (s[:-1] + s[1:] - 2 * slope) / h
    c0, c1, c2, c3 = t / h, (slope - s[:-1]) / h - t, s[:-1], y[:-1]

    def evaluate(at: Array, nu: int = 0, extrapolate_: Any = None) -> Array:
        at = np.asarray(at)
        i = piece_of(x, at)
        u = at - x[i] if y.ndim == 1 else (at - x[i])[..., None]
        if nu == 0:
            value = ((c0[i] * u + c1[i]) * u + c2[i]) * u + c3[i]
        elif nu == 1:
            value = (3 * c0[i] * u + 2 * c1[i]) * u + c2[i]
        elif nu == 2:
            value = 6 * c0[i] * u + 2 * c1[i]
        else:
            value = 6 * c0[i] + 0 * u
        if extrapolate and extrapolate_ is not False:
            return value
        inside = (at >= x[0]) & (at <= x[-1])
        return np.where(inside if y.ndim == 1 else inside[..., None], value, np.nan)

    return evaluate


def CubicHermiteSpline(x: Array, y: Array, dydx: Array, axis: int = 0, extrapolate: Any = None) -> Curve:
    """The piecewise cubic with given values and slopes."""
    x, y, s = np.asarray(x), np.asarray(y), np.asarray(dydx)
    dx = np.diff(x)
    return hermite(x, y, s, dx, np.diff(y) / dx, extrapolate is not False)


def PchipInterpolator(x: Array, y: Array, axis: int = 0, extrapolate: Any = None) -> Curve:
    """The monotone piecewise cubic of Fritsch and Butland; for three points or more."""
    x, y = np.asarray(x), np.asarray(y)
    h = np.diff(x)
    m = np.diff(y) / h
    w1, w2 = 2 * h[1:] + h[:-1], h[1:] + 2 * h[:-1]
    flat = m[1:] * m[:-1] <= 0
    left, right = np.where(flat, 1.0, m[:-1]), np.where(flat, 1.0, m[1:])
    middle = np.where(flat, 0.0, (w1 + w2) / (w1 / left + w2 / right))
    first = pchip_end(h[0], h[1], m[0], m[1])
    last = pchip_end(h[-1], h[-2], m[-1], m[-2])
    s = np.concatenate((np.reshape(first, 1), middle, np.reshape(last, 1)))
    return hermite(x, y, s, h, m, extrapolate is not False)


def pchip_end(h0: Array, h1: Array, m0: Array, m1: Array) -> Array:
    """The one-sided slope at an end that keeps the shape."""
    d = ((2 * h0 + h1) * m0 - h0 * m1) / (h0 + h1)
    if np.sign(d) != np.sign(m0):
        return 0.0 * d
    if np.sign(m0) != np.sign(m1) and np.abs(d) > 3.0 * np.abs(m0):
        return 3.0 * m0
    return d


def BSpline(t: Array, c: Array, k: int, extrapolate: Any = True, axis: int = 0) -> Curve:
    """A spline as a sum of B-splines of degree k over the knots t."""
    t, c = np.asarray(t), np.asarray(c)
    n = t.shape[0] - k - 1

    def evaluate(x: Array, nu: int = 0) -> Array:
        if nu != 0:
            raise NotImplementedError("derivatives of a BSpline are not supported")
        x = np.asarray(x)
        i = np.clip(np.searchsorted(t, x, side="right") - 1, k, n - 1)
        basis = nonzero_basis(t, x, i, k)
        value = basis[0] * c[i - k] if c.ndim == 1 else basis[0][..., None] * c[i - k]
        for j in range(1, k + 1):
            term = basis[j] * c[i - k + j] if c.ndim == 1 else basis[j][..., None] * c[i - k + j]
            value = value + term
        if extrapolate is False:
            inside = (x >= t[k]) & (x <= t[n])
            return np.where(inside if c.ndim == 1 else inside[..., None], value, np.nan)
        return value

    return evaluate


def nonzero_basis(t: Array, x: Array, i: Array, k: int) -> list[Array]:
    """The k + 1 B-splines of degree k that are not zero in the interval i, by Cox and de Boor."""
    basis = [np.ones_like(x) * 1.0]
    for d in range(1, k + 1):
        grown = []
        for j in range(d + 1):
            term = 0.0
            if j > 0:
                low, high = t[i - d + j], t[i + j]
                term = term + (x - low) / (high - low) * basis[j - 1]
            if j < d:
                low, high = t[i - d + j + 1], t[i + j + 1]
                term = term + (high - x) / (high - low) * basis[j]
            grown.append(term)
        basis = grown
    return basis


def splev(x: Array, tck: Any, der: int = 0, ext: int = 0) -> Array:
    """The value of a spline given as knots, coefficients and degree."""
    t, c, k = tck
    return BSpline(t, c, k)(x, der)


def make_interp_spline(x: Array, y: Array, k: int = 3, bc_type: Any = None) -> Curve:
    """An interpolating spline of degree 1 or 3."""
    if k == 1:
        return not_checked(np.asarray(x), np.asarray(y), "linear")
    assert k == 3
    return CubicSpline(x, y, 0, "not-a-knot" if bc_type is None else bc_type)
