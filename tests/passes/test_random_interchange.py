"""Random loops along parameters around whole arrays, beside NumPy."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from adfun import make_ad_fun

PROGRAMS = 24
LEAVES = ["X[:, k]", "y", "s", "t", "b[k]", "a", "0.3 * k", "np.exp(b[k])", "X[:, k] * b[k]", "w"]
FORMS = ["({0} + {1})", "({0} * {1})", "np.tanh({0})", "({0} - 0.5 * {1})", "np.where(y > 0.1 * k, {0}, {1})"]
ADDED = ["X[i, k] * b[k]", "np.exp(a * b[k]) * y[i]", "u[i] * b[k]"]
FACTORS = ["0.5 * ", "a * ", "-", ""]


def expression(r: random.Random, depth: int) -> str:
    """A number for every observation."""
    if depth == 0:
        return r.choice(
            ["X[:, k]", "y", "s", "t", "b[k]", "a", "0.3 * k", "np.exp(b[k])", "X[:, k] * b[k]", "w"]
        )
    first, second = expression(r, depth - 1), expression(r, depth - 1)
    form = r.choice(
        ["({0} + {1})", "({0} * {1})", "np.tanh({0})", "({0} - 0.5 * {1})", "np.where(y > 0.1 * k, {0}, {1})"]
    )
    return form.format(first, second)


def statement(r: random.Random) -> str:
    value = expression(r, r.randint(0, 2))
    kinds = [
        f"s = s + np.tanh({value})",  # (bounded: errors do not grow)
        f"t = np.tanh({value}) + 0.1 * t",
        f"s = np.sin(s) * np.cos({value})",
        f"z[:, k] = {value} + 0.0 * y",
        f"total += {r.choice(FACTORS)}np.sum(np.sin({value}) + 0.0 * y)",
        "penalty += np.abs(b[k])",
        "w = b[k] * a",
        f"for i in range(len(y)):\n            u[i] += {r.choice(ADDED)}",
    ]
    return r.choice(kinds)


def program(seed: int) -> str:
    r = random.Random(seed)
    end = r.choice(["len(b)", "X.shape[1]", "len(b) - 1"])
    body = "\n        ".join(statement(r) for _ in range(r.randint(1, 4)))
    return f"""
import numpy as np

def objective(a, b, X, y):
    s, t, u, z = np.zeros(len(y)), y * a, np.zeros(len(y)), np.zeros((len(y), X.shape[1]))
    total, penalty, w = 0.0, 0.0, a
    for k in range({end}):
        {body}
    rest = np.sum(np.sin(s) + t**2 + np.cos(u)) + np.sum(np.tanh(np.sum(z, axis=1)))
    return total + a * penalty + rest + w
"""


def evaluated(text: str, **arguments: Any) -> float:
    names: dict[str, Any] = {}
    exec(text, names)
    return float(names["objective"](**arguments))


@pytest.mark.parametrize("seed", range(PROGRAMS))
def test_values_and_derivatives(seed: int) -> None:
    text = program(seed)
    rng = np.random.default_rng(seed)
    for n, p in ((2, 2), (19, 3), (9, 10)):
        data = {"X": rng.normal(size=(n, p)), "y": rng.normal(size=n)}
        params = {"a": 0.4, "b": 0.5 * rng.normal(size=p)}
        obj = make_ad_fun(text, data, params)
        expected = evaluated(text, **params, **data)
        np.testing.assert_allclose(obj.fn(), expected, rtol=1e-11, atol=1e-11, err_msg=text)
        steps = 1e-6 * np.eye(p + 1)
        slopes = np.array([(obj.fn(obj.par + s) - obj.fn(obj.par - s)) / 2e-6 for s in steps])
        scale = max(1.0, float(np.max(np.abs(slopes))))
        np.testing.assert_allclose(obj.gr(), slopes, rtol=1e-5, atol=1e-6 * scale, err_msg=text)
        if n == 19:
            slopes = np.array([(obj.gr(obj.par + s) - obj.gr(obj.par - s)) / 2e-6 for s in steps])
            scale = max(1.0, float(np.max(np.abs(slopes))))
            np.testing.assert_allclose(obj.he(), slopes, rtol=1e-4, atol=1e-6 * scale, err_msg=text)
