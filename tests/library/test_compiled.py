"""All special functions, and all log densities, each in one compiled objective."""

from __future__ import annotations

import numpy as np
import pytest

import adfun
from adfun.library import DISTRIBUTIONS, LIBRARY
from tests.library.staged import Fixed
from tests.library.test_distribution_derivatives import arguments
from tests.library.test_distributions import UNIVARIATE

HEAD = "import numpy as np\nfrom scipy import special, stats\n\ndef objective(x, theta):\n    total = 0.0\n"
ROWS = "gammaln digamma gamma erf erfc erfcx ndtr log_ndtr ndtri erfinv erfcinv i0 i1 i0e i1e".split()
COEFFICIENTS = {1: 4 / 5, 2: -1 / 5, 3: 4 / 105, 4: -1 / 280}


def check(lines: list[str], data: dict[str, object], theta: float) -> None:
    """Value of the compiled objective against plain Python, gradient against differences of order eight."""
    source = HEAD + "".join(f"    total = total + {line}\n" for line in lines) + "    return total\n"
    scope: dict[str, object] = {}
    exec(source, scope)
    plain = scope["objective"]
    made = adfun.make_ad_fun(source, data, {"theta": theta})
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(made.fn(), plain(**data, theta=theta), rtol=1e-12)  # type: ignore[operator]
        h = 2e-3
        expected = (
            sum(
                c * (plain(**data, theta=theta + j * h) - plain(**data, theta=theta - j * h))  # type: ignore[operator]
                for j, c in COEFFICIENTS.items()
            )
            / h
        )
    np.testing.assert_allclose(made.gr()[0], expected, rtol=1e-8)


def test_special_functions() -> None:
    lines = [f"np.sum(special.{name}(theta * x))" for name in ROWS]
    lines += [f"np.sum(special.polygamma({n}, theta * x))" for n in (1, 2, 3)]
    lines += [
        f"np.sum(special.{n}(theta, x)) + np.sum(special.{n}(x, theta))" for n in ("gammainc", "gammaincc")
    ]
    lines += ["np.sum(special.betainc(theta, 1.5, x))", "np.sum(special.betainc(2.0, theta, x))"]
    lines += ["np.sum(special.stdtr(3.0 * theta, x))", "np.sum(special.boxcox(x, theta))"]
    check(lines, {"x": np.linspace(0.05, 0.9, 13)}, 0.7)


@pytest.mark.parametrize("part", range(3))
def test_log_densities(part: int) -> None:
    lines = []
    for name in UNIVARIATE[part::3]:
        method = "logpmf" if "logpmf" in DISTRIBUTIONS[name] else "logpdf"
        point, *rest = (a.value if isinstance(a, Fixed) else float(a) for a in arguments(name, method, 0.4))
        if method == "logpmf":
            moved = [
                f"{r!r} * theta" if isinstance(r, float) and name != "randint" else repr(r) for r in rest
            ]
            lines.append(f"stats.{name}.logpmf({point!r}, {', '.join(moved)})")
        else:
            listed = ", ".join(map(repr, rest))
            lines.append(f"np.sum(stats.{name}.logpdf(x * theta + {point!r}, {listed}))")
    check(lines, {"x": np.linspace(-0.01, 0.01, 11)}, 0.98)


def test_everything_is_reachable_by_name() -> None:
    assert all(name.count(".") >= 1 for name in LIBRARY)


def test_pseudo_inverse_needs_full_rank() -> None:
    """Of a lower rank NumPy's answer depends on a tolerance, and has no derivative."""
    source = "import numpy as np\ndef objective(a, x):\n    return np.sum(np.linalg.pinv(x * a) ** 2)\n"
    x = np.array([[1.0, 2.0, 0.5], [0.3, -1.0, 2.0]])
    for matrix in (x, x.T):
        made = adfun.make_ad_fun(source, {"x": matrix}, {"a": 1.3})
        assert made.fn() == pytest.approx(np.sum(np.linalg.pinv(1.3 * matrix) ** 2), rel=1e-12)
    nearly = x.T @ np.array([[1.0, 2.0], [2.0, 4.0 + 1e-9]])
    for matrix in (nearly, nearly.T, np.ones((4, 2))):
        with pytest.raises(np.linalg.LinAlgError):
            made.with_data({"x": matrix}).fn()
