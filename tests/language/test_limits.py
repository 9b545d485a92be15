"""Numbers, sizes and arguments at their limits: what NumPy or Python refuses is no number here either."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adfun import CompileError
from adfun.ir.interpret import run
from tests.fuzz.layers import built

DATA: dict[str, Any] = {
    "k": 3,
    "i": np.array([0, 2, 1]),
    "e": np.zeros(0),
    "y": np.arange(3.0),
    "m": np.eye(3),
}
PARAMS: dict[str, Any] = {"a": 2.0, "v": np.array([0.5, 1.5, 2.5])}
HEAD = "import math\nimport numpy as np\n"


def value(expression: str) -> float:
    source = f"{HEAD}def objective(a, v, k, i, e, y, m):\n    return np.sum({expression}) + 0 * a\n"
    made = built(source, DATA, PARAMS)
    return float(run(made.function, made.inputs).values[0])


RAISED = (
    ("int(a * np.nan)", ValueError),
    ("int(a * np.inf)", OverflowError),
    ("int(a * 1e19)", OverflowError),
    ("round(-a * 1e300)", OverflowError),
    ("math.floor(a * 1e300)", OverflowError),
    ("math.trunc(a * np.nan)", ValueError),
    ("(k - 3) ** -1", ZeroDivisionError),
    ("0 ** -k", ZeroDivisionError),
    ("k << -k", ValueError),
    ("k >> -k", ValueError),
    ("math.comb(k, -k)", ValueError),
    ("math.isclose(a, 1, rel_tol=-a)", ValueError),
    ("math.isqrt(-k)", ValueError),
    ("np.quantile(v, a)", ValueError),
    ("np.percentile(v, -a)", ValueError),
    ("np.choose(i, [v, v])", ValueError),
    ("np.interp(a, v, y[:2])", ValueError),
    ("np.insert(v, k + 1, a)", IndexError),
)


@pytest.mark.parametrize(("expression", "kind"), RAISED, ids=[e for e, _ in RAISED])
def test_raised(expression: str, kind: type[Exception]) -> None:
    with pytest.raises((kind, CompileError)):
        value(expression)


REFUSED = (
    "math.factorial(a)",
    "math.dist([a], [1, 2])",
    "np.zeros(True)",
    "np.reshape(e, (0, -1))",
    "v.reshape()",
    "[2**62, 2**61][int(a)] * k",
    "v.reshape(3, 1, order='Q')",
    "np.moveaxis(m, (0, 0), (1, 0))",
    "np.expand_dims(v, (0, 0))",
    "np.einsum('i->ii', v)",
    "np.sum(m, axis=[0])",
    "np.sum(v, dtype=bool)",
    "np.cumsum(v, dtype=bool)",
    "np.mean(y, dtype='nonsense')",
    "np.mean(v, dtype=bool)",
    "np.diff(v, n=-1)",
    "np.split(v, 0)",
    "np.array_split(v, -1)",
)


@pytest.mark.parametrize("expression", REFUSED)
def test_refused(expression: str) -> None:
    with pytest.raises(CompileError):
        value(expression)


RIGHT = (
    ("(-k) >> 64", -1.0),
    ("k >> 64", 0.0),
    ("np.reciprocal(k - 3)", -(2.0**63)),
    ("(-k) >> 1", -2.0),
    ("len([a] * (k - 10))", 0.0),
    ("[a] * (k - 1)", 4.0),
    ("math.modf(a * np.inf)[0]", 0.0),
    ("math.log(a, 0)", np.nan),
    ("int(a * 1e15)", 2e15),
    ("int(-a - 0.5)", -2.0),
    ("np.quantile(v, [0.0, 1.0])", 3.0),
    ("np.choose(i, [v, y, v])", 4.0),
)


@pytest.mark.parametrize(("expression", "expected"), RIGHT, ids=[e for e, _ in RIGHT])
def test_right(expression: str, expected: float) -> None:
    assert value(expression) == pytest.approx(expected, nan_ok=True)
