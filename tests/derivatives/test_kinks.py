"""Norms and deviations at zero: the derivative is the smallest of the subgradients, in both modes.

And distribution functions at infinite bounds, where all derivatives are zero."""

from __future__ import annotations

import numpy as np
import pytest

import adfun

AT_ZERO = [
    "np.linalg.norm(x)", "np.std(x)", "np.nanstd(x)", "np.hypot(x[0], x[1])",
    "np.linalg.norm(np.outer(x, x))",
    "np.sum(np.linalg.norm(x[:, None] - x[None, :] + np.zeros((3, 3, 1)), axis=0))",
    "np.sum(cdist(np.outer(x, y), np.outer(x, y)))", "np.std(np.outer(y, x * np.ones(3)))",
]  # fmt: skip


@pytest.mark.parametrize("expression", AT_ZERO)
def test_gradients_of_norms_that_are_zero(expression: str) -> None:
    imports = "import numpy as np\nfrom scipy.spatial.distance import cdist\n"
    text = f"{imports}def objective(x, y):\n    return {expression}\n"
    obj = adfun.make_ad_fun(text, {"y": np.array([1.0, 2.0])}, {"x": np.zeros(3)})
    assert obj.fn() == 0.0
    np.testing.assert_array_equal(obj.gr(), 0.0)
    np.testing.assert_array_equal(obj.hvp(None, np.ones(3)), 0.0)
    away = np.array([0.3, -0.2, 0.5])
    slopes = [(obj.fn(away + e) - obj.fn(away - e)) / 2e-6 for e in 1e-6 * np.eye(3)]
    np.testing.assert_allclose(obj.gr(away), slopes, rtol=1e-7, atol=1e-8)


def test_a_deviation_that_starts_at_zero_in_a_loop() -> None:
    """What the first iteration multiplies by zero has no part in the gradient."""

    def objective(w: np.ndarray, n: int) -> float:
        total = 0.0
        for _ in range(n):
            total = np.tanh(total) - np.logaddexp(np.std(np.outer(w, total * np.ones(3))), total)
        return total

    w = np.array([0.4, -0.3, 1.1])
    obj = adfun.make_ad_fun(objective, {"n": 4}, {"w": w})
    slopes = [(objective(w + e, 4) - objective(w - e, 4)) / 2e-6 for e in 1e-6 * np.eye(3)]
    np.testing.assert_allclose(obj.gr(), slopes, rtol=1e-7, atol=1e-12)


AT_INFINITY = [
    "norm.cdf(bounds, m, np.exp(s))", "norm.sf(bounds, m, np.exp(s))", "erf((bounds - m) / np.exp(s))",
    "erfc((bounds - m) / np.exp(s))", "s * ndtr(bounds - m)", "s * log_ndtr(bounds[1:] - m)",
    "s * log_ndtr(np.array([37.0, 38.0, 39.5, 50.0]) - m)", "np.log(np.diff(ndtr(bounds - m))) * s",
]  # fmt: skip


@pytest.mark.parametrize("expression", AT_INFINITY)
def test_intervals_with_infinite_ends(expression: str) -> None:
    imports = "import numpy as np\nfrom scipy.special import erf, erfc, log_ndtr, ndtr\n"
    imports += "from scipy.stats import norm\n"
    body = f"    terms = {expression}\n    return np.sum(terms * np.arange(1.0, 1.0 + len(terms)))\n"
    text = f"{imports}def objective(m, s, bounds):\n{body}"
    bounds = np.array([-np.inf, -1.0, 0.3, np.inf])
    obj = adfun.make_ad_fun(text, {"bounds": bounds}, {"m": 0.3, "s": 0.2})
    for x in (obj.par, obj.par + 0.1):
        slopes = [(obj.fn(x + e) - obj.fn(x - e)) / 2e-5 for e in 1e-5 * np.eye(2)]
        curvature = [(obj.gr(x + e) - obj.gr(x - e)) / 2e-5 for e in 1e-5 * np.eye(2)]
        np.testing.assert_allclose(obj.gr(x), slopes, rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(obj.he(x), curvature, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("link", ["1 / (1 + np.exp(-z))", "1 - np.exp(-np.exp(z))", "1 / (1 + np.exp2(-z))"])
def test_links_written_by_hand_where_they_overflow(link: str) -> None:
    """exp(900) is infinite, and so is its derivative; what is made of it is flat there."""
    text = "import numpy as np\ndef objective(b, s, e):\n    z = s * (e - b)\n"
    text += f"    return np.sum(({link}) * np.arange(1.0, 1.0 + len(e)))\n"
    edges = np.array([-np.inf, -2000.0, -1.0, 0.5, 1500.0, np.inf])
    obj = adfun.make_ad_fun(text, {"e": edges}, {"b": 0.3, "s": 1.2})
    slopes = [(obj.fn(obj.par + h) - obj.fn(obj.par - h)) / 2e-6 for h in 1e-6 * np.eye(2)]
    assert abs(obj.gr()[0] - slopes[0]) < 1e-7
    inside = adfun.make_ad_fun(text, {"e": np.clip(edges, -3000.0, 3000.0)}, {"b": 0.3, "s": 1.2})
    np.testing.assert_allclose(inside.gr(), slopes, rtol=1e-7)
