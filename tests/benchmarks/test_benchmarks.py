"""What the benchmarks time is right: adfun, hand-written references, differences; no clock is looked at."""

from __future__ import annotations

import numpy as np
import pytest

import adfun
from tests.benchmarks import figures, hand
from tests.benchmarks.workloads import WORKLOADS

SMALL = 60


@pytest.mark.parametrize("name", WORKLOADS)
def test_value_and_gradient(name: str) -> None:
    """Against NumPy's value and its central differences."""
    data, params = WORKLOADS[name].inputs(SMALL)
    obj = adfun.make_ad_fun(WORKLOADS[name].objective, data, params)

    def plain(x: np.ndarray) -> float:
        return float(WORKLOADS[name].objective(**data, **obj.unflatten(x)))

    assert obj.fn() == pytest.approx(plain(obj.par), rel=1e-11)
    gradient = obj.gr()
    for k in range(0, len(obj.par), 1 + len(obj.par) // 10):
        step = np.zeros_like(obj.par)
        step[k] = 1e-5
        slope = (plain(obj.par + step) - plain(obj.par - step)) / 2e-5
        assert gradient[k] == pytest.approx(slope, rel=1e-5, abs=1e-5 * max(1.0, abs(obj.fn())))


@pytest.mark.skipif(hand.compiler() is None, reason="no g++")
@pytest.mark.parametrize("name", hand.HAND)
@pytest.mark.parametrize("size", [1, 7, SMALL, 1000])
def test_references(name: str, size: int) -> None:
    """The hand-written gradients are adfun's."""
    data, params = WORKLOADS[name].inputs(size)
    obj = adfun.make_ad_fun(WORKLOADS[name].objective, data, params)
    x = obj.par + 0.01 * np.cos(np.arange(len(obj.par)))
    value, gradient = hand.HAND[name](data, params)(x)
    assert value == pytest.approx(obj.fn(x), rel=1e-11)
    scale = np.max(np.abs(obj.gr(x)))
    np.testing.assert_allclose(gradient, obj.gr(x), rtol=1e-9, atol=1e-11 * scale)


def test_figures() -> None:
    """Every case has its three times; what was compiled is found."""
    found = figures.measure("garch", 1)
    assert set(found) == {"import", "cold", "warm"}
    assert found["cold"]["children"] > 5 * found["warm"]["children"]  # asked only who it is
