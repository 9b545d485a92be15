"""Norms and deviations at zero: the derivative is the smallest of the subgradients, in both modes."""

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
