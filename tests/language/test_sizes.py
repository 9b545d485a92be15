"""Slices and broadcasting with other data: the lengths, and which axes are repeated, are NumPy's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import adfun
from tests.language.outcome import agree, by_python, compiled

EXPRESSIONS = (
    "np.sum(x[:3] * p)",
    "np.sum(x[-5:] * p[-2:].sum())",
    "np.sum(x[2:10]) * p[0]",
    "np.sum(x[:3] * y[:3]) + p[0]",
    "np.sum(x[1:] * y) * p[0]",
    "np.sum(x[1:] + y[:, None]) * p[0]",
    "np.sum(x[:k] * y) * p[0]",
    "np.sum(x[::-1][:4]) * p[0]",
    "np.sum(np.zeros(k) + x[1:] + p[0])",
    "np.sum(p[:2] * x[3:])",
    "np.ndim(np.squeeze(x[1:])) * p[0]",
    "x[1:][:3].shape[0] * p[0]",
)
P, X, Y = np.array([0.5, 0.7, 0.9]), np.linspace(-1.0, 2.0, 8), np.cos(np.arange(8.0))


@pytest.mark.parametrize("expression", EXPRESSIONS)
@pytest.mark.parametrize("lengths", [(7, 7), (2, 5)])
def test_lengths_are_those_of_numpy(expression: str, lengths: tuple[int, int]) -> None:
    source = f"import numpy as np\ndef objective(p, x, y, k):\n    return {expression}"
    names: dict[str, Any] = {}
    exec(source, names)
    try:
        objective = adfun.make_ad_fun(source, {"x": X[: lengths[0]], "y": Y[: lengths[1]], "k": 2}, {"p": P})
    except (ValueError, adfun.CompileError):
        arguments = {"p": P, "x": X[: lengths[0]], "y": Y[: lengths[1]], "k": 2}
        assert by_python(names["objective"], arguments) == "ValueError"
        return
    for n, m in ((7, 7), (3, 3), (4, 3), (2, 5), (0, 0), (2, 2), (0, 2), (2, 0)):
        for k, size in ((2, 3), (1, 3), (0, 2)):
            data = {"x": X[:n], "y": Y[:m], "k": k}
            expected = by_python(names["objective"], {"p": P[:size], **data})
            for found in compiled(objective, data, {"p": P[:size]}):
                found = "ValueError" if found == "CompileError" else found
                assert agree(expected, found), (n, m, k, size, expected, found)


def test_variants_are_kept() -> None:
    """Data that contradict what the module assumes get a module of their own, once."""
    source = "import numpy as np\ndef objective(p, x):\n    return np.sum(x[:3]) * p"
    objective = adfun.make_ad_fun(source, {"x": X}, {"p": 1.0})
    short = objective.with_data({"x": X[:2]})
    assert short.fn() == X[:2].sum()
    assert objective.with_data({"x": X[1:3]})._parts is short._parts
    assert short.with_data({"x": X[1:]})._parts is objective._parts


def test_length_found_in_a_loop_is_not_repeated_silently() -> None:
    source = """
import numpy as np
def objective(p, x, y):
    s = 0.0
    for i in range(1, len(x)):
        s += np.sum(x[:i] * y) * p
    return s
"""
    with pytest.raises(ValueError, match="not repeated"):
        adfun.make_ad_fun(source, {"x": X[:5], "y": Y[:4]}, {"p": 1.0})


def test_a_hessian_for_known_shapes_does_not_hide_what_the_gradient_assumes() -> None:
    source = """
import numpy as np
from functools import reduce
def objective(h, y):
    parts = [np.eye(2) * h[k] if k else np.array([[0.0, h[0]], [h[0], 1.0]]) for k in range(len(h))]
    return np.sum(reduce(np.kron, parts) ** 2) * np.sum(np.cumsum(y)) + h[0] * len(y)
"""
    names: dict[str, Any] = {}
    exec(source, names)
    h = np.array([0.3, -0.5])
    obj = adfun.make_ad_fun(source, {"y": Y}, {"h": h}, cache=False)
    for he in (obj.he(), obj.with_data({"y": Y[:3]}).he()):
        np.testing.assert_array_equal(he, he.T)
    for length in (3, 8, 5):
        other = obj.with_data({"y": Y[:length]})
        assert other.fn() == pytest.approx(names["objective"](h, Y[:length]), rel=1e-13)
        columns = [other.hvp(h, unit) for unit in np.eye(2)]
        np.testing.assert_allclose(other.he(), columns, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("start", [(6, 6), (6, 4)])
def test_rows_that_an_arange_picks(start: tuple[int, int]) -> None:
    """As many picks as rows are taken for all rows; other data have fewer, or too many."""
    source = """
import numpy as np

def objective(B, X, y):
    E = X @ B
    return np.sum(np.log(np.sum(np.exp(E), axis=1))) - np.sum(E[np.arange(len(y)), y] ** 2)
"""
    names: dict[str, Any] = {}
    exec(source, names)
    rng = np.random.default_rng(4)
    B = rng.normal(size=(2, 3))

    def data(rows: int, picks: int) -> dict[str, Any]:
        return {"X": rng.normal(size=(rows, 2)), "y": np.arange(picks) % 3}

    objective = adfun.make_ad_fun(source, data(*start), {"B": B})
    for rows, picks in ((6, 6), (9, 9), (9, 5), (3, 3)):
        given = data(rows, picks)
        bound = objective.with_data(given)
        E = given["X"] @ B
        to = np.exp(E) / np.sum(np.exp(E), axis=1)[:, None]
        to[np.arange(picks), given["y"]] -= 2 * E[np.arange(picks), given["y"]]
        np.testing.assert_allclose(bound.fn(), names["objective"](B, **given), rtol=1e-13)
        np.testing.assert_allclose(bound.gr(), (given["X"].T @ to).ravel(), rtol=1e-12)
    with pytest.raises(IndexError, match="out of bounds"):
        objective.with_data(data(4, 6)).fn()
