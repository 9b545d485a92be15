"""Weights approach a level exponentially; the annotations are what is precompiled for."""

from __future__ import annotations

import numpy as np
from numpy import float64


def misfit(log_rate: float64, level: float64[2], t: float64[n], weight: float64[n]):  # noqa: F821
    curve = level[0] + level[1] * np.exp(-np.exp(log_rate) * t)
    return 0.5 * np.sum((weight - curve) ** 2)
