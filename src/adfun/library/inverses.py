"""Inverses of the incomplete gamma and beta functions, of Student's distribution function, and of w exp(w).

Scalar functions: Newton's method on the logarithm of the smaller tail finds the root as a constant; the last
two steps, through which derivatives go, make these exact to second order by the implicit function theorem.
"""

from __future__ import annotations

import numpy as np

from adfun.library.incomplete_beta import beta_tail
from adfun.library.incomplete_gamma import gamma_prefactor, lower_series, upper_fraction
from adfun.library.pieces import Array, Scalar, betaln, log_gamma_half_step, special

STEPS = 100
"""No root needs more steps of at most FURTHEST each."""
FURTHEST = 3.0
CLOSE = 1e-9
"""After a step as small as this the root is exact to rounding: convergence is quadratic."""


def held(x: Scalar) -> Scalar:
    """x itself, as a constant to derivatives: rounding far beyond its last bit changes nothing."""
    value = 0.0
    if x != 0.0:
        factor = np.exp2(60.0 - np.floor(np.log2(np.abs(x))))
        value = np.rint(x * factor) / factor
    return value


def following(u: Scalar, step: Scalar, left: Scalar) -> tuple[Scalar, Scalar]:
    """The next point, and how many steps are left: all but the last two are constants to derivatives."""
    near = (np.abs(step) < CLOSE) | (left <= 2)
    after = u - np.clip(step, -FURTHEST, FURTHEST)
    if near:
        left = np.minimum(left, 2) - 1
    else:
        left = left - 1
        after = held(after)
    return after, left


# -- gamma ------------------------------------------------------------------------------------


def gamma_root(a: Scalar, p: Scalar, q: Scalar) -> Scalar:
    """The logarithm of x with P(a, x) = p and Q(a, x) = q = 1 - p."""
    lower = p < q
    bend = 1.0 / (9.0 * a)
    cube = 1.0 - bend + special.ndtri(p if lower else 0.5) * np.sqrt(bend)
    if (a > 0.5) & (cube > 0.1) & (lower | (q > 0.01)):
        u = np.log(a) + 3.0 * np.log(cube)
    elif lower:
        u = (np.log(p) + special.gammaln(a + 1.0)) / a
    else:
        u = np.log(a - np.log(q))
    left = STEPS if (u > -50.0) | (not lower) else 0  # else the first term of the series is all there is
    while left > 0:
        x = np.exp(u)
        prefactor = gamma_prefactor(a, x)
        below = x < a + 1.0
        part = prefactor * (lower_series(a, x) if below else upper_fraction(a, x))
        tail = part if below == lower else 1.0 - part
        step = tail / (a * prefactor) * np.log(tail / (p if lower else q))
        u, left = following(u, step if lower else -step, left)
    return u


def gamma_inverse(a: Scalar, p: Scalar, q: Scalar) -> Scalar:
    value = np.nan
    if (a > 0.0) & (p > 0.0) & (q > 0.0):
        value = np.exp(gamma_root(a, p, q))
    elif (a > 0.0) & (p == 0.0):
        value = 0.0
    elif (a > 0.0) & (q == 0.0):
        value = np.inf
    return value


def gammaincinv(a: Array, y: Array) -> Array:
    """x with gammainc(a, x) = y."""
    return np.vectorize(gamma_inverse, otypes=[float])(a, y, 1.0 - y)


def gammainccinv(a: Array, y: Array) -> Array:
    """x with gammaincc(a, x) = y."""
    return np.vectorize(gamma_inverse, otypes=[float])(a, 1.0 - y, y)


def chdtri(v: Array, p: Array) -> Array:
    """x with chdtrc(v, x) = p."""
    return 2.0 * gammainccinv(0.5 * v, p)


# -- beta -------------------------------------------------------------------------------------


def beta_root(a: Scalar, b: Scalar, p: Scalar, q: Scalar) -> Scalar:
    """log(x / (1 - x)) for the x with I_x(a, b) = p = 1 - q."""
    lower = p < q
    c, d, tail = (a, b, p) if lower else (b, a, q)
    norm = betaln(c, d)
    u = np.minimum((np.log(tail) + np.log(c) + norm) / c, np.log(c / d))
    left = STEPS
    while left > 0:
        x = special.expit(u)
        y = special.expit(-u)
        near = x * (c + d + 2.0) <= c + 1.0
        s, t, v, w = (c, d, x, y) if near else (d, c, y, x)
        part = beta_tail(s, t, v, w)
        value = part if near else 1.0 - part
        density = np.exp(c * np.log(x) + d * np.log(y) - norm)
        u, left = following(u, value / density * np.log(value / tail), left)
    return u if lower else -u


def beta_inverse(a: Scalar, b: Scalar, p: Scalar, q: Scalar) -> Scalar:
    value = np.nan
    if (a > 0.0) & (b > 0.0) & (p > 0.0) & (q > 0.0):
        value = special.expit(beta_root(a, b, p, q))
    elif (a > 0.0) & (b > 0.0) & (p == 0.0):
        value = 0.0
    elif (a > 0.0) & (b > 0.0) & (q == 0.0):
        value = 1.0
    return value


def betaincinv(a: Array, b: Array, y: Array) -> Array:
    """x with betainc(a, b, x) = y."""
    return np.vectorize(beta_inverse, otypes=[float])(a, b, y, 1.0 - y)


def betainccinv(a: Array, b: Array, y: Array) -> Array:
    """x with betaincc(a, b, x) = y."""
    return np.vectorize(beta_inverse, otypes=[float])(a, b, 1.0 - y, y)


def f_inverse(dfn: Scalar, dfd: Scalar, p: Scalar) -> Scalar:
    value = np.nan
    if (dfn > 0.0) & (dfd > 0.0) & (p > 0.0) & (p < 1.0):
        value = dfd / dfn * np.exp(beta_root(0.5 * dfn, 0.5 * dfd, p, 1.0 - p))
    elif (dfn > 0.0) & (dfd > 0.0) & (p == 0.0):
        value = 0.0
    elif (dfn > 0.0) & (dfd > 0.0) & (p == 1.0):
        value = np.inf
    return value


def fdtri(dfn: Array, dfd: Array, p: Array) -> Array:
    """x with fdtr(dfn, dfd, x) = p."""
    return np.vectorize(f_inverse, otypes=[float])(dfn, dfd, p)


# -- Student ----------------------------------------------------------------------------------


def student_inverse(df: Scalar, p: Scalar) -> Scalar:
    value = np.nan
    if (df == np.inf) & (p >= 0.0) & (p <= 1.0):
        value = special.ndtri(p)
    elif (df > 0.0) & (p > 0.0) & (p < 1.0):
        tail = np.minimum(p, 1.0 - p)
        if tail < 0.5:
            size = np.sqrt(df) * np.exp(-0.5 * beta_root(0.5 * df, 0.5, 2.0 * tail, 1.0 - 2.0 * tail))
            value = -size if p < 0.5 else size
        else:
            value = (p - 0.5) * np.sqrt(np.pi * df) * np.exp(-log_gamma_half_step(0.5 * df))
    elif (df > 0.0) & (p == 0.0):
        value = -np.inf
    elif (df > 0.0) & (p == 1.0):
        value = np.inf
    return value


def stdtrit(df: Array, p: Array) -> Array:
    """t with stdtr(df, t) = p."""
    return np.vectorize(student_inverse, otypes=[float])(df, p)


# -- Lambert ----------------------------------------------------------------------------------


def lambert_start(z: Scalar, lower: Scalar) -> Scalar:
    """Near w with w exp(w) = z (Corless et al. 1996): the branch point's series, else logarithms."""
    p = np.sqrt(np.maximum(2.0 * (np.e * z + 1.0), 0.0))
    if lower:
        p = -p
    if (np.abs(z) < 1e-4) & (not lower):
        w = z - z * z
    elif (z < -0.25) | (z < 0.3) & (not lower):
        w = -1.0 + p * (1.0 + p * (-1.0 / 3.0 + p * (11.0 / 72.0 - p * (43.0 / 540.0))))
    elif lower | (z > np.e):
        far = np.log(np.abs(z))
        further = np.log(np.abs(far))
        w = far - further + further / far
    else:
        w = np.log1p(z) * (1.0 - np.log1p(np.log1p(z)) / (2.0 + np.log1p(z)))
    return w


def lambert(z: Scalar, lower: Scalar) -> Scalar:
    """The real W(z), or W_-1(z); NaN where these are complex."""
    value = np.nan
    inside = (z < 0.0) if lower else (z < np.inf)
    if (z > -1.0 / np.e) & inside:
        w = lambert_start(z, lower)
        left = STEPS
        while left > 0:
            step = (w - z * np.exp(-w)) / (1.0 + w)
            w, left = following(w, step, left)
        value = w
    elif (z == np.inf) & (not lower):
        value = np.inf
    elif (z == 0.0) & lower:
        value = -np.inf
    return value


def lambertw(z: Array, k: int = 0, tol: float = 1e-8) -> Array:
    """The real branches of w exp(w) = z (DLMF 4.13)."""
    if k not in (0, -1):
        raise ValueError("lambertw: other branches than 0 and -1 are complex")
    return np.vectorize(lambert, otypes=[float])(z, k == -1)
