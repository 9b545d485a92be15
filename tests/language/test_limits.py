"""Numbers, sizes and arguments at their limits: what NumPy or Python refuses is no number here either."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from adfun import CompileError
from adfun.ir.interpret import run
from adfun.ir.nodes import Check, For
from adfun.ir.walk import walk
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


def source(expression: str) -> str:
    return f"{HEAD}def objective(a, v, k, i, e, y, m):\n    return np.sum({expression}) + 0 * a\n"


def value(expression: str) -> float:
    made = built(source(expression), DATA, PARAMS)
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
    ("np.quantile(v[v > a * 9], 0.5)", IndexError),
    ("np.quantile(v[:0], 0.5)", IndexError),
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


TOO_LARGE = (
    "np.ones(k * 10**12)",
    "np.ones((k * 10**6, k * 10**6)) * a",
    "np.zeros((len(y) * 10**12, 2))",
    "np.eye(k * 10**6)",
    "np.arange(k * 10**11)",
    "np.arange(a * 1e12)",
    "np.linspace(0, a, k * 10**11)",
    "np.repeat(v, k * 10**11)",
    "np.tile(v, (k * 10**6, k * 10**6))",
    "np.pad(v, k * 10**11)",
    "np.vander(v, k * 10**11)",
    "np.broadcast_to(v, (k * 10**6, k * 10**6, 3))",
    "np.arange(k * 10**6)[:, None] * np.arange(k * 10**6)",
    "np.outer(np.ones(k * 10**6), np.ones(k * 10**6))",
    "np.meshgrid(np.ones(k * 10**6), np.ones(k * 10**6))[0]",
    "np.kron(np.ones(k * 10**6), np.ones(k * 10**6))",
)


@pytest.mark.parametrize("expression", TOO_LARGE)
def test_larger_than_memory(expression: str) -> None:
    with pytest.raises(MemoryError, match="unable to allocate an array"):
        value(expression)


@pytest.mark.parametrize("expression", TOO_LARGE)
def test_larger_than_memory_when_sizes_are_known(expression: str) -> None:
    known = re.sub(r"\bk\b|\blen\(y\)", "3", re.sub(r"\ba\b", "2.0", expression))
    with pytest.raises((CompileError, MemoryError), match=r"too large|unable to allocate|MemoryError"):
        value(known)


OWN_SIZES = (
    "np.ones((len(y), len(y), len(y), len(y)))",
    "np.eye(len(y) + 1)",
    "y[:, None] * y * a",
    "np.outer(m, m)",
    "np.repeat(v, 2)",
    "[np.sum(np.arange(j + 1)) for j in range(len(y))]",
    "np.tile(y, 3)",
    "np.linspace(0, a, 2 * len(y) - 1)",
)


@pytest.mark.parametrize("expression", OWN_SIZES)
def test_sizes_of_arguments_cost_no_check(expression: str) -> None:
    made = built(source(expression), DATA, PARAMS)
    checks = [s for s in walk(made.function.body.stmts) if isinstance(s, Check)]
    assert not [s for s in checks if s.error.kind == "MemoryError"]


def test_a_long_known_range_is_a_loop() -> None:
    made = built(source("sum(z * a for z in range(10**9))"), DATA, PARAMS)
    assert any(isinstance(s, For) for s in made.function.body.stmts)


RIGHT = (
    ("np.zeros((0, 10**12)) * a", 0.0),
    ("v[::10**30]", 0.5),
    ("v[::-(10**30)]", 2.5),
    ("np.array([1.0] * 10**5 + [a])", 100002.0),
    ("np.array([a] * 10**5)", 200000.0),
    ("np.median(e)", np.nan),
    ("np.median(v[v > a * 9])", np.nan),
    ("np.median(m[:0] * a, axis=1)", 0.0),
    ("np.nanmedian(m[:0] * a, axis=0)", np.nan),
    ("np.nanquantile(v[v > a * 9], 0.5)", np.nan),
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
