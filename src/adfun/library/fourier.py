"""numpy.fft and scipy.fft of values that depend on parameters.

`transform(pair, back)` is the kernel (`primitives/fourier.py`): of an array (2, m, n), the real and imaginary
parts of m rows; the front end hands it over (`frontend/complexes.py`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adfun.library.complex_numbers import Complex, complex_
from adfun.library.pieces import Array

Value = Any


def _scale(n: Any, norm: Any, back: bool) -> Any:
    """What the sums are divided by."""
    if norm == "ortho":
        return np.sqrt(1.0 * n)
    return 1.0 * n if back is (norm in (None, "backward")) else 1.0


def _sized(x: Array, n: Any) -> Array:
    """Rows cut, or filled up with zeros, to length n."""
    if n is None:
        return x
    made = np.zeros((x.shape[0], n))
    kept = np.minimum(n, x.shape[1])
    made[:, :kept] = x[:, :kept]
    return made


def _transformed(transform: Any, z: Complex, n: Any, axis: int, norm: Any, back: bool) -> Value:
    if np.ndim(z.re) == 1:
        return _of_rows(transform, z.reshape(1, -1), n, norm, back)[0]
    moved = Complex(np.moveaxis(z.re, axis, -1), np.moveaxis(z.im, axis, -1))
    made = _of_rows(transform, moved.reshape(-1, moved.shape[-1]), n, norm, back)
    made = made.reshape((*moved.shape[:-1], made.shape[-1]))
    return Complex(np.moveaxis(made.re, -1, axis), np.moveaxis(made.im, -1, axis))


def _of_rows(transform: Any, z: Complex, n: Any, norm: Any, back: bool) -> Value:
    pair = transform(np.stack([_sized(z.re, n), _sized(z.im, n)]), back)
    return Complex(pair[0], pair[1]) / _scale(pair.shape[2], norm, back)


def fft(transform: Any, a: Value, n: Any = None, axis: int = -1, norm: Any = None) -> Value:
    """np.fft.fft"""
    return _transformed(transform, complex_(a), n, axis, norm, False)


def ifft(transform: Any, a: Value, n: Any = None, axis: int = -1, norm: Any = None) -> Value:
    """np.fft.ifft"""
    return _transformed(transform, complex_(a), n, axis, norm, True)


def rfft(transform: Any, a: Value, n: Any = None, axis: int = -1, norm: Any = None) -> Complex:
    """np.fft.rfft: the first half of fft."""
    whole = fft(transform, a, n, axis, norm)
    count = whole.shape[axis] // 2 + 1
    return Complex(_first(whole.re, count, axis), _first(whole.im, count, axis))


def _first(x: Array, count: Any, axis: int) -> Array:
    """The first elements along an axis."""
    if np.ndim(x) == 1:
        return x[:count]
    return np.moveaxis(np.moveaxis(x, axis, -1)[..., :count], -1, axis)


def irfft(transform: Any, a: Value, n: Any = None, axis: int = -1, norm: Any = None) -> Array:
    """np.fft.irfft: of half a spectrum, the other half being its mirror image."""
    half = complex_(a)
    size = 2 * (half.shape[axis] - 1) if n is None else n
    count = size // 2 + 1
    factor = np.full(count, 2.0)
    factor[0] = 1.0
    if size % 2 == 0:
        factor[-1] = 1.0
    if np.ndim(half.re) > 1:
        half = Complex(np.moveaxis(half.re, axis, -1), np.moveaxis(half.im, axis, -1))
    half = half[..., :count] * factor
    made = _transformed(transform, half, size, -1, norm, True).re
    return made if np.ndim(made) == 1 else np.moveaxis(made, -1, axis)


def fft2(transform: Any, a: Value, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Value:
    """np.fft.fft2"""
    sizes = (None, None) if s is None else s
    rows = fft(transform, a, sizes[1], axes[1], norm)
    return fft(transform, rows, sizes[0], axes[0], norm)


def ifft2(transform: Any, a: Value, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Value:
    """np.fft.ifft2"""
    sizes = (None, None) if s is None else s
    rows = ifft(transform, a, sizes[1], axes[1], norm)
    return ifft(transform, rows, sizes[0], axes[0], norm)


def fftshift(transform: Any, x: Value, axes: Any = None) -> Value:
    """np.fft.fftshift: the middle of the spectrum becomes its beginning."""
    if isinstance(x, Complex):
        return Complex(fftshift(transform, x.re, axes), fftshift(transform, x.im, axes))
    every = tuple(range(np.ndim(x))) if axes is None else (axes if isinstance(axes, tuple) else (axes,))
    for axis in every:
        x = np.roll(x, x.shape[axis] // 2, axis)
    return x


def ifftshift(transform: Any, x: Value, axes: Any = None) -> Value:
    """np.fft.ifftshift"""
    if isinstance(x, Complex):
        return Complex(ifftshift(transform, x.re, axes), ifftshift(transform, x.im, axes))
    every = tuple(range(np.ndim(x))) if axes is None else (axes if isinstance(axes, tuple) else (axes,))
    for axis in every:
        x = np.roll(x, -(x.shape[axis] // 2), axis)
    return x
