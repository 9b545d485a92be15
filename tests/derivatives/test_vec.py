"""Directions side by side, in registers of several widths: the Hessian equals its products one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import adfun


def switching(theta: Any, y: Any) -> Any:
    level, total = theta[0], 0.0
    for t in range(len(y)):
        if level > theta[1]:
            level = level * theta[2] + np.sin(theta[3] * y[t])
        else:
            level = theta[4] - level * theta[5]
        total += (y[t] - level) ** 2 * theta[6 % len(theta)] ** 2
    return total


@pytest.mark.parametrize("target", ["native", "generic"])
@pytest.mark.parametrize("count", [6, 8, 27])
def test_directions_side_by_side(target: str, count: int) -> None:
    y = np.sin(np.arange(30.0))
    theta = np.resize([0.3, 0.1, 0.8, 1.5, -0.2, 0.7, 1.1, 0.5, 0.4, 0.3, 0.2], count)
    obj = adfun.make_ad_fun(switching, {"y": y}, {"theta": theta}, target=target)
    columns = [obj.hvp(theta, unit) for unit in np.eye(count)]
    np.testing.assert_allclose(obj.he(theta), columns, rtol=1e-12, atol=1e-12)
    assert "adfun_vec " in obj.cpp


def decay(y: Any, a: Any, b: Any, c: Any) -> Any:
    return np.sum((y - a * np.exp(-b[0] * y)) ** 2) + np.sum(np.exp(y * c * b[1])) + a**3 * b[1] + c * b[0]


def growth(y: Any, a: Any, b: Any, c: Any) -> Any:
    residual = y - a * np.exp(-b[0] * y)
    return np.sum(residual**2 * c[1]) + np.sum(np.exp(y * c[0] * b[1])) * c[2] * a


@pytest.mark.parametrize("order", ["abc", "cab", "bca"])
@pytest.mark.parametrize("first", [0.5, [0.5, 0.4, 0.3]], ids=["scalar", "array"])
def test_a_hessian_has_the_order_of_the_dict(order: str, first: Any) -> None:
    """Its module takes the parameters in the order of the arguments."""
    start = {"a": 1.1, "b": [0.5, 0.4], "c": first}
    params = {name: np.array(start[name]) if np.ndim(start[name]) else start[name] for name in order}
    source = decay if np.ndim(first) == 0 else growth
    obj = adfun.make_ad_fun(source, {"y": np.linspace(0, 1, 50)}, params)
    columns = [obj.hvp(obj.par, unit) for unit in np.eye(len(obj.par))]
    np.testing.assert_allclose(obj.he(), columns, rtol=1e-12, atol=1e-12)
    other = {
        name: 2 * np.ones(3) if name == "c" and np.ndim(first) else value for name, value in params.items()
    }
    again = obj.with_data({"y": np.linspace(0, 1, 7)}, other)
    columns = [again.hvp(again.par, unit) for unit in np.eye(len(again.par))]
    np.testing.assert_allclose(again.he(), columns, rtol=1e-12, atol=1e-12)


def spline(z: Any, y: Any, u: Any, log_sd: Any, v: Any) -> Any:
    mean, spread = z @ (np.exp(log_sd) * u), z @ v
    return np.sum(spread + 0.5 * (y - mean) ** 2 * np.exp(-2 * spread)) + 0.5 * (u @ u + v @ v)


@pytest.mark.parametrize("count", [2, 4, 7, 30])
def test_rows_are_added_up_together(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four rows at a time, and the rest one by one, in sums over columns with a direction in every lane."""
    monkeypatch.setattr("adfun.compile.LONGEST", 0)  # directions as vectors, however long the other form is
    rng = np.random.default_rng(5)
    data = {"z": 0.3 * rng.normal(size=(count, 13)), "y": rng.normal(size=count)}
    params = {"u": rng.normal(size=13), "log_sd": 0.2, "v": 0.2 * rng.normal(size=13)}
    obj = adfun.make_ad_fun(spline, data, params, cache=False)
    columns = [obj.hvp(obj.par, unit) for unit in np.eye(27)]  # (of so many the shapes are not known)
    np.testing.assert_allclose(obj.he(), columns, rtol=1e-11, atol=1e-12)
    text = obj.cpp
    together = [line for line in text.splitlines() if "+ 4 <= " in line and "+= 4)" in line]
    assert together
    assert "adfun_vec " in text
