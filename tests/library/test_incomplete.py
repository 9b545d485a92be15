"""The incomplete gamma and beta functions: value against mpmath and SciPy, derivatives to second order
against mpmath, also where a continued fraction ends."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.special
from mpmath import mp, mpf

import adfun
from adfun.ir.interpret import run
from adfun.library import LIBRARY
from adfun.library.incomplete_gamma import log_gamma_of_next
from adfun.passes.tangent import tangent
from tests.library.staged import Staged

RNG = np.random.default_rng(5)


def logs(low: float, high: float, n: int) -> Any:
    return np.exp(RNG.uniform(np.log(low), np.log(high), n))


def gamma_p(a: Any, x: Any) -> Any:
    return mp.gammainc(a, 0, x, regularized=True)


def gamma_q(a: Any, x: Any) -> Any:
    return mp.gammainc(a, x, mp.inf, regularized=True)


def beta_i(a: Any, b: Any, x: Any) -> Any:
    return mp.betainc(a, b, 0, x, regularized=True)


def beta_c(a: Any, b: Any, x: Any) -> Any:
    return beta_i(b, a, 1 - x)


def student(df: Any, t: Any) -> Any:
    tail = beta_i(df / 2, mpf(1) / 2, df / (df + t * t)) / 2
    return tail if t < 0 else 1 - tail


EXACT = {"gammainc": gamma_p, "gammaincc": gamma_q, "betainc": beta_i, "betaincc": beta_c, "stdtr": student}

A = logs(1e-3, 1e3, 150)
X = A * logs(0.05, 20, 150) + logs(1e-4, 2, 150)
P, Q = logs(0.05, 800, 150), logs(0.05, 800, 150)
Y = np.clip(P / (P + Q) * logs(0.2, 5, 150), 1e-6, 1 - 1e-6)
GRIDS: dict[str, tuple[Any, ...]] = {
    "gammainc": (A, X),
    "gammaincc": (A, X),
    "betainc": (P, Q, Y),
    "betaincc": (P, Q, Y),
    "stdtr": (logs(0.1, 1e5, 150), 2.0 * RNG.standard_t(2, 150)),
}


@pytest.mark.parametrize("name", EXACT)
def test_value(name: str) -> None:
    grid = GRIDS[name]
    found = LIBRARY[f"scipy.special.{name}"](*grid)
    with mp.workdps(40):
        for value, point in zip(found, zip(*grid, strict=True), strict=True):
            exact = EXACT[name](*[mpf(float(v)) for v in point])
            if 1e-290 < exact <= 1:  # outside mpmath has not converged, or the value is subnormal
                tolerance = 1e-13 + 1e-15 * abs(float(mp.log(exact)))
                assert abs(mpf(float(value)) / exact - 1) < tolerance, point


POINTS: dict[str, list[tuple[float, ...]]] = {
    "gammainc": [(0.4, 0.3), (1.0, 0.7), (2.0, 3.7), (3.0, 3.0), (7.5, 4.0), (40.0, 44.0)],
    "gammaincc": [(0.4, 0.3), (1.0, 2.5), (2.0, 3.7), (3.0, 5.0), (7.5, 4.0), (40.0, 44.0)],
    "betainc": [(1.0, 1.0, 0.3), (2.0, 3.0, 0.2), (2.0, 3.0, 0.9), (0.4, 6.5, 0.05), (30.0, 20.0, 0.55)],
    "betaincc": [(1.0, 1.0, 0.3), (2.0, 3.0, 0.9), (30.0, 20.0, 0.55)],
    "stdtr": [(3.0, 0.0), (4.0, 0.7), (6.0, -2.5), (4.5, 1.9), (60.0, 2.2), (30.5, -0.3)],
}


@pytest.mark.parametrize("name", EXACT)
def test_derivatives_by_all_arguments(name: str) -> None:
    """Second derivatives: those by t of Student's function at 0 included."""
    for point in POINTS[name]:
        staged = Staged(LIBRARY[f"scipy.special.{name}"], tuple(map(np.float64, point)))
        scale = float(np.cos(1.0))  # the weight of a single result
        once, twice = tangent(staged.function), tangent(tangent(staged.function))
        for k in range(len(point)):
            units = [1.0 if j == k else 0.0 for j in range(len(point))]
            seeds = {f"d_p{j}": u for j, u in enumerate(units)}
            more = {f"d2_p{j}": u for j, u in enumerate(units)}
            first = run(once, {**staged.given, **seeds}).values[1] / scale
            second = run(twice, {**staged.given, **seeds, **more}).values[3] / scale
            np.testing.assert_allclose(
                first, partial(name, point, k, 1), rtol=1e-11, atol=1e-14, err_msg=f"{point} {k}"
            )
            np.testing.assert_allclose(
                second, partial(name, point, k, 2), rtol=1e-9, atol=1e-12, err_msg=f"{point} {k}"
            )


def partial(name: str, point: tuple[float, ...], k: int, times: int) -> float:
    with mp.workdps(60):
        if name == "stdtr" and point[1] == 0.0:  # mpmath's difference would straddle the branches
            return 0.0 if k == 0 or times == 2 else float(student_density(mpf(point[0])))
        start = [mpf(v) for v in point]

        def at(v: Any) -> Any:
            return EXACT[name](*start[:k], v, *start[k + 1 :])

        return float(mp.diff(at, start[k], times, h=mpf(10) ** -15))


def student_density(df: Any) -> Any:
    """The density at 0."""
    return mp.gamma((df + 1) / 2) / mp.gamma(df / 2) / mp.sqrt(mp.pi * df)


INF, NAN = np.inf, np.nan
BORDERS: dict[str, list[tuple[float, ...]]] = {
    "gammainc": [
        (0, 0), (0, 1), (1, 0), (1, INF), (INF, 1), (INF, INF), (-1, 1), (1, -1), (NAN, 1), (1, NAN),
        (INF, 0), (0, INF), (1e-10, 0.5), (1e300, 1), (1e-300, 1), (3, 1e300),
    ],
    "betainc": [
        (0, 0, 0.5), (0, 1, 0.5), (1, 0, 0.5), (1, 1, 0), (1, 1, 1), (1, 1, -1), (1, 1, 2), (-1, 1, 0.5),
        (INF, 1, 0.5), (1, INF, 0.5), (0, 1, 0), (0, 1, 1), (INF, INF, 0.5), (1, 1, NAN), (2, 0, 1),
        (0, 2, 0),
    ],
    "stdtr": [
        (INF, 1), (1, INF), (1, -INF), (0, 1), (-1, 1), (NAN, 1), (2, NAN), (INF, NAN), (3, 0), (INF, INF),
    ],
}  # fmt: skip
BORDERS["gammaincc"], BORDERS["betaincc"] = BORDERS["gammainc"], BORDERS["betainc"]


@pytest.mark.parametrize("name", EXACT)
def test_borders_as_in_scipy(name: str) -> None:
    for point in BORDERS[name]:
        with np.errstate(all="ignore"):
            found, wanted = LIBRARY[f"scipy.special.{name}"](*point), getattr(scipy.special, name)(*point)
        np.testing.assert_allclose(found, wanted, rtol=1e-13, err_msg=str(point))


def test_log_gamma_next_to_one() -> None:
    for a in (1e-10, 1e-3, 0.1, 0.2499, 0.25, 0.9):
        with mp.workdps(40):
            exact = float(mp.loggamma(1 + mpf(a)))
        np.testing.assert_allclose(log_gamma_of_next(a), exact, rtol=5e-15)


def test_one_loop_serves_all_elements() -> None:
    """Where the length is known, too: the text does not grow with it."""
    source = "from scipy.special import gammainc\ndef objective(a):\n    return gammainc(a, {x}).sum()"
    texts = []
    for n in (5, 12):
        x = [0.3 * k for k in range(1, n + 1)]
        made = adfun.make_ad_fun(source.format(x=x), {}, {"a": 1.5})
        assert made.fn() == pytest.approx(scipy.special.gammainc(1.5, x).sum(), rel=1e-13)
        texts.append(len(made.cpp))
    assert texts[1] < 1.1 * texts[0]
