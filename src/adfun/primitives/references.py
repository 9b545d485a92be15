"""What NumPy has no function for: the meaning of primitives of `arithmetic.py`, on arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def mul0(a: Any, p: Any) -> Any:
    with np.errstate(all="ignore"):
        return np.where(np.equal(a, 0.0), 0.0, np.multiply(a, p))


def powi(x: Any, n: Any) -> Any:
    with np.errstate(all="ignore"):
        return np.power(x, np.asarray(n, dtype=float))


def guarded(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Integer division that gives 0 for a zero divisor."""

    def guarded(x: Any, y: Any) -> Any:
        safe = np.where(np.equal(y, 0), 1, y)
        return np.where(np.equal(y, 0), 0, function(x, safe))

    return guarded


def ipow(x: Any, n: Any) -> Any:
    return np.where(np.less(n, 0), 0, np.power(x, np.maximum(n, 0)))


def f2i(x: Any) -> Any:
    limit = 2.0**63
    with np.errstate(all="ignore"):
        small = np.less(np.absolute(x), limit)
        return np.where(small, np.trunc(np.where(small, x, 0.0)), 0.0).astype(np.int64)


def i2f(x: Any) -> Any:
    return np.asarray(x).astype(np.float64)[()]


def b2i(x: Any) -> Any:
    return np.asarray(x).astype(np.int64)[()]


def vpermute(v: Any, order: Any) -> Any:
    return np.asarray(v)[[int(order) >> 3 * k & 7 for k in range(np.shape(v)[-1])]]


def vput(v: Any, lane: Any, x: Any) -> Any:
    changed = np.array(v, dtype=float)
    changed[lane] = x
    return changed
