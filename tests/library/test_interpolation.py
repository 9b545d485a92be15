"""What constructors of curves make: their values against those of SciPy and NumPy."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

from adfun.library import LIBRARY

X = np.array([0.0, 0.2, 0.5, 0.8, 1.1])
Y = np.array([0.3, -0.2, 0.9, 1.4, 1.1])
AT = np.array([0.0, 0.05, 0.3, 0.5, 0.52, 0.79, 0.95, 1.1])
BEYOND = np.array([-0.4, 0.3, 1.4])
KNOTS = np.r_[[0.0] * 4, 0.4, 0.7, [1.2] * 4]
C = np.array([0.2, 1.0, -0.5, 0.4, 0.8, 0.1])
CURVES: list[tuple[str, tuple[Any, ...], dict[str, Any], tuple[Any, ...]]] = [
    *(
        ("scipy.interpolate.interp1d", (X, Y), {"kind": kind}, (AT,))
        for kind in ("linear", "nearest", "nearest-up", "previous", "next", "cubic")
    ),
    ("scipy.interpolate.interp1d", (X[::-1], Y), {"fill_value": "extrapolate"}, (BEYOND,)),
    ("scipy.interpolate.interp1d", (X, Y), {"bounds_error": False, "fill_value": (1.0, 2.0)}, (BEYOND,)),
    ("scipy.interpolate.interp1d", (X, Y), {"bounds_error": False}, (BEYOND,)),
    *(
        ("scipy.interpolate.CubicSpline", (X[:n], Y[:n]), {"bc_type": bc}, (at, nu))
        for n in (3, 4, 5)
        for bc in ("not-a-knot", "natural", "clamped", ((1, 0.3), (2, -0.1)))
        for at, nu in ((AT, 0), (BEYOND, 1), (BEYOND, 2), (AT, 3))
    ),
    ("scipy.interpolate.CubicSpline", (X[:2], Y[:2]), {}, (AT,)),
    ("scipy.interpolate.CubicSpline", (X, np.column_stack((Y, Y**2))), {}, (AT,)),
    ("scipy.interpolate.CubicSpline", (X, Y), {"extrapolate": False}, (BEYOND,)),
    ("scipy.interpolate.CubicHermiteSpline", (X, Y, C[:5]), {}, (BEYOND,)),
    ("scipy.interpolate.PchipInterpolator", (X, Y), {}, (AT,)),
    ("scipy.interpolate.PchipInterpolator", (X, np.array([1.0, 1.0, 0.2, 3.0, -5.0])), {}, (BEYOND,)),
    ("scipy.interpolate.BSpline", (KNOTS, C, 3), {}, (np.r_[BEYOND, AT, 1.2],)),
    ("scipy.interpolate.BSpline", (KNOTS, np.eye(6), 3, False), {}, (BEYOND,)),
    ("scipy.interpolate.make_interp_spline", (X, Y), {"k": 3}, (AT,)),
    ("scipy.interpolate.make_interp_spline", (X, Y), {"k": 1}, (AT,)),
    ("numpy.poly1d", (Y,), {}, (BEYOND,)),
]


@pytest.mark.parametrize("curve", CURVES, ids=lambda c: f"{c[0].rpartition('.')[2]}-{c[2]}-{c[3][1:]}")
def test_curve(curve: tuple[str, tuple[Any, ...], dict[str, Any], tuple[Any, ...]]) -> None:
    name, made_of, options, at = curve
    module, _, function = name.rpartition(".")
    original = getattr(importlib.import_module(module), function)
    found, wanted = LIBRARY[name](*made_of, **options)(*at), original(*made_of, **options)(*at)
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)


def test_outside_the_points() -> None:
    with pytest.raises(ValueError, match="interpolation range"):
        LIBRARY["scipy.interpolate.interp1d"](X, Y)(BEYOND)
