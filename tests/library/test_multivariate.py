"""The multivariate distributions: value against scipy.stats, and value and derivative of their IR."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from adfun.library import DISTRIBUTIONS
from tests.library.staged import Fixed, Staged, call_plain, differences

RNG = np.random.default_rng(11)
D = 3
ROOT = np.eye(D) + 0.3 * np.tril(RNG.normal(size=(D, D)))
MATRIX = ROOT @ ROOT.T
OTHER = MATRIX + 0.4 * np.eye(D)
COLUMNS = np.array([[2.0, 0.3], [0.3, 1.0]])
MEAN = RNG.normal(size=D)
POINTS = RNG.normal(size=(5, D))
SIMPLEX = RNG.dirichlet(np.ones(D), size=4)
PROBABILITIES = np.array([0.2, 0.5, 0.3])
COUNTS = np.array([[1.0, 4.0, 2.0], [0.0, 7.0, 0.0], [2.0, 2.0, 2.0], [1.5, 3.5, 2.0]])
ALPHA = np.array([0.7, 2.0, 3.5])

CALLS: list[tuple[str, tuple[Any, ...]]] = [
    ("multivariate_normal", (POINTS, MEAN, MATRIX)),
    ("multivariate_normal", (POINTS[0], MEAN, MATRIX)),
    ("multivariate_normal", (POINTS, np.zeros(D), MATRIX)),
    ("multivariate_normal", (RNG.normal(size=(2, 4, D)), MEAN, MATRIX)),
    ("multivariate_normal", (POINTS, MEAN, 2.5)),
    ("multivariate_normal", (POINTS, MEAN, np.array([0.5, 1.0, 2.0]))),
    ("multivariate_normal", (POINTS[:, 0], 0.4, 2.5)),
    ("multivariate_normal", (POINTS[:, 0],)),
    ("multivariate_normal", (0.3, 0.4, 2.5)),
    ("multivariate_normal", (POINTS[:, 0], np.array([0.4]), np.array([[2.5]]))),
    ("multivariate_normal", (POINTS[:, :1], np.array([0.4]), np.array([[2.5]]))),
    ("multivariate_t", (POINTS, MEAN, MATRIX, 4.5)),
    ("multivariate_t", (POINTS[0], MEAN, MATRIX, 4.5)),
    ("matrix_normal", (RNG.normal(size=(D, 2)), np.full((D, 2), 0.1), MATRIX, COLUMNS)),
    ("dirichlet", (SIMPLEX[0], ALPHA)),
    ("dirichlet", (SIMPLEX.T, ALPHA)),
    ("multinomial", (COUNTS, 7, PROBABILITIES)),
    ("multinomial", (COUNTS[0], 7, PROBABILITIES)),
    ("dirichlet_multinomial", (COUNTS[:3], ALPHA, np.array([7, 7, 6]))),
    ("wishart", (MATRIX, 5.5, OTHER)),
    ("invwishart", (MATRIX, 5.5, OTHER)),
]


def names(distribution: str) -> tuple[str, str]:
    return ("logpmf", "pmf") if "multinomial" in distribution else ("logpdf", "pdf")


@pytest.mark.parametrize(("name", "arguments"), CALLS)
def test_value(name: str, arguments: tuple[Any, ...]) -> None:
    for method in names(name):
        given = arguments
        if name == "dirichlet_multinomial":
            given = (arguments[0].astype(int), *arguments[1:])
        with np.errstate(all="ignore"):
            found = DISTRIBUTIONS[name][method](*arguments)
            wanted = getattr(getattr(stats, name), method)(*given)
        assert np.shape(found) == np.shape(wanted)
        np.testing.assert_allclose(found, wanted, rtol=1e-12)


@pytest.mark.parametrize(("name", "arguments"), CALLS)
def test_value_and_derivative_of_the_ir(name: str, arguments: tuple[Any, ...]) -> None:
    """Points and counts are data here, all else parameters; matrices move in a symmetric direction."""
    method = DISTRIBUTIONS[name][names(name)[0]]
    data = [np.asarray(arguments[0])]
    if name == "multinomial":
        data[0] = np.atleast_2d(data[0])[:2]

    def function(*parameters: Any) -> Any:
        known = arguments[1:]
        moved = [p if np.ndim(k) < 2 else 0.5 * (p + p.T) for p, k in zip(parameters, known, strict=True)]
        return method(data[0], *moved)

    if name == "matrix_normal":
        matrix = arguments[0]

        def function(*parameters: Any) -> Any:
            mean, rows, columns = parameters
            return method(matrix, mean, 0.5 * (rows + rows.T), 0.5 * (columns + columns.T))

    parameters = tuple(
        Fixed(a) if isinstance(a, int) or np.asarray(a).dtype == int else a for a in arguments[1:]
    )
    if not parameters:
        return
    staged = Staged(function, parameters)
    np.testing.assert_allclose(staged.value(), call_plain(function, parameters), rtol=2e-13)
    expected = differences(function, parameters, 1e-3)
    assert abs(staged.derivative() - expected) < 5e-9 * max(1.0, abs(expected))


def test_singular_covariance_is_an_error() -> None:
    with pytest.raises(np.linalg.LinAlgError):
        DISTRIBUTIONS["multivariate_normal"]["logpdf"](MEAN, MEAN, np.ones((D, D)))
