"""Data whose rows belong to lanes are transposed once, when they are bound, unless they are large."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from adfun import make_ad_fun
from adfun.native import cpu

TEXT = """
import numpy as np

def objective(beta, few, X, y):
    r = y - X @ beta
    s = X[:, :2] @ few
    return np.sum(r ** 2 * np.exp(-s) + s)
"""
LIMIT = 2**21
"""How many elements are few (ADFUN_FEW)."""


def example(n: int, p: int) -> tuple[dict[str, Any], dict[str, Any]]:
    rng = np.random.default_rng(n + p)
    data = {"X": rng.normal(size=(n, p)), "y": rng.normal(size=n)}
    return data, {"beta": rng.normal(size=p) / p, "few": 0.1 * rng.normal(size=2)}


def expected(data: dict[str, Any], params: dict[str, Any]) -> tuple[float, np.ndarray]:
    X = data["X"]
    r, s = data["y"] - X @ params["beta"], X[:, :2] @ params["few"]
    e = np.exp(-s)
    to_few = X[:, :2].T @ (1.0 - r**2 * e)
    return float(np.sum(r**2 * e + s)), np.concatenate([-2.0 * X.T @ (r * e), to_few])


def assert_right(obj: Any, data: dict[str, Any], params: dict[str, Any]) -> None:
    value, gradient = expected(data, params)
    scale = max(1.0, float(np.max(np.abs(gradient))))
    np.testing.assert_allclose(obj.fn(), value, rtol=1e-12)
    np.testing.assert_allclose(obj.gr(), gradient, rtol=1e-11, atol=1e-11 * scale)


def test_the_text_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    make_ad_fun(TEXT, *example(40, 3), show="cpp")
    text = capsys.readouterr().out
    for name in ("fn", "gr"):
        call = text.partition(f"adfun_call_{name}(")[2].partition("\n}")[0]
        assert re.search(r"\(const adfun_v\d? \*\)state\[", call)
    assert "adfun_few_tiles(ws, 4, " in text.partition("adfun_prepare_fn(")[2].partition("\n}")[0]
    assert len(re.findall(r"if \(!kept\d+\) adfun_ahead\(", text)) == 3  # X @ beta, in gr X.T @ r as well


def test_one_module_for_all_sizes() -> None:
    obj = make_ad_fun(TEXT, *example(40, 3))
    sizes = [(n, p) for n in (2, 7, 8, 33, 64) for p in range(2, 10)]
    for n, p in [*sizes, (LIMIT // 9, 9), (LIMIT // 9 + 1, 9), (0, 4), (1001, 21)]:
        data, params = example(n, p)
        assert_right(obj.with_data(data, params=params), data, params)


LATER = """
import numpy as np

def objective(beta, X, y):
    total = np.sum(np.exp(0.5 * (X @ beta)) * y)
    for t in range({first}, len(X)):
        change = X[t] @ beta - 0.5 * (X[t - 1] @ beta)
        total += np.sin(change) * y[t] + 0.1 * (X[t - {first}] @ beta) ** 2
    return total
"""


@pytest.mark.parametrize("first", [1, 2])
@pytest.mark.parametrize(("n", "p"), [(1, 3), (9, 2), (40, 3), (101, 5), (67, 40)])
def test_loops_that_start_later_read_their_own_rows(n: int, p: int, first: int) -> None:
    """What is kept of a loop over all rows is in other places than the rows of these."""
    text, space = LATER.format(first=first), dict[str, Any]()
    exec(text, space)
    data, params = example(n, p)
    x = params["beta"]
    obj = make_ad_fun(text, data, {"beta": x})
    np.testing.assert_allclose(obj.fn(), space["objective"](x, **data), rtol=1e-12)
    for step, slope in zip(1e-6 * np.eye(p), obj.gr(), strict=True):
        difference = (space["objective"](x + step, **data) - space["objective"](x - step, **data)) / 2e-6
        np.testing.assert_allclose(slope, difference, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("target", ["generic", "x86-64-v2", "x86-64-v3"])
def test_with_shorter_vectors(target: str) -> None:
    if target != "generic" and cpu.lacks(target):
        pytest.skip(f"no {target} here")
    for n, p in ((37, 2), (37, 3), (64, 4), (1001, 7), (LIMIT // 9 + 1, 9)):
        data, params = example(n, p)
        assert_right(make_ad_fun(TEXT, data, params, target=target), data, params)


@pytest.mark.parametrize("n", [5003, LIMIT // 4, LIMIT // 4 + 1])
def test_threads_give_the_same_bits(n: int) -> None:
    data, params = example(n, 4)
    one, two = make_ad_fun(TEXT, data, params), make_ad_fun(TEXT, data, params, threads=2)
    assert_right(one, data, params)
    assert one.fn() == two.fn()
    np.testing.assert_array_equal(one.gr(), two.gr())


def test_slabs_of_two_axes() -> None:
    """Rows that are left over find their elements, whatever the number of vectors of a tile."""
    text = "import numpy as np\ndef f(a, X):\n    return np.sum(np.sum(a * X, axis=(1, 2)) ** 2)\n"
    for n in (3, 8, 17, 70):
        rng = np.random.default_rng(n)
        X, a = rng.normal(size=(n, 3, 5)), rng.normal(size=(3, 5))
        obj = make_ad_fun(text, {"X": X}, {"a": a})
        sums = np.sum(a * X, axis=(1, 2))
        np.testing.assert_allclose(obj.fn(), np.sum(sums**2), rtol=1e-12)
        gradient = np.ravel(2.0 * np.tensordot(sums, X, 1))
        np.testing.assert_allclose(obj.gr(), gradient, rtol=1e-11, atol=1e-11)


def test_a_row_that_is_not_finite_reaches_what_it_belongs_to() -> None:
    data, params = example(21, 5)
    data["X"][20, 4] = np.nan
    with np.errstate(invalid="ignore"):
        obj = make_ad_fun(TEXT, data, params)
        assert np.isnan(obj.fn())
        assert np.all(np.isnan(obj.gr()[:5]))
        np.testing.assert_array_equal(np.isnan(obj.gr()), np.isnan(expected(data, params)[1]))


def test_second_derivatives() -> None:
    data, params = example(101, 3)
    obj = make_ad_fun(TEXT, data, params)
    x, hessian = np.concatenate([params["beta"], params["few"]]), obj.he()
    for k in range(5):
        step = 1e-5 * np.eye(5)[k]
        np.testing.assert_allclose(
            hessian[k], (obj.gr(x + step) - obj.gr(x - step)) / 2e-5, rtol=1e-5, atol=1e-5
        )
        np.testing.assert_allclose(obj.hvp(x, np.eye(5)[k]), hessian[k], rtol=1e-10, atol=1e-10)
