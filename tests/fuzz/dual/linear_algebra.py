"""Rules of matrix functions: first-order perturbation formulas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.fuzz.dual.number import FUNCTIONS, UFUNCS, WATCH, Dual, Floats, Unsupported, lift, linear


def _lanes(x: Dual) -> list[Floats]:
    return [x.t[..., k] for k in range(WATCH.lanes)]


def _made(v: Any, lanes: list[Any]) -> Dual:
    t = np.stack(lanes, -1) if lanes else np.zeros((*np.shape(v), 0))
    return WATCH.saw(Dual(v, np.asarray(t, np.float64)))


def _inv(a: Any, **options: Any) -> Dual:
    a = lift(a)
    inverse = np.linalg.inv(a.v)
    return _made(inverse, [-inverse @ d @ inverse for d in _lanes(a)])


def _solve(a: Any, b: Any, **options: Any) -> Dual:
    a, b = lift(a), lift(b)
    if a.ndim != 2:
        raise Unsupported("stacked solve")
    x = np.linalg.solve(a.v, b.v)
    pairs = zip(_lanes(a), _lanes(b), strict=True)
    return _made(x, [np.linalg.solve(a.v, db - da @ x) for da, db in pairs])


def _cholesky(a: Any, upper: bool = False, lower: bool = True, **options: Any) -> Dual:
    a = lift(a)
    factor = np.linalg.cholesky(a.v)
    inverse = np.linalg.inv(factor)
    halved = np.tri(len(a)) - 0.5 * np.eye(len(a))
    lanes = []
    for d in _lanes(a):
        symmetric = np.tril(d) + np.tril(d, -1).T
        lanes.append(factor @ (halved * (inverse @ symmetric @ inverse.T)))
    made = _made(factor, lanes)
    return FUNCTIONS["transpose"](made) if upper or not lower else made


def _scipy_cholesky(a: Any, lower: bool = False, **options: Any) -> Dual:
    a = lift(a)
    mirrored = a if lower else FUNCTIONS["transpose"](a)
    return _cholesky(mirrored, lower=lower)


def _det(a: Any) -> Dual:
    a = lift(a)
    det, inverse = np.linalg.det(a.v), np.linalg.inv(a.v)
    return _made(det, [det * np.trace(inverse @ d, axis1=-2, axis2=-1) for d in _lanes(a)])


def _slogdet(a: Any) -> Any:
    a = lift(a)
    sign, logdet = np.linalg.slogdet(a.v)
    inverse = np.linalg.inv(a.v)
    return np.linalg._linalg.SlogdetResult(
        sign, _made(logdet, [np.trace(inverse @ d, axis1=-2, axis2=-1) for d in _lanes(a)])
    )


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    x = lift(x)
    if x.ndim > 1 and axis is None:
        if ord not in (None, "fro"):
            raise Unsupported("matrix norm")
    elif ord not in (None, 1, 2, np.inf):
        raise Unsupported("norm")
    size = UFUNCS["absolute"](x) if ord in (1, np.inf) else x
    if ord == 1:
        return FUNCTIONS["sum"](size, axis=axis, keepdims=keepdims)
    if ord == np.inf:
        return FUNCTIONS["max"](size, axis=axis, keepdims=keepdims)
    return UFUNCS["sqrt"](FUNCTIONS["sum"](x * x, axis=axis, keepdims=keepdims))


def _solve_triangular(
    a: Any, b: Any, trans: Any = 0, lower: bool = False, unit_diagonal: bool = False, **options: Any
) -> Dual:
    a = linear(np.tril if lower else np.triu, a)
    if unit_diagonal:
        raise Unsupported("unit_diagonal")
    return _solve(FUNCTIONS["transpose"](a) if trans in (1, "T") else a, b)


def _cho_factor(a: Any, lower: bool = False, **options: Any) -> Any:
    return _scipy_cholesky(a, lower=lower), lower


def _cho_solve(factor: Any, b: Any, **options: Any) -> Dual:
    c, lower = factor
    t = FUNCTIONS["transpose"](c)
    a = UFUNCS["matmul"](c, t) if lower else UFUNCS["matmul"](t, c)
    return _solve(a, b)


def _matrix_power(a: Any, n: int) -> Any:
    result: Any = np.eye(len(a))
    for _ in range(n):
        result = UFUNCS["matmul"](result, a)
    return result


RULES: dict[str, dict[str, Callable[..., Any]]] = {
    "numpy.linalg": {
        "inv": _inv,
        "solve": _solve,
        "cholesky": _cholesky,
        "det": _det,
        "slogdet": _slogdet,
        "norm": _norm,
        "matrix_power": _matrix_power,
    },
    "scipy.linalg": {
        "inv": _inv,
        "solve": _solve,
        "cholesky": _scipy_cholesky,
        "det": _det,
        "norm": _norm,
        "solve_triangular": _solve_triangular,
        "cho_factor": _cho_factor,
        "cho_solve": _cho_solve,
    },
}
"""By module: the two libraries use some names for different functions."""
