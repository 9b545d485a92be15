"""Functions of scipy.special, numpy, numpy.linalg and others: value against the originals, and value and
derivative of their IR."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
import scipy.special

from adfun.library import LIBRARY
from tests.library.staged import Fixed, Staged, call_plain, differences
from tests.library.test_calculus import NAMES as INTEGRALS_AND_ROOTS
from tests.library.test_interpolation import CURVES

RNG = np.random.default_rng(3)


def original(name: str) -> Callable[..., Any]:
    module, _, function = name.rpartition(".")
    if name in ("numpy.trapz", "numpy.add.reduceat"):
        return np.trapezoid if name == "numpy.trapz" else np.add.reduceat
    return getattr(importlib.import_module(module), function)


def same(name: str, arguments: tuple[Any, ...], options: dict[str, Any], tolerance: float = 1e-12) -> None:
    """A call gives the shape and the numbers that NumPy or SciPy gives."""
    with np.errstate(all="ignore"):
        found, wanted = LIBRARY[name](*arguments, **options), original(name)(*arguments, **options)
    pairs = zip(found, wanted, strict=True) if isinstance(wanted, (list, tuple)) else [(found, wanted)]
    for ours, theirs in pairs:
        assert np.shape(ours) == np.shape(theirs), (name, options)
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=1e-13, err_msg=f"{name} {options}")


# -- scipy.special ----------------------------------------------------------------------------

REAL = np.array([-3.5, -1.0, -0.5, 0.0, 1e-9, 0.2, 0.5, 1.0, 2.0, 3.7, 10.0, 60.0, 150.0, np.nan])
POSITIVE = REAL[REAL > 0]
COUNTS = np.array([0.0, 1.0, 2.7, 5.0, 12.0])


def grid(*axes: Any) -> tuple[Any, ...]:
    return tuple(np.ravel(part) for part in np.meshgrid(*axes))


PAIRS, REAL_PAIRS = grid(POSITIVE, POSITIVE), grid(REAL[:-1], REAL)
POWERS = grid(np.array([0.01, 0.3, 0.9, 1.5, 4.0]), np.array([-2, -0.5, -1e-9, 0, 1e-12, 1e-3, 0.5, 1, 2.0]))
CHOICES = grid(np.array([0.0, 1, 2.5, 5, 12, 50, 99, 150, 400]), np.array([0.0, 1, 2, 5, 11, 30]))
POSSIBLE = tuple(part[CHOICES[0] >= CHOICES[1]] for part in CHOICES)
TRIALS = grid(np.array([0, 1, 5]), np.array([5, 9, 20]), np.array([0.1, 0.5, 0.99]))
RATIOS = grid(np.array([0.5, 2, 7.0]), np.array([1.0, 3.3, 30]), np.array([0.01, 0.5, 2, 9]))

PROBABILITIES = np.array([1e-8, 0.02, 0.3, 0.499, 0.5, 0.73, 0.98])

SPECIAL: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys("gammasgn rgamma exprel cosm1 sindg cosdg factorial".split(), (REAL,)),
    **dict.fromkeys("beta betaln poch".split(), PAIRS),
    **dict.fromkeys("tandg cotdg".split(), (np.array([-31.0, 10.0, 200.0]),)),
    "radian": (np.array([3.0, -20.0]), np.array([30.0, 2.5]), np.array([1.0, 59.0])),
    **dict.fromkeys("rel_entr kl_div huber pseudo_huber".split(), REAL_PAIRS),
    **dict.fromkeys("boxcox boxcox1p inv_boxcox inv_boxcox1p".split(), POWERS),
    **dict.fromkeys("bdtr bdtrc nbdtr nbdtrc".split(), TRIALS),
    **dict.fromkeys("fdtr fdtrc gdtr gdtrc".split(), RATIOS),
    **dict.fromkeys("chdtr chdtrc".split(), (RATIOS[0], RATIOS[2])),
    **dict.fromkeys("pdtr pdtrc".split(), grid(COUNTS, POSITIVE[:-2])),
    **dict.fromkeys("kv kve".split(), grid(np.array([-1.5, 0.0, 0.5, 2.3, 7.0]), np.append(POSITIVE, 0.0))),
    "kn": grid(np.array([0, 1, 4]), POSITIVE[:-1]),
    **dict.fromkeys("k0 k0e k1 k1e exp1".split(), (np.append(POSITIVE, [0.0, -1.0, 500.0]),)),
    **dict.fromkeys("j0 j1".split(), (np.array([-7.3, 0.0, 1e-9, 0.5, 1.4, 1.5, 2.4, 30.0, 400.0]),)),
    **dict.fromkeys("jv jn".split(), grid(np.array([-3, 0, 1, 2, 9]), np.array([0.0, 0.01, 1.9, 2.6, 40.0]))),
    "spherical_jn": grid(np.array([0, 1, 2, 7]), np.array([0.01, 1.9, 2.6, 5.5, 40.0])),
    **dict.fromkeys("ellipk ellipe".split(), (np.array([-30.0, -0.5, 0.0, 1e-9, 0.3, 0.99]),)),
    "ellipkm1": (np.array([1e-9, 0.3, 2.0]),),
    "dawsn": (np.array([-9.0, -0.31, -0.29, 0.0, 1e-9, 0.7, 2.0, 60.0]),),
    "voigt_profile": grid(np.array([-3.0, 0.0, 0.4, 20.0]), np.array([0.3, 1.5]), np.array([0.01, 0.7])),
    "hyp2f1": grid(
        np.array([0.3, 2.0, -1.5]),
        np.array([0.7, 3.0]),
        np.array([2.6]),
        np.array([-8.0, -0.4, 0.0, 0.6, 0.97]),
    ),
    "hyp1f1": grid(np.array([0.3, 2.0]), np.array([0.7, 3.0]), np.array([-30.0, -0.4, 0.0, 0.6, 25.0])),
    "perm": (np.array([3, 5, 7.5]), np.array([0, 2, 3.0])),
    "expi": (np.append(REAL, [44.9, 45.1, np.inf, -np.inf]),),
    **dict.fromkeys(
        "gammaincinv gammainccinv".split(), grid(np.array([0.03, 0.4, 1.0, 6.5, 200.0]), PROBABILITIES)
    ),
    "chdtri": grid(np.array([0.4, 1.0, 6.5]), PROBABILITIES),
    "stdtrit": grid(np.array([0.4, 1.0, 6.5, 300.0]), PROBABILITIES),
    "lambertw": (np.array([-0.36, -0.2, -1e-7, 0.0, 1e-9, 0.31, 2.8, 60.0, 1e200]),),
    **dict.fromkeys(
        "betaincinv betainccinv fdtri".split(),
        grid(np.array([0.1, 1.0, 6.5]), np.array([0.5, 3.0, 80.0]), PROBABILITIES),
    ),
    "zeta": grid(1.0 + POSITIVE[:-2], POSITIVE),
    "owens_t": REAL_PAIRS,
    "binom": POSSIBLE,
    "comb": CHOICES,
    "multigammaln": (np.array([7.3, 20.0]), 3),
}
ELSEWHERE = {"gammainc", "gammaincc", "betainc", "betaincc", "stdtr"}


def test_every_special_function_has_a_case() -> None:
    names = {n.rpartition(".")[2] for n in LIBRARY if n.startswith("scipy.special.")}
    assert names == set(SPECIAL) | ELSEWHERE


@pytest.mark.parametrize("name", SPECIAL)
def test_special(name: str) -> None:
    loose = 1e-11 if name in ("beta", "betaln", "poch", "binom", "comb", "zeta") else 1e-12
    same(f"scipy.special.{name}", SPECIAL[name], {}, loose)


def test_combinations_with_repetition() -> None:
    same("scipy.special.comb", tuple(part[:20] for part in CHOICES), {"repetition": True})


DERIVED: list[tuple[str, tuple[Any, ...]]] = [
    ("poch", (2.3, 1.4)),
    ("beta", (2.3, 1.4)),
    ("betaln", (2.3, 0.4)),
    ("binom", (7.5, 2.2)),
    ("comb", (7.5, 2.2)),
    ("factorial", (3.3,)),
    ("rgamma", (3.3,)),
    ("multigammaln", (7.3, Fixed(3))),
    ("rel_entr", (0.4, 0.41)),
    ("rel_entr", (0.4, 2.0)),
    ("kl_div", (0.4, 2.0)),
    ("exprel", (0.0,)),
    ("exprel", (0.03,)),
    ("cosm1", (0.7,)),
    ("sindg", (31.0,)),
    ("cosdg", (31.0,)),
    ("tandg", (31.0,)),
    ("cotdg", (31.0,)),
    ("radian", (3.0, 20.0, 1.0)),
    ("huber", (0.8, 0.3)),
    ("huber", (0.8, -2.3)),
    ("pseudo_huber", (0.8, -2.3)),
    ("boxcox", (1.7, 0.0)),
    ("boxcox", (1.7, 0.6)),
    ("boxcox1p", (1.7, 0.6)),
    ("inv_boxcox", (0.7, 0.0)),
    ("inv_boxcox", (0.7, 0.6)),
    ("inv_boxcox1p", (0.7, 0.6)),
    ("bdtr", (Fixed(3), Fixed(8), 0.3)),
    ("bdtrc", (Fixed(3), Fixed(8), 0.3)),
    ("nbdtr", (Fixed(3), 2.5, 0.3)),
    ("nbdtrc", (Fixed(3), 2.5, 0.3)),
    ("fdtr", (2.5, 4.0, 1.2)),
    ("fdtrc", (2.5, 4.0, 1.2)),
    ("gdtr", (2.5, 4.0, 1.2)),
    ("gdtrc", (2.5, 4.0, 1.2)),
    ("chdtr", (4.0, 1.2)),
    ("chdtrc", (4.0, 1.2)),
    ("pdtr", (Fixed(3), 2.2)),
    ("kv", (0.7, 1.3)),
    ("kv", (3.3, 0.2)),
    ("kve", (0.7, 40.0)),
    ("kn", (Fixed(2), 1.3)),
    ("k0", (1.3,)),
    ("k0e", (1.3,)),
    ("k1", (1.3,)),
    ("k1e", (1.3,)),
    ("exp1", (0.4,)),
    ("exp1", (2.4,)),
    ("expi", (-0.7,)),
    ("expi", (2.4,)),
    ("j0", (1.2,)),
    ("j0", (7.2,)),
    ("j1", (0.2,)),
    ("jv", (Fixed(3), 0.4)),
    ("jv", (Fixed(-3), 9.4)),
    ("spherical_jn", (Fixed(2), 0.4)),
    ("spherical_jn", (Fixed(2), 7.4)),
    ("ellipk", (0.4,)),
    ("ellipe", (-3.4,)),
    ("dawsn", (0.2,)),
    ("dawsn", (1.7,)),
    ("voigt_profile", (0.3, 0.7, 0.2)),
    ("hyp2f1", (0.3, 0.7, 2.2, 0.6)),
    ("hyp2f1", (0.3, 0.7, 2.2, -4.6)),
    ("hyp1f1", (0.3, 0.7, 2.2)),
    ("hyp1f1", (0.3, 0.7, -2.2)),
    ("zeta", (2.4, 0.7)),
    ("owens_t", (0.8, 0.5)),
    ("owens_t", (-0.8, -2.5)),
    ("pdtrc", (Fixed(3), 2.2)),
    ("gammaincinv", (2.3, 0.2)),
    ("gammainccinv", (0.3, 0.2)),
    ("betaincinv", (2.3, 0.8, 0.2)),
    ("betainccinv", (2.3, 0.8, 0.2)),
    ("chdtri", (4.0, 0.2)),
    ("fdtri", (4.0, 2.5, 0.7)),
    ("stdtrit", (4.0, 0.1)),
    ("stdtrit", (4.0, 0.5)),
    ("lambertw", (2.3,)),
    ("lambertw", (-0.2, Fixed(-1))),
]


def test_lambertw_on_its_lower_branch() -> None:
    z = np.array([-0.367, -0.3, -0.1, -1e-9, -1e-200])
    np.testing.assert_allclose(
        LIBRARY["scipy.special.lambertw"](z, -1), scipy.special.lambertw(z, -1).real, rtol=1e-13
    )


@pytest.mark.parametrize(("name", "arguments"), DERIVED)
def test_special_staged(name: str, arguments: tuple[Any, ...]) -> None:
    check_staged(LIBRARY[f"scipy.special.{name}"], arguments)


def check_staged(function: Callable[..., Any], arguments: tuple[Any, ...], tolerance: float = 2e-9) -> None:
    """Value and derivative of the IR against the plain call and its differences."""
    staged = Staged(function, arguments)
    np.testing.assert_allclose(staged.value(), call_plain(function, arguments), rtol=2e-13, atol=1e-14)
    expected = differences(function, arguments)
    assert abs(staged.derivative() - expected) < tolerance * max(1.0, abs(expected))


# -- arrays -----------------------------------------------------------------------------------

X = np.linspace(-2.0, 2.0, 9) + RNG.uniform(-0.2, 0.2, 9)
Y = RNG.normal(size=(4, 9))
V, W = RNG.normal(size=5), RNG.normal(size=3)
A, B = RNG.normal(size=(3, 4)), RNG.normal(size=(2, 5))
BETWEEN = RNG.uniform(-2, 2, 30)
COUNT_WEIGHTS, WEIGHTS = np.arange(9) + 1, RNG.uniform(size=9)


def square(t: Any) -> Any:
    return t * t


def total(row: Any) -> Any:
    return np.sum(row * row)


Call = tuple[str, tuple[Any, ...], dict[str, Any]]
CALLS: list[Call] = [
    ("numpy.trapezoid", (Y, X), {}),
    ("numpy.trapezoid", (Y.T, X), {"axis": 0}),
    ("numpy.trapezoid", (Y,), {"dx": 0.3}),
    ("numpy.trapz", (Y[0], X), {}),
    ("scipy.integrate.cumulative_trapezoid", (Y, X), {"initial": 0}),
    ("scipy.integrate.cumulative_trapezoid", (Y,), {"dx": 0.1, "axis": 0}),
    ("numpy.gradient", (Y[0], X), {}),
    ("numpy.gradient", (Y[0], 0.2), {"edge_order": 2}),
    ("numpy.gradient", (Y[0], X), {"edge_order": 2}),
    ("numpy.gradient", (Y,), {"axis": 1}),
    ("numpy.gradient", (Y, 0.5, X), {}),
    ("numpy.unwrap", (4.0 * X,), {}),
    ("numpy.unwrap", (9.0 * Y,), {"axis": 0, "period": 3.0}),
    ("numpy.cov", (Y,), {}),
    ("numpy.cov", (Y[0],), {}),
    ("numpy.cov", (Y[0], Y[1]), {}),
    ("numpy.cov", (Y,), {"rowvar": False, "ddof": 0}),
    ("numpy.cov", (Y,), {"aweights": WEIGHTS}),
    ("numpy.cov", (Y,), {"fweights": COUNT_WEIGHTS, "aweights": WEIGHTS}),
    ("numpy.corrcoef", (Y,), {}),
    ("numpy.corrcoef", (Y[0], Y[1]), {}),
    ("numpy.kron", (V, W), {}),
    ("numpy.kron", (A, B), {}),
    ("numpy.kron", (A, W), {}),
    ("numpy.interp", (BETWEEN, X, Y[0]), {}),
    ("numpy.interp", (BETWEEN, X, Y[0]), {"left": -7.0, "right": 2.0}),
    ("numpy.interp", (BETWEEN, X, Y[0]), {"period": 2.0}),
    ("numpy.polyval", (V, W), {}),
    ("numpy.polyval", (V, 0.3), {}),
    ("numpy.polyder", (V,), {}),
    ("numpy.polyder", (V, 2), {}),
    ("numpy.polyint", (V, 2), {}),
    ("numpy.polyadd", (V, W), {}),
    ("numpy.polysub", (W, V), {}),
    ("numpy.polymul", (V, W), {}),
    ("numpy.piecewise", (BETWEEN, [BETWEEN < 0, BETWEEN > 1], [square, 3.0, np.negative]), {}),
    ("numpy.apply_along_axis", (total, 1, Y), {}),
    ("numpy.apply_along_axis", (np.cumsum, 0, Y), {}),
    ("numpy.i0", (W,), {}),
    ("numpy.linalg.pinv", (A,), {}),
    ("numpy.linalg.pinv", (A.T,), {}),
    ("numpy.linalg.qr", (A,), {}),
    ("numpy.linalg.qr", (A.T,), {}),
    ("numpy.linalg.qr", (A, "complete"), {}),
    ("scipy.linalg.qr", (A,), {}),
    ("scipy.linalg.qr", (A,), {"mode": "economic"}),
    ("scipy.linalg.eigh_tridiagonal", (Y[0, :3], Y[1, :2]), {"eigvals_only": True}),
    ("scipy.integrate.simpson", (Y,), {"dx": 0.3}),
    ("scipy.integrate.simpson", (Y, X), {}),
    ("scipy.integrate.simpson", (Y[:, :-1],), {"x": X[:-1]}),
    ("scipy.integrate.simpson", (Y.T, X), {"axis": 0}),
    ("scipy.linalg.toeplitz", (V,), {}),
    ("scipy.linalg.toeplitz", (V, W), {}),
    ("scipy.linalg.hankel", (V,), {}),
    ("scipy.linalg.hankel", (V, W), {}),
    ("scipy.linalg.circulant", (V,), {}),
    ("scipy.linalg.companion", (V,), {}),
    ("scipy.linalg.block_diag", (A, B, W), {}),
    ("scipy.spatial.distance.cdist", (A, 2.0 * A[:2]), {}),
    ("scipy.spatial.distance.cdist", (A, 2.0 * A[:2], "sqeuclidean"), {}),
    ("scipy.spatial.distance.cdist", (A, 2.0 * A[:2], "cityblock"), {}),
    ("scipy.spatial.distance.cdist", (A, 2.0 * A[:2], "chebyshev"), {}),
    ("scipy.signal.lfilter", (np.array([1.0, 0.3]), np.array([2.0, -0.4, 0.1]), X), {}),
    ("numpy.lib.stride_tricks.sliding_window_view", (X, 3), {}),
    ("numpy.add.reduceat", (X, np.array([0, 2, 3])), {}),
    ("numpy.add.reduceat", (A, np.array([1, 2])), {}),
    ("numpy.lib.stride_tricks.sliding_window_view", (A, 2), {"axis": 0}),
    ("numpy.lib.stride_tricks.sliding_window_view", (A, (2, 3)), {}),
    ("numpy.lib.stride_tricks.sliding_window_view", (A, (2, 3)), {"axis": (-1, 0)}),
    ("scipy.optimize.rosen", (X,), {}),
    ("scipy.stats.gmean", (np.exp(Y),), {"axis": 1}),
    ("scipy.stats.hmean", (np.exp(Y),), {"axis": 1}),
    ("scipy.stats.zscore", (Y,), {}),
    ("scipy.stats.sem", (Y,), {"axis": 1}),
    ("scipy.stats.skew", (Y,), {"axis": 1}),
    ("scipy.stats.kurtosis", (Y,), {"axis": 1}),
]
WHOLE, PART = np.exp(Y[0]), np.exp(Y[1])
BANDS = np.array([[0.0, 0.0, 0.3, -0.2], [0.0, 0.1, 0.2, 0.3], [2.0, 3.0, 2.5, 4.0]])
LOWER_BANDS = np.array([[2.0, 3.0, 2.5, 4.0], [0.1, 0.2, 0.3, 0.0], [0.3, -0.2, 0.0, 0.0]])
CALLS += [
    ("scipy.stats.pmean", (WHOLE, 2.5), {}),
    ("scipy.stats.gstd", (WHOLE,), {}),
    ("scipy.stats.moment", (Y, 3), {"axis": 1}),
    ("scipy.stats.variation", (WHOLE,), {"ddof": 1}),
    ("scipy.stats.entropy", (WHOLE,), {"base": 2}),
    ("scipy.stats.entropy", (WHOLE, PART), {}),
    ("scipy.stats.boxcox_llf", (0.4, WHOLE), {}),
    ("scipy.stats.circmean", (X,), {}),
    ("scipy.stats.circmean", (X,), {"high": np.pi, "low": -np.pi}),
    ("scipy.stats.circvar", (X,), {}),
    ("scipy.stats.iqr", (X,), {}),
    ("scipy.stats.median_abs_deviation", (Y[0],), {}),
    ("scipy.signal.detrend", (Y.T,), {"axis": 0}),
    ("scipy.signal.detrend", (X,), {"type": "constant"}),
    ("scipy.linalg.eigvalsh_tridiagonal", (Y[0, :3], Y[1, :2]), {}),
    ("scipy.linalg.pinvh", (A @ A.T,), {}),
    ("scipy.linalg.cholesky_banded", (BANDS,), {}),
    ("scipy.linalg.cholesky_banded", (LOWER_BANDS,), {"lower": True}),
    ("scipy.linalg.solveh_banded", (BANDS, V[:4]), {}),
    ("scipy.linalg.leslie", (V, WHOLE[:4]), {}),
    ("scipy.linalg.convolution_matrix", (V, 3), {}),
    ("scipy.linalg.matmul_toeplitz", (V, WHOLE[:5]), {}),
    ("scipy.linalg.solve_circulant", (WHOLE[4:] + np.array([9.0, 0, 0, 0, 0]), V), {}),
    ("scipy.linalg.khatri_rao", (A, B[:, :4]), {}),
    ("numpy.gradient", (Y,), {"axis": (0, 1)}),
]
CALLS += [
    (f"scipy.spatial.distance.{name}", (WHOLE, PART), {})
    for name in "euclidean sqeuclidean cityblock chebyshev minkowski cosine correlation canberra braycurtis "
    "jensenshannon".split()
]
CALLS += [("scipy.spatial.distance.mahalanobis", (A[0], A[1], np.diag(np.arange(1.0, 5.0))), {})]
CALLS += [
    ("scipy.spatial.distance.pdist", (A, metric), options)
    for metric, options in (
        ("euclidean", {}),
        ("cosine", {}),
        ("canberra", {}),
        ("braycurtis", {}),
        ("minkowski", {"p": 3}),
        ("mahalanobis", {"VI": np.diag(np.arange(1.0, 5.0))}),
        ("seuclidean", {"V": np.arange(1.0, 5.0)}),
    )
]
CALLS += [("scipy.spatial.distance.squareform", (WHOLE[:6],), {})]
CALLS += [
    (f"scipy.signal.{name}", (RNG.normal(size=n), RNG.normal(size=m)), {"mode": mode})
    for name, n, m, mode in product(
        ("convolve", "correlate", "fftconvolve", "oaconvolve"), (3, 6), (2, 5), ("full", "same", "valid")
    )
    if mode != "valid" or n >= m
]
CALLS += [
    (
        f"scipy.signal.{name}",
        (RNG.normal(size=(4, 5)), RNG.normal(size=shape)),
        {"mode": mode, "boundary": around},
    )
    for name, shape, mode, around in product(
        ("convolve2d", "correlate2d"), ((3, 3), (2, 3)), ("full", "same", "valid"), ("fill", "wrap", "symm")
    )
]
CALLS += [
    (f"numpy.{name}", (RNG.normal(size=n), RNG.normal(size=m)), {"mode": mode})
    for name, n, m, mode in product(
        ("convolve", "correlate"), (1, 3, 6), (1, 2, 5), ("full", "same", "valid")
    )
]
WITHOUT_DERIVATIVE = {"numpy.digitize"}
LOOSE = {"numpy.linalg.pinv": 1e-11}


def short(call: Call) -> str:
    return f"{call[0]}{tuple(np.shape(a) for a in call[1])}{call[2] if 'mode' in call[2] else ''}"


@pytest.mark.parametrize("call", CALLS, ids=short)
def test_array_function(call: Call) -> None:
    same(*call, tolerance=LOOSE.get(call[0], 1e-12))


@pytest.mark.parametrize("call", CALLS, ids=short)
def test_array_function_staged(call: Call) -> None:
    name, given, options = call
    parameters = tuple(
        a if isinstance(a, np.ndarray) and a.dtype == float and not knots(name, k) else Fixed(a)
        for k, a in enumerate(given)
    )

    def function(*arguments: Any) -> Any:
        result = LIBRARY[name](*arguments, **options)
        return np.concatenate([np.ravel(r) for r in result]) if isinstance(result, (list, tuple)) else result

    if callable(given[0]) or isinstance(given[-1], list):
        return  # staged by the test below
    check_staged(function, parameters, 2e-8)


def knots(name: str, place: int) -> bool:
    """Arguments that must stay where they are: sorted points of an interpolation."""
    return name == "numpy.interp" and place < 2


def test_piecewise_staged() -> None:
    def function(x: Any) -> Any:
        return LIBRARY["numpy.piecewise"](x, [x < 0, x > 1], [square, 3.0, np.negative])

    check_staged(function, (np.array([-0.7, 0.4, 1.3]),))


def test_apply_along_axis_staged() -> None:
    def function(x: Any) -> Any:
        return LIBRARY["numpy.apply_along_axis"](total, 0, x)

    check_staged(function, (A,))


def test_digitize() -> None:
    for right in (False, True):
        same("numpy.digitize", (np.concatenate([BETWEEN, X]), X), {"right": right})


def test_polyfit() -> None:
    same("numpy.polyfit", (X, Y[0], 3), {}, 1e-9)


def test_every_function_has_a_case() -> None:
    tested = {name for name, *_ in CALLS} | {f"scipy.special.{n}" for n in set(SPECIAL) | ELSEWHERE}
    aliases = {"scipy.integrate.trapezoid", "scipy.linalg.kron", "scipy.linalg.pinv"}
    aliases |= {"scipy.linalg.cho_solve_banded"}  # solveh_banded uses it
    curves = {name for name, *_ in CURVES} | {"scipy.interpolate.splev"}
    assert set(LIBRARY) == tested | aliases | curves | INTEGRALS_AND_ROOTS | {
        "numpy.digitize",
        "numpy.polyfit",
    }


def test_scipy_special_is_the_reference() -> None:
    """The table maps names of SciPy that exist."""
    assert all(
        hasattr(scipy.special, n.rpartition(".")[2]) for n in LIBRARY if n.startswith("scipy.special.")
    )


@pytest.mark.parametrize("name", ["xlogy", "xlog1py"])
def test_products_with_logarithms_where_the_factor_is_zero(name: str) -> None:
    """The derivative by a vanishing factor is the logarithm; that by the other argument is zero."""

    def function(x: Any, y: Any) -> Any:
        return getattr(scipy.special, name)(x, y)

    logarithm = getattr(np, {"xlogy": "log", "xlog1py": "log1p"}[name])
    by_first = Staged(function, (0.0, Fixed(2.5))).derivative()
    np.testing.assert_allclose(by_first, logarithm(2.5) * (np.cos(1.0) + 0.3) * np.cos(1.0), rtol=1e-14)
    assert Staged(function, (Fixed(0.0), 2.5)).derivative() == 0.0
    assert Staged(function, (Fixed(0.0), 0.0)).derivative() == 0.0
