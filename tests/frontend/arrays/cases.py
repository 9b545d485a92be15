"""Arrays that the cases share, and how a case is written."""

from __future__ import annotations

from typing import Any

import numpy as np

RNG = np.random.default_rng(20)
X = RNG.normal(size=5)
Y = RNG.normal(size=5)
M = RNG.normal(size=(5, 3))
N = RNG.normal(size=(3, 4))
T = RNG.normal(size=(4, 5, 3))
ROW = RNG.normal(size=(1, 3))
K = np.array([3, -1, 0, 3])
IDX = np.array([3, 1, 0, 3, 2])
MASK = X > 0
POS = np.abs(X) + 0.5
BIG = RNG.normal(size=40)
WIDE = RNG.normal(size=(20, 30))
NAN = np.where(np.arange(15).reshape(5, 3) % 7 == 2, np.nan, M)
EMPTY = np.zeros(0)
SPD = WIDE @ WIDE.T + np.eye(20)
SPD2, SPD3 = SPD[:2, :2].copy(), SPD[:3, :3].copy()
SQ = RNG.normal(size=(6, 6))
SQ2, SQ3 = SQ[:2, :2].copy(), SQ[:3, :3].copy()


class Call:
    """One call of a library function: its dotted name, arguments and keywords."""

    def __init__(self, name: str, *args: Any, **kwargs: Any) -> None:
        self.name, self.args, self.kwargs = name, args, kwargs

    def __repr__(self) -> str:
        parts = [_short(a) for a in self.args] + [f"{k}={_short(v)}" for k, v in self.kwargs.items()]
        return f"{self.name}({', '.join(parts)})"


def _short(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype.kind}{list(value.shape)}"
    if isinstance(value, (tuple, list)):
        return "[" + ",".join(_short(v) for v in value) + "]"
    return str(getattr(value, "value", value))
