"""Integrals of sampled functions and convolutions of images."""

from __future__ import annotations

import numpy as np

from adfun.library.pieces import Array


def simpson(y: Array, x: Array = None, *, dx: Array = 1.0, axis: int = -1) -> Array:
    """The integral by Simpson's rule; of an even number of points the last interval by Cartwright's."""
    y = np.moveaxis(np.asarray(y), axis, -1)
    n = y.shape[-1]
    if x is None:
        h = np.full(n - 1, 1.0) * dx
    else:
        x = np.asarray(x)
        h = np.diff(x if x.ndim == 1 else np.moveaxis(x, axis, -1), axis=-1)
    if n == 2:
        return np.sum(0.5 * h * (y[..., 1:] + y[..., :-1]), axis=-1)
    pairs = (n - 1) // 2
    h0, h1 = h[..., 0 : 2 * pairs : 2], h[..., 1 : 2 * pairs : 2]
    y0, y1, y2 = y[..., 0 : 2 * pairs : 2], y[..., 1 : 2 * pairs : 2], y[..., 2 : 2 * pairs + 1 : 2]
    both, ratio = h0 + h1, h0 / h1
    inside = y0 * (2.0 - 1.0 / ratio) + y1 * both * both / (h0 * h1) + y2 * (2.0 - ratio)
    total = np.sum(both / 6.0 * inside, axis=-1)
    if n % 2 > 0:
        return total
    last, before = h[..., -1], h[..., -2]
    alpha = (2.0 * last**2 + 3.0 * last * before) / (6.0 * (before + last))
    beta = (last**2 + 3.0 * last * before) / (6.0 * before)
    eta = last**3 / (6.0 * before * (before + last))
    return total + alpha * y[..., -1] + beta * y[..., -2] - eta * y[..., -3]


def convolve2d(
    in1: Array, in2: Array, mode: str = "full", boundary: str = "fill", fillvalue: Array = 0
) -> Array:
    """The convolution of two images, with zeros, a wrapped or a reflected image around the first."""
    in1, in2 = np.asarray(in1), np.asarray(in2)
    n, m = in1.shape
    k, j = in2.shape
    top, left = k - 1, j - 1
    assert boundary in ("fill", "pad", "wrap", "circular", "symm", "symmetric")
    if boundary in ("fill", "pad"):
        padded = np.pad(in1 * 1.0, ((top, top), (left, left)), constant_values=fillvalue)
    elif boundary in ("wrap", "circular"):
        padded = np.pad(in1 * 1.0, ((top, top), (left, left)), mode="wrap")
    else:
        padded = np.pad(in1 * 1.0, ((top, top), (left, left)), mode="symmetric")
    full = np.zeros((n + top, m + left))
    for p in range(k):
        for q in range(j):
            full = full + in2[p, q] * padded[top - p : 2 * top - p + n, left - q : 2 * left - q + m]
    if mode == "full":
        return full
    if mode == "same":
        return full[top // 2 : top // 2 + n, left // 2 : left // 2 + m]
    assert mode == "valid"
    return full[top:n, left:m]


def correlate2d(
    in1: Array, in2: Array, mode: str = "full", boundary: str = "fill", fillvalue: Array = 0
) -> Array:
    """The cross-correlation of two images: the convolution with the second reversed."""
    in2 = np.asarray(in2)
    if mode == "same":
        k, j = in2.shape
        full = convolve2d(in1, in2[::-1, ::-1], "full", boundary, fillvalue)
        n, m = np.asarray(in1).shape
        return full[k // 2 : k // 2 + n, j // 2 : j // 2 + m]
    return convolve2d(in1, in2[::-1, ::-1], mode, boundary, fillvalue)
