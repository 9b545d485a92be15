"""Functions of NumPy and SciPy written in the language that objectives are written in.

The front end reads these like a user's own helpers, so their derivatives follow from the passes, and each
runs uncompiled as well.  To add one: write it, and put it into a table below.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adfun import lazy
from adfun.library.distributions import DISTRIBUTIONS

Function = Callable[..., Any]


LINEAR_ALGEBRA = (
    "toeplitz hankel circulant block_diag companion pinv pinvh cholesky_banded cho_solve_banded "
    "solveh_banded leslie convolution_matrix matmul_toeplitz solve_circulant khatri_rao"
)
SUMMARIES = (
    "gmean hmean pmean gstd zscore sem skew kurtosis moment variation entropy boxcox_llf circmean circvar "
    "iqr median_abs_deviation"
)
DISTANCES = (
    "cdist pdist squareform euclidean sqeuclidean cityblock chebyshev minkowski mahalanobis cosine "
    "correlation canberra braycurtis jensenshannon"
)
_FROM: tuple[tuple[str, str, str], ...] = (
    (
        "numpy",
        "numpy_functions",
        "trapezoid gradient unwrap cov corrcoef kron convolve correlate interp digitize polyval polyder "
        "polyint polyadd polysub polymul polyfit poly1d piecewise apply_along_axis i0",
    ),
    ("numpy.lib.stride_tricks", "numpy_functions", "sliding_window_view"),
    ("numpy.linalg", "linear_algebra", "pinv"),
    ("numpy.linalg", "decompositions", "qr"),
    ("scipy.linalg", "decompositions", "eigh_tridiagonal eigvalsh_tridiagonal"),
    ("scipy.integrate", "filters", "simpson"),
    ("scipy.integrate", "calculus", "quad fixed_quad"),
    ("scipy.optimize", "calculus", "brentq"),
    ("scipy.signal", "filters", "convolve2d correlate2d"),
    ("scipy.linalg", "linear_algebra", LINEAR_ALGEBRA),
    ("scipy.spatial.distance", "distances", DISTANCES),
    ("scipy.integrate", "numpy_functions", "trapezoid cumulative_trapezoid"),
    ("scipy.signal", "numpy_functions", "fftconvolve"),
    ("scipy.signal", "summaries", "lfilter detrend"),
    (
        "scipy.interpolate",
        "interpolation",
        "interp1d CubicSpline CubicHermiteSpline PchipInterpolator BSpline splev make_interp_spline",
    ),
    ("scipy.stats", "summaries", SUMMARIES),
    ("scipy.optimize", "summaries", "rosen"),
    (
        "scipy.special",
        "special_simple",
        "gammasgn rgamma poch beta betaln binom comb factorial multigammaln rel_entr kl_div exprel cosm1 "
        "sindg cosdg tandg cotdg radian huber pseudo_huber boxcox boxcox1p inv_boxcox inv_boxcox1p",
    ),
    (
        "scipy.special",
        "special_physics",
        "j0 j1 jv spherical_jn ellipk ellipkm1 ellipe dawsn voigt_profile hyp2f1 hyp1f1 perm",
    ),
    ("scipy.special", "special_integrals", "kv kve kn k0 k0e k1 k1e exp1 expi zeta owens_t"),
    (
        "scipy.special",
        "inverses",
        "gammaincinv gammainccinv betaincinv betainccinv chdtri fdtri stdtrit lambertw",
    ),
    ("scipy.special", "incomplete_gamma", "gammainc gammaincc pdtr pdtrc gdtr gdtrc chdtr chdtrc"),
    ("scipy.special", "incomplete_beta", "betainc betaincc bdtr bdtrc nbdtr nbdtrc fdtr fdtrc stdtr"),
)

_PLACES: dict[str, tuple[str, str]] = {
    f"{module}.{name}": (source, name) for module, source, names in _FROM for name in names.split()
} | {
    "numpy.add.reduceat": ("numpy_functions", "add_reduceat"),
    "scipy.signal.correlate": ("numpy_functions", "cross_correlate"),
    "scipy.signal.convolve": ("numpy_functions", "fftconvolve"),
    "scipy.signal.oaconvolve": ("numpy_functions", "fftconvolve"),
    "numpy.trapz": ("numpy_functions", "trapezoid"),
    "scipy.linalg.qr": ("decompositions", "scipy_qr"),
    **{f"scipy.optimize.{name}": ("calculus", "brentq") for name in ("bisect", "brenth", "ridder")},
    "scipy.special.jn": ("special_physics", "jv"),
    "scipy.linalg.kron": ("numpy_functions", "kron"),
}
"""Dotted name -> module of this package, name there."""


def _function(name: str) -> Function:
    source, there = _PLACES[name]
    found: Function = getattr(lazy.load(f"adfun.library.{source}"), there)
    return found


LIBRARY = lazy.LateMapping(_PLACES, _function)
"""Dotted name of a function of NumPy or SciPy -> the same function in the language."""

__all__ = ["DISTRIBUTIONS", "LIBRARY"]
