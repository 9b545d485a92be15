"""Complex numbers as pairs of real ones: what Python and NumPy compute of them, in the language itself.

The front end makes a `Complex` where a complex number meets a value that depends on parameters, and calls the
functions below where NumPy's get one (`frontend/complexes.py`).
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from adfun.library.pieces import Array

Value = Any


class Complex:
    """re + 1j * im: two numbers, or two arrays of one shape."""

    def __init__(self, re: Array, im: Array) -> None:
        self.re = re
        self.im = im

    @property
    def real(self) -> Array:
        return self.re

    @property
    def imag(self) -> Array:
        return self.im

    @property
    def T(self) -> Complex:
        return Complex(self.re.T, self.im.T)

    @property
    def shape(self) -> Any:
        return np.shape(self.re)

    @property
    def ndim(self) -> Any:
        return np.ndim(self.re)

    @property
    def size(self) -> Any:
        return np.size(self.re)

    def __len__(self) -> Any:
        return len(self.re)

    def __getitem__(self, index: Any) -> Complex:
        return Complex(self.re[index], self.im[index])

    def __setitem__(self, index: Any, value: Value) -> None:
        self.re[index] = real(value)
        self.im[index] = imag(value)

    def __iter__(self) -> Any:
        return iter([Complex(re, im) for re, im in zip(self.re, self.im, strict=True)])

    def __neg__(self) -> Complex:
        return Complex(-self.re, -self.im)

    def __pos__(self) -> Complex:
        return self

    def __abs__(self) -> Array:
        return absolute(self)

    def __add__(self, other: Value) -> Complex:
        other = complex_(other)
        return Complex(self.re + other.re, self.im + other.im)

    def __sub__(self, other: Value) -> Complex:
        other = complex_(other)
        return Complex(self.re - other.re, self.im - other.im)

    def __mul__(self, other: Value) -> Complex:
        if not isinstance(other, Complex):
            factor = np.asarray(other) if isinstance(other, list) else other
            return Complex(self.re * factor, self.im * factor)
        return Complex(self.re * other.re - self.im * other.im, self.re * other.im + self.im * other.re)

    def __truediv__(self, other: Value) -> Complex:
        if not isinstance(other, Complex):
            divisor = np.asarray(other) if isinstance(other, list) else other
            return Complex(self.re / divisor, self.im / divisor)
        return self * reciprocal(other)

    def __pow__(self, other: Value) -> Complex:
        return power(self, other)

    def __matmul__(self, other: Value) -> Complex:
        return matmul(self, other)

    def __radd__(self, other: Value) -> Complex:
        return complex_(other) + self

    def __rsub__(self, other: Value) -> Complex:
        return complex_(other) - self

    def __rmul__(self, other: Value) -> Value:
        return self * other

    def __rtruediv__(self, other: Value) -> Value:
        return reciprocal(self) * other

    def __rpow__(self, other: Value) -> Complex:
        return power(complex_(other), self)

    def __rmatmul__(self, other: Value) -> Complex:
        return matmul(other, self)

    def __iadd__(self, other: Value) -> Complex:
        return self._become(self + other)

    def __isub__(self, other: Value) -> Complex:
        return self._become(self - other)

    def __imul__(self, other: Value) -> Complex:
        return self._become(self * other)

    def __itruediv__(self, other: Value) -> Complex:
        return self._become(self / other)

    def __ipow__(self, other: Value) -> Complex:
        return self._become(self**other)

    def _become(self, value: Complex) -> Complex:
        """An array changes in place, a number is another one."""
        if np.ndim(self.re) == 0:
            return value
        self.re[...] = value.re
        self.im[...] = value.im
        return self

    def __eq__(self, other: object) -> Any:
        return (self.re == real(other)) & (self.im == imag(other))

    def __ne__(self, other: object) -> Any:
        return (self.re != real(other)) | (self.im != imag(other))

    def conj(self) -> Complex:
        return Complex(self.re, -self.im)

    def conjugate(self) -> Complex:
        return Complex(self.re, -self.im)

    def copy(self) -> Complex:
        return Complex(np.copy(self.re), np.copy(self.im))

    def item(self) -> Complex:
        return Complex(self.re.item(), self.im.item())

    def ravel(self) -> Complex:
        return Complex(self.re.ravel(), self.im.ravel())

    def flatten(self) -> Complex:
        return Complex(self.re.flatten(), self.im.flatten())

    def squeeze(self, axis: Any = None) -> Complex:
        return Complex(self.re.squeeze(axis), self.im.squeeze(axis))

    def reshape(self, *shape: Any) -> Complex:
        return Complex(self.re.reshape(*shape), self.im.reshape(*shape))

    def transpose(self, *axes: Any) -> Complex:
        return Complex(self.re.transpose(*axes), self.im.transpose(*axes))

    def swapaxes(self, first: int, second: int) -> Complex:
        return Complex(self.re.swapaxes(first, second), self.im.swapaxes(first, second))

    def sum(self, axis: Any = None, keepdims: bool = False) -> Complex:
        return Complex(
            self.re.sum(axis=axis, keepdims=keepdims),
            self.im.sum(axis=axis, keepdims=keepdims),
        )

    def mean(self, axis: Any = None, keepdims: bool = False) -> Complex:
        return Complex(
            self.re.mean(axis=axis, keepdims=keepdims),
            self.im.mean(axis=axis, keepdims=keepdims),
        )

    def cumsum(self, axis: Any = None) -> Complex:
        return Complex(self.re.cumsum(axis), self.im.cumsum(axis))

    def prod(self) -> Complex:
        return prod(self)

    def trace(self) -> Complex:
        return Complex(np.trace(self.re), np.trace(self.im))

    def diagonal(self) -> Complex:
        return Complex(np.diagonal(self.re), np.diagonal(self.im))

    def dot(self, other: Value) -> Complex:
        return dot(self, other)

    def astype(self, dtype: Any) -> Complex:
        return self


def real(z: Value) -> Any:
    """The real part of a complex or real number, array or list."""
    if isinstance(z, Complex):
        return z.re
    if isinstance(z, (list, tuple)):
        return np.array([real(item) for item in z])
    return z


def imag(z: Value) -> Any:
    """The imaginary part, zero for what is real."""
    if isinstance(z, Complex):
        return z.im
    if isinstance(z, (list, tuple)):
        return np.array([imag(item) for item in z])
    return 0.0 if np.ndim(z) == 0 else np.zeros(np.shape(z))


def complex_(re: Value, im: Value = None) -> Complex:
    """complex(re, im); of one argument, np.asarray(z, dtype=complex)."""
    if im is not None:
        return complex_(re) + complex_(im) * Complex(0.0, 1.0)
    if isinstance(re, Complex):
        return re
    return Complex(real(re), imag(re))


def array(z: Value) -> Complex:
    """np.array(z): a copy, also of nested lists."""
    return Complex(np.array(real(z)), np.array(imag(z)))


def absolute(z: Complex) -> Array:
    """|z|"""
    return np.hypot(z.re, z.im)


def angle(z: Complex, deg: bool = False) -> Array:
    """The argument of z, in radians or degrees."""
    return np.arctan2(z.im, z.re) * (180.0 / np.pi if deg else 1.0)


def conjugate(z: Complex) -> Complex:
    """The complex conjugate."""
    return Complex(z.re, -z.im)


def negative(z: Complex) -> Complex:
    """-z"""
    return -z


def add(x: Value, y: Value) -> Value:
    """x + y"""
    return x + y


def subtract(x: Value, y: Value) -> Value:
    """x - y"""
    return x - y


def multiply(x: Value, y: Value) -> Value:
    """x * y"""
    return x * y


def divide(x: Value, y: Value) -> Value:
    """x / y"""
    return x / y


def reciprocal(z: Complex) -> Complex:
    """1 / z, by way of numbers that do not overflow (R. L. Smith)."""
    wide = np.abs(z.re) >= np.abs(z.im)
    large: Array = np.where(wide, z.re, z.im)
    small: Array = np.where(wide, z.im, z.re)
    ratio = small / large
    scale = 1.0 / (large + small * ratio)
    part = ratio * scale
    return Complex(np.where(wide, scale, part), -np.where(wide, part, scale))


def square(z: Complex) -> Complex:
    """z * z"""
    return z * z


def power(z: Value, exponent: Value) -> Complex:
    """z ** exponent: by multiplication for small known integers, else by logarithms; 0 ** y is 0."""
    if isinstance(exponent, int) and np.ndim(exponent) == 0 and -9 < exponent < 9:
        if exponent < 0:
            return reciprocal(power(z, -exponent))
        result = Complex(1.0 + 0.0 * z.re, 0.0 * z.im)
        for _ in range(exponent):
            result = result * z
        return result
    if isinstance(exponent, float) and exponent == 0.5:
        return sqrt(z)
    z = complex_(z)
    zero = (z.re == 0.0) & (z.im == 0.0)
    other = Complex(np.where(zero, 1.0, z.re), z.im)
    found = exp(log(other) * exponent)
    return Complex(np.where(zero, 0.0, found.re), np.where(zero, 0.0, found.im))


def exp(z: Complex) -> Complex:
    """e ** z"""
    size = np.exp(z.re)
    return Complex(size * np.cos(z.im), size * np.sin(z.im))


def expm1(z: Complex) -> Complex:
    """e ** z - 1"""
    half = np.sin(0.5 * z.im)
    size = np.exp(z.re)
    return Complex(np.expm1(z.re) * np.cos(z.im) - 2.0 * half * half, size * np.sin(z.im))


def log(z: Complex) -> Complex:
    """The logarithm with an imaginary part in (-pi, pi]."""
    return Complex(np.log(np.hypot(z.re, z.im)), np.arctan2(z.im, z.re))


def log10(z: Complex) -> Value:
    """The logarithm to base 10."""
    return log(z) / np.log(10.0)


def sqrt(z: Complex) -> Complex:
    """The root whose real part is not negative."""
    right = z.re >= 0.0
    root = np.sqrt(0.5 * (np.hypot(z.re, z.im) + np.abs(z.re)))
    other = np.where(root == 0.0, 0.0, 0.5 * z.im / np.where(root == 0.0, 1.0, root))
    left = np.copysign(root, z.im)
    return Complex(np.where(right, root, np.abs(other)), np.where(right, other, left))


def sin(z: Complex) -> Complex:
    """The sine."""
    return Complex(np.sin(z.re) * np.cosh(z.im), np.cos(z.re) * np.sinh(z.im))


def cos(z: Complex) -> Complex:
    """The cosine."""
    return Complex(np.cos(z.re) * np.cosh(z.im), -np.sin(z.re) * np.sinh(z.im))


def tan(z: Complex) -> Complex:
    """The tangent."""
    turned = tanh(Complex(-z.im, z.re))
    return Complex(turned.im, -turned.re)


def sinh(z: Complex) -> Complex:
    """The hyperbolic sine."""
    return Complex(np.sinh(z.re) * np.cos(z.im), np.cosh(z.re) * np.sin(z.im))


def cosh(z: Complex) -> Complex:
    """The hyperbolic cosine."""
    return Complex(np.cosh(z.re) * np.cos(z.im), np.sinh(z.re) * np.sin(z.im))


def tanh(z: Complex) -> Complex:
    """The hyperbolic tangent (W. Kahan); from 20 on it is one, but for its imaginary part."""
    far = np.abs(z.re) > 20.0
    x = np.where(far, 0.0, z.re)
    s = np.sinh(x)
    t = np.tan(z.im)
    beta = 1.0 + t * t
    below = 1.0 + beta * s * s
    beyond = 4.0 * np.sin(z.im) * np.cos(z.im) * np.exp(-2.0 * np.abs(z.re))
    near = beta * np.sqrt(1.0 + s * s) * s / below
    return Complex(np.where(far, np.sign(z.re), near), np.where(far, beyond, t / below))


def isfinite(z: Complex) -> Array:
    """Whether both parts are finite."""
    return np.isfinite(z.re) & np.isfinite(z.im)


def isnan(z: Complex) -> Array:
    """Whether a part is not a number."""
    return np.isnan(z.re) | np.isnan(z.im)


def prod(z: Complex) -> Complex:
    """The product of all elements."""
    result = Complex(1.0, 0.0)
    for re, im in zip(z.re.ravel(), z.im.ravel(), strict=True):
        result = result * Complex(re, im)
    return result


def _bilinear(function: Any, x: Value, y: Value) -> Complex:
    """A function that is linear in both arguments."""
    if not isinstance(x, Complex):
        return Complex(function(x, y.re), function(x, y.im))
    if not isinstance(y, Complex):
        return Complex(function(x.re, y), function(x.im, y))
    return Complex(function(x.re, y.re) - function(x.im, y.im), function(x.re, y.im) + function(x.im, y.re))


def matmul(x: Value, y: Value) -> Complex:
    """x @ y"""
    return _bilinear(np.matmul, x, y)


def dot(x: Value, y: Value) -> Complex:
    """np.dot(x, y)"""
    return _bilinear(np.dot, x, y)


def vdot(x: Value, y: Value) -> Complex:
    """np.vdot(x, y): x is conjugated."""
    return _bilinear(np.vdot, x.conj() if isinstance(x, Complex) else x, y)


def inner(x: Value, y: Value) -> Complex:
    """np.inner(x, y)"""
    return _bilinear(np.inner, x, y)


def outer(x: Value, y: Value) -> Complex:
    """np.outer(x, y)"""
    return _bilinear(np.outer, x, y)


def kron(x: Value, y: Value) -> Complex:
    """np.kron(x, y)"""
    return _bilinear(np.kron, x, y)


def convolve(x: Value, y: Value, mode: str = "full") -> Complex:
    """np.convolve(x, y)"""
    return _bilinear(partial(np.convolve, mode=mode), x, y)


def tensordot(x: Value, y: Value, axes: Any = 2) -> Complex:
    """np.tensordot(x, y, axes)"""
    return _bilinear(lambda u, v: np.tensordot(u, v, axes), x, y)


def einsum(subscripts: str, *operands: Value) -> Any:
    """np.einsum(subscripts, *operands), which is linear in every operand."""
    for k, z in enumerate(operands):
        if isinstance(z, Complex):
            re = einsum(subscripts, *operands[:k], z.re, *operands[k + 1 :])
            im = einsum(subscripts, *operands[:k], z.im, *operands[k + 1 :])
            return re + im * Complex(0.0, 1.0)
    return np.einsum(subscripts, *operands)


def polyval(p: Value, x: Value) -> Value:
    """np.polyval(p, x), after Horner."""
    result: Value = 0.0
    for coefficient in p:
        result = result * x + coefficient
    return result


def _block(z: Value) -> Array:
    """The real matrix that multiplies pairs of real parts as a complex matrix multiplies complex vectors."""
    z = complex_(z)
    upper = np.concatenate([z.re, -z.im], axis=-1)
    return np.concatenate([upper, np.concatenate([z.im, z.re], axis=-1)], axis=-2)


def solve(a: Value, b: Value) -> Complex:
    """np.linalg.solve(a, b)"""
    b = complex_(b)
    n = b.re.shape[0]
    found = np.linalg.solve(_block(a), np.concatenate([b.re, b.im], axis=0))
    return Complex(found[:n], found[n:])


def inv(a: Complex) -> Complex:
    """np.linalg.inv(a)"""
    n = a.re.shape[0]
    found = np.linalg.inv(_block(a))
    return Complex(found[:n, :n], found[n:, :n])


def norm(z: Complex) -> Array:
    """np.linalg.norm(z) of all elements."""
    return np.sqrt(np.sum(z.re * z.re + z.im * z.im))
