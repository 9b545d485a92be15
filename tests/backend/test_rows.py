"""Linear predictors of many columns, whose rows are read as they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adfun import make_ad_fun

TEXT = """
import numpy as np

def objective(beta, gamma, X, y, w):
    eta = X @ beta
    {scale}
    return np.sum(np.where(w > 0.0, w * (y - eta) ** 2 * np.exp(-scale) + scale, 0.0))
"""
KINDS = {
    "one": "scale = 0.25 * gamma[0]",
    "two": "scale = X @ gamma",
    "elsewhere": "scale = 0.25 * gamma[0] * X[:, 1]",
}


def example(n: int, p: int) -> tuple[dict[str, Any], dict[str, Any]]:
    rng = np.random.default_rng(n + p)
    data = {"X": rng.normal(size=(n, p)), "y": rng.normal(size=n), "w": rng.random(n)}
    return data, {"beta": rng.normal(size=p) / p, "gamma": rng.normal(size=p) / p}


def expected(kind: str, data: dict[str, Any], params: dict[str, Any]) -> tuple[float, np.ndarray]:
    X, beta, gamma = data["X"], params["beta"], params["gamma"]
    scale = {
        "one": np.full(len(X), 0.25 * gamma[0]),
        "two": X @ gamma,
        "elsewhere": 0.25 * gamma[0] * X[:, 1],
    }[kind]
    r, e = data["y"] - X @ beta, np.exp(-scale)
    by_scale = 1.0 - data["w"] * r**2 * e
    to_gamma = np.zeros(len(gamma))
    if kind == "two":
        to_gamma = X.T @ by_scale
    else:
        to_gamma[0] = 0.25 * np.sum(by_scale * (X[:, 1] if kind == "elsewhere" else 1.0))
    value = np.sum(data["w"] * r**2 * e + scale)
    return float(value), np.concatenate([-2.0 * X.T @ (data["w"] * r * e), to_gamma])


@pytest.mark.parametrize("kind", KINDS)
def test_short_and_long_rows(kind: str) -> None:
    """One module for all sizes: below and above the length from which on there is no tile."""
    text = TEXT.format(scale=KINDS[kind])
    obj = make_ad_fun(text, *example(40, 3))
    for n, p in [(53, 31), (53, 32), (64, 40), (7, 50), (100, 101)]:
        data, params = example(n, p)
        obj = obj.with_data(data, params=params)
        value, gradient = expected(kind, data, params)
        np.testing.assert_allclose(obj.fn(), value, rtol=1e-12)
        np.testing.assert_allclose(obj.gr(), gradient, rtol=1e-11, atol=1e-11)


def test_rows_without_weight_may_hold_anything() -> None:
    """A zero adjoint stays zero."""
    data, params = example(48, 36)
    data["w"][[3, 17]] = 0.0
    kept = {name: np.delete(value, [3, 17], axis=0) for name, value in data.items()}
    data["X"][3, 5], data["X"][17, 35] = np.inf, np.nan
    text = TEXT.format(scale=KINDS["one"])
    with np.errstate(invalid="ignore"):
        obj = make_ad_fun(text, data, params)
    value, gradient = expected("one", kept, params)
    np.testing.assert_allclose(obj.fn(), value, rtol=1e-12)
    np.testing.assert_allclose(obj.gr(), gradient, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("kind", ["one", "two"])
def test_which_loops_do_without_tiles(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    make_ad_fun(TEXT.format(scale=KINDS[kind]), *example(40, 3), show="cpp")
    text = capsys.readouterr().out
    assert text.count("adfun_rows_dot") > 1 and "adfun_rows_add" in text
