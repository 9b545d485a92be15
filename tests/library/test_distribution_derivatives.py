"""Every method of every distribution through the front end: value and derivative of its IR."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from adfun.library import DISTRIBUTIONS
from tests.library.staged import Fixed, Staged, call_plain, differences
from tests.library.test_distributions import OF_VALUES, SHAPES, UNIVARIATE

CASES = [(name, method) for name in UNIVARIATE for method in DISTRIBUTIONS[name]]
WHOLE = {
    "binom": (0,),
    "betabinom": (0,),
    "betanbinom": (0,),
    "hypergeom": (0, 1, 2),
    "randint": (0, 1),
    "ncx2": (0,),
}
"""Shape parameters that are whole numbers: known, not differentiated."""

INSTEAD: dict[str, tuple[float, ...]] = {
    "t": (4.5,), "invgamma": (3.5,), "pareto": (3.0,), "f": (5.5, 3.0), "genextreme": (-0.4,),
    "genpareto": (0.3,), "triang": (0.3,), "randint": (0.0, 7.0), "truncnorm": (-1.0, 2.0),
    "binom": (40.0, 0.75), "bernoulli": (0.3,),
    "truncpareto": (2.0, 5.0), "loguniform": (0.3, 2.0), "fisk": (3.5,), "lomax": (3.0,),
    "ncx2": (3.0, 1.0),
}  # fmt: skip
"""Shape parameters to use instead of the second ones of SHAPES."""


def shape_of(name: str) -> tuple[Any, ...]:
    known = SHAPES.get(name, [()])
    numbers = INSTEAD.get(name) or known[min(1, len(known) - 1)]
    whole = WHOLE.get(name, ())
    return tuple(Fixed(int(v)) if k in whole else v for k, v in enumerate(numbers))


def arguments(name: str, method: str, level: float) -> tuple[Any, ...]:
    """A point inside the support, shape, location and scale."""
    shape = shape_of(name)
    numbers = [s.value if isinstance(s, Fixed) else s for s in shape]
    discrete = "logpmf" in DISTRIBUTIONS[name]
    place: tuple[Any, ...] = () if discrete else (0.4, 1.7)
    if method in ("ppf", "isf"):
        return (level, *shape, *place)
    if method == "interval":
        return (Fixed(level), *shape, *place)
    if method not in OF_VALUES:
        return (*shape, *place)
    where = float(getattr(stats, name).ppf(level, *numbers, *place))
    return (Fixed(int(where)) if discrete else where, *shape, *place)


@pytest.mark.parametrize(("name", "method"), CASES)
def test_value_and_derivative(name: str, method: str) -> None:
    function = DISTRIBUTIONS[name][method]
    for level in (0.21, 0.83):
        given = arguments(name, method, level)
        if all(isinstance(a, Fixed) for a in given):
            continue
        with np.errstate(all="ignore"):
            staged = Staged(function, given)
        np.testing.assert_allclose(staged.value(), call_plain(function, given), rtol=2e-13, atol=1e-15)
        expected = differences(function, given)
        if not np.isfinite(expected):
            continue  # log of a probability that is zero
        assert abs(staged.derivative() - expected) < 2e-9 * max(1.0, abs(expected)), (level, expected)
