"""The reference is right: dual numbers against high-precision differences, SciPy and the corpus."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.corpus.cases import CORPUS, case, folders
from tests.fuzz.dual.execute import evaluate, plain
from tests.fuzz.dual.number import Unsupported

V = np.array([0.3, -0.8, 1.1, 0.6])
M = np.array([[0.9, -0.4, 0.2], [0.1, 0.7, -0.6], [0.3, 0.5, 1.2]])
EXPRESSIONS = (
    "np.sum(np.exp(v) * np.tanh(v))",
    "np.sum(np.sqrt(1 + v**2) / (2 + np.sin(v))) ** 1.5",
    "special.gammaln(2 + v).sum() + special.digamma(2 + v) @ special.erf(v)",
    "special.logsumexp(np.outer(v, v), axis=1) @ special.softmax(v)",
    "np.sum(special.i0(v) + special.i1(v) * special.i0e(v) - special.i1e(v))",
    "np.sum(special.ndtri(special.expit(v)) + special.logit(special.ndtr(v)) + special.log_expit(v))",
    "special.xlogy(v, 2 + v).sum() + special.xlog1py(v, v**2).sum() + special.betaln(2 + v, 3 - v).sum()",
    "np.max(v) * np.min(v) + np.sort(v)[1] * np.median(v) + np.ptp(v)",
    "np.sum(np.where(v > 0, np.log(np.abs(v)), v**3)) + np.clip(v, -0.5, 1.0).sum()",
    "np.prod(v) + np.cumprod(1 + v)[2] + np.cumsum(v)[-2] + np.var(v, ddof=1) + np.std(v)",
    "np.linalg.slogdet(m @ m.T + np.eye(3))[1] + np.linalg.det(m) + np.trace(np.linalg.inv(m))",
    "np.sum(np.linalg.cholesky(m @ m.T + np.eye(3)) * m) + np.linalg.solve(m, v[:3]) @ v[1:]",
    "np.sum(linalg.cho_solve(linalg.cho_factor(m @ m.T + np.eye(3)), v[:3])) + linalg.norm(v)",
    "np.sum(linalg.solve_triangular(m, v[:3], lower=True) + linalg.solve_triangular(m, v[:3], trans='T'))",
    "np.interp(v[0], np.array([-1.0, 0.0, 1.0]), v[1:]) + np.polyval(v, 0.7) + np.trapezoid(v, dx=0.5)",
    "np.einsum('i,ij,j->', v[:3], m, v[1:]) + np.kron(v, v).sum() + np.convolve(v, v)[3] "
    "+ np.outer(v, v)[1, 2]",
    "np.sum(np.roll(v, 1) * np.diff(v, append=0.0)) + np.append(v, v[::-1])[5] + np.tile(v, 2)[6]",
    "np.sum(np.arctan2(v, 2 + v) + np.hypot(v, 1.0) + np.logaddexp(v, v[::-1]) "
    "+ np.maximum(v, v[::-1] ** 2))",
    "norm.logpdf(v, v[0], np.exp(v[1])).sum() + poisson.logpmf(np.arange(4), np.exp(v)).sum()",
    "np.sum(m[[0, 2, 1], [1, 1, 0]] * m[:, 0]) + m[m > 0.4].sum() + np.sum(np.tril(m) @ m[::-1].T)",
    "sum(x * k for k, x in enumerate(v)) + max(v[0], v[1]) + abs(v[1]) + float(v[2]) ** 2 + math.exp(v[0])",
)
HEAD = (
    "import math\nimport numpy as np\nfrom scipy import linalg, special\n"
    "from scipy.stats import norm, poisson\n"
    "def objective(v, m):\n"
)


def _differences(text: str, params: dict[str, Any]) -> np.ndarray:
    """Sixth-order central differences."""
    flat = np.concatenate([np.ravel(p) for p in params.values()])

    def value(x: np.ndarray) -> float:
        return plain(text, {}, {"v": x[:4], "m": x[4:].reshape(3, 3)})

    h, found = 2e-3, np.zeros(len(flat))
    for k in range(len(flat)):
        unit = np.eye(len(flat))[k] * h
        for step, weight in ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60)):
            found[k] += weight * (value(flat + step * unit) - value(flat - step * unit)) / h
    return found


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_functions(expression: str) -> None:
    text = f"{HEAD}    return {expression} + 0.0 * np.sum(m)\n"
    params = {"v": V, "m": M}
    result = evaluate(text, {}, params)
    assert result.value == pytest.approx(plain(text, {}, params), rel=1e-13)
    np.testing.assert_allclose(result.gradient, _differences(text, params), rtol=1e-9, atol=1e-9)


def test_changes_in_place() -> None:
    """Views see changes of their base; numbers and copies do not."""
    text = HEAD + (
        "    z = v.copy()\n    first = z[0]\n    view = z[1:]\n    z[0] = 5 * v[1]\n    view[0] += v[3]\n"
        "    z[[0, 2]] *= v[0]\n    z[z > 1e3] = 0.0\n    np.add.at(z, [3, 3], v[2])\n"
        "    t = z.reshape(2, 2).T\n"
        "    t[0, 1] -= 1.0\n    return first + 2 * z[0] + 3 * z[1] + 4 * z[2] + 5 * z[3] + 0.0 * m[0, 0]\n"
    )
    params = {"v": V, "m": M}
    result = evaluate(text, {}, params)
    assert result.value == pytest.approx(plain(text, {}, params), rel=1e-14)
    np.testing.assert_allclose(result.gradient, _differences(text, params), rtol=1e-9, atol=1e-9)


def test_kinks_are_seen() -> None:
    text = HEAD + "    return abs(v[0] - 0.3000001) + 0.0 * m[0, 0]\n"
    assert evaluate(text, {}, {"v": V, "m": M}).kink == pytest.approx(1e-7, rel=1e-6)
    text = HEAD + "    return (v[0] if v[1] > -0.8001 else v[2]) + 0.0 * m[0, 0]\n"
    assert evaluate(text, {}, {"v": V, "m": M}).kink == pytest.approx(1e-4, rel=1e-6)


def test_derivatives_are_never_lost_silently() -> None:
    for line in (
        "np.array(memoryview(v))",
        "np.fft.fft(v).real[0]",
        "complex(v[0]).real",
        "math.gcd(v[0], 2)",
    ):
        with pytest.raises((Unsupported, TypeError)):
            evaluate(f"{HEAD}    return {line} + m[0, 0]\n", {}, {"v": V, "m": M})


@pytest.mark.skipif(not folders(CORPUS, "*/*"), reason="the corpus is not beside the repository")
@pytest.mark.parametrize(
    "name", ["kalman_matrix", "gaussian_mixture", "cjs_markrecapture", "mlp_softmax", "nes1972"]
)
def test_corpus(name: str) -> None:
    given = case(next(CORPUS.glob(f"*/{name}")))
    result = evaluate(given.model.read_text(encoding="utf-8"), given.data, given.points[0])
    slopes = np.array(given.expected["gr"])
    assert result.value == pytest.approx(given.expected["fn"], rel=1e-11)
    assert np.max(np.abs(result.gradient - slopes)) <= 1e-9 * np.max(np.abs(slopes))
