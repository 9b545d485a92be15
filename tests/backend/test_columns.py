"""Columns of short rows that are named one by one, and Hessians that add to many sums."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from adfun import make_ad_fun
from adfun.binding import describe, describe_param
from adfun.compile import compile, evaluate
from adfun.frontend.origin import read
from adfun.native import cpu


def few(b, X, y):
    r = y - b[0] * X[:, 0] - b[1] * X[:, 2]
    return np.sum(r**2)


def sparse(b, X, y):
    """One column in five: transposing all would read much for nothing."""
    r = y - b[0] * X[:, 0] - b[1] * X[:, 9]
    return np.sum(r**2)


def coordinates(b, X, y):
    near = np.zeros(len(y))
    for i in range(len(y)):
        if y[i] > 0.0:
            near[i] = (X[i, 0] - b[0]) ** 2 + (X[i, 1] - b[1]) ** 2
    return np.sum(np.exp(-near))


def poisson(b, X, y):
    eta = X @ b
    return np.sum(np.exp(eta) - y * eta)


def logistic(b, X, y):
    eta = X @ b
    return np.sum(np.log1p(np.exp(eta)) - (y > 0.0) * eta)


def normal(b, X, y):
    r = (y - X[:, 1:] @ b[1:]) * np.exp(-b[0])
    return 0.5 * np.sum(r**2) + len(y) * b[0]


def example(n: int, p: int, columns: int) -> tuple[dict[str, Any], dict[str, Any]]:
    rng = np.random.default_rng(n + p)
    X = rng.normal(size=(n, columns)) / np.sqrt(p)
    return {"X": X, "y": rng.normal(size=n)}, {"b": 0.3 * rng.normal(size=p)}


@pytest.mark.parametrize(("objective", "columns"), [(few, 3), (sparse, 10), (coordinates, 2)])
def test_values_and_gradients(objective: Any, columns: int) -> None:
    obj = make_ad_fun(objective, *example(40, 2, columns))
    for n in (0, 2, 7, 8, 9, 33, 64, 1001):
        data, _ = example(n, 2, columns)
        at = obj.with_data(data)
        np.testing.assert_allclose(at.fn(), objective(at.par, **data), rtol=1e-12)
        steps = 1e-6 * np.eye(2)
        slopes = [(at.fn(at.par + s) - at.fn(at.par - s)) / 2e-6 for s in steps]
        np.testing.assert_allclose(at.gr(), slopes, rtol=1e-6, atol=1e-6)


def test_columns_are_transposed_where_they_are_most_of_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    for objective, columns, expected in ((few, 3, True), (sparse, 10, False)):
        make_ad_fun(objective, *example(40, 2, columns), show="cpp")
        text = capsys.readouterr().out
        assert ("adfun_few_tiles" in text) == expected
        assert ("adfun_strided(" in text) != expected


@pytest.mark.parametrize("objective", [poisson, logistic, normal])
@pytest.mark.parametrize("p", [7, 10, 13, 20])
def test_hessians_of_linear_predictors(objective: Any, p: int) -> None:
    obj = make_ad_fun(objective, *example(40, p, p))
    for n in (0, 2, 15, 16, 17, 40, 1001):
        data, _ = example(n, p, p)
        at = obj.with_data(data)
        steps = 1e-6 * np.eye(p)
        slopes = np.array([(at.gr(at.par + s) - at.gr(at.par - s)) / 2e-6 for s in steps])
        scale = max(1.0, float(np.max(np.abs(slopes))))
        np.testing.assert_allclose(at.he(), slopes, rtol=1e-6, atol=1e-7 * scale)


def test_many_sums_get_two_vectors_at_a_time() -> None:
    data, params = example(40, 10, 10)
    kinds = {name: describe(name, value) for name, value in data.items()}
    starts = {name: describe_param(name, value) for name, value in params.items()}
    built = evaluate(read(poisson), kinds, starts, {"b": (10,)})
    text = compile("he", built.function, {"b": (10,)}).text
    assert re.search(r"adfun_v2 t\d+ = adfun_exp|adfun_v2 t\d+ = \{adfun_exp", text)
    assert len(re.findall(r"adfun_v s\d+ = ", text)) == 55  # the sums of one triangle, a vector each


def own_rows(U, y):
    total = 0.0
    for i in range(len(y)):
        if y[i] > 0.0:
            total += np.exp(U[i, 0]) * U[i, 2]
        else:
            total += U[i, 1] ** 2 * y[i]
        for j in range(U.shape[1]):
            total += 0.1 * U[i, j] ** 2 * y[i]
    return total


def neighbouring_rows(U, y):
    steps = U[1:] - 0.5 * U[:-1] ** 2
    return np.sum(steps**2) + np.sum((y - U[:, 0] * U[:, 1]) ** 2)


@pytest.mark.parametrize("target", ["native", "x86-64-v3", "generic"])
@pytest.mark.parametrize("objective", [own_rows, neighbouring_rows])
@pytest.mark.parametrize("columns", [3, 4, 7])
def test_sums_into_rows_of_parameters(objective: Any, columns: int, target: str) -> None:
    if target == "x86-64-v3" and cpu.lacks(target):
        pytest.skip("no such processor")
    rng = np.random.default_rng(columns)
    for n in (2, 9, 33, 70):
        y, U = rng.normal(size=n), 0.3 * rng.normal(size=(n, columns))
        obj = make_ad_fun(objective, {"y": y}, {"U": U}, target=target)
        np.testing.assert_allclose(obj.fn(), objective(U, y), rtol=1e-12)
        steps = 1e-6 * np.eye(U.size)
        slopes = [(obj.fn(obj.par + s) - obj.fn(obj.par - s)) / 2e-6 for s in steps]
        np.testing.assert_allclose(obj.gr(), slopes, rtol=1e-6, atol=1e-7)


def test_they_are_collected_column_by_column(capsys: pytest.CaptureFixture[str]) -> None:
    make_ad_fun(own_rows, {"y": np.ones(9)}, {"U": np.ones((9, 3))}, show="cpp")
    text = capsys.readouterr().out
    assert "adfun_add_rows" in text and "adfun_scatter_add" not in text


def sums_before_a_loop(a, b, X, y):
    """Many sums of a Hessian, after which a loop inside follows."""
    s, t, z = np.zeros(len(y)), y * a, np.zeros((len(y), X.shape[1]))
    total = 0.0
    for k in range(len(b)):
        z[:, k] = np.tanh(b[k] - 0.5 * np.exp(b[k])) + 0.0 * y
        t = np.tanh(np.exp(b[k])) + 0.1 * t
        total += 0.5 * np.sum(np.sin(np.tanh(a) * np.where(y > 0.1 * k, 0.3 * k, b[k])) + 0.0 * y)
        s = s + (np.exp(b[k]) + a)
    return total + np.sum(np.sin(s) + t**2) + np.sum(np.tanh(np.sum(z, axis=1)))


@pytest.mark.parametrize("n", [15, 16, 17, 19, 33])
def test_no_sum_takes_in_lanes_that_are_left_out(n: int) -> None:
    data, params = example(n, 3, 3)
    obj = make_ad_fun(sums_before_a_loop, data, {"a": 0.4, **params})
    steps = 1e-6 * np.eye(4)
    slopes = np.array([(obj.gr(obj.par + s) - obj.gr(obj.par - s)) / 2e-6 for s in steps])
    np.testing.assert_allclose(obj.he(), slopes, rtol=1e-6, atol=1e-7 * np.max(np.abs(slopes)))
