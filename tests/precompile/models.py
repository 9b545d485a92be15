"""Objectives to precompile: types in annotations, a hidden input, a run-time error, LAPACK."""

# ruff: noqa: F821
from __future__ import annotations

import numpy as np
from numpy import float64, int64

SCALE = 0.5


def growth(rate: float64, level: float64[k], t: float64[n], y: float64[n], group: int64[n]):
    curve = level[group] * np.exp(-np.exp(rate) * t)
    return SCALE * np.sum((y - curve) ** 2)


def blocks(mean: float64[k], y: float64[n], group: int64[n]):
    present = np.unique(group)
    return sum((mean[k] - y[k]) ** 2 for k in range(len(present)))


def power(a: float64, n: int64):
    return np.sum(np.full((3,) * n, a) ** 2)


def whitened(log_s: float64, y: float64[n], K: float64[n, n]):
    w, V = np.linalg.eigh(K + np.exp(log_s) * np.eye(len(y)))
    z = V.T @ y / np.sqrt(w)
    return 0.5 * z @ z + 0.5 * np.sum(np.log(w))
