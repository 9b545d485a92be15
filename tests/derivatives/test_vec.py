"""Directions side by side, in registers of several widths: the Hessian equals its products one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import adfun


def switching(theta: Any, y: Any) -> Any:
    level, total = theta[0], 0.0
    for t in range(len(y)):
        if level > theta[1]:
            level = level * theta[2] + np.sin(theta[3] * y[t])
        else:
            level = theta[4] - level * theta[5]
        total += (y[t] - level) ** 2 * theta[6 % len(theta)] ** 2
    return total


@pytest.mark.parametrize("target", ["native", "generic"])
@pytest.mark.parametrize("count", [6, 8, 11])
def test_directions_side_by_side(target: str, count: int) -> None:
    y = np.sin(np.arange(30.0))
    theta = np.array([0.3, 0.1, 0.8, 1.5, -0.2, 0.7, 1.1, 0.5, 0.4, 0.3, 0.2])[:count]
    obj = adfun.make_ad_fun(switching, {"y": y}, {"theta": theta}, target=target)
    columns = [obj.hvp(theta, unit) for unit in np.eye(count)]
    np.testing.assert_allclose(obj.he(theta), columns, rtol=1e-12, atol=1e-12)
    assert "adfun_vec " in obj.cpp
