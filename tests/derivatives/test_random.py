"""Forward and reverse mode agree on random programs, in every composition, to second order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adfun.ir.check import check
from adfun.ir.interpret import run
from adfun.ir.nodes import Function
from adfun.passes.adjoint import adjoint
from adfun.passes.forward import forward_gradient
from adfun.passes.simplify import simplify
from adfun.passes.tangent import tangent
from tests.derivatives.random_programs import SIZE, random_function

SEEDS = range(150)
INPUTS: dict[str, Any] = {
    "p": 0.37,
    "x": np.array([0.83, -0.41, 0.29, -1.07]),
    "y": np.array([0.53, -0.97, 1.21, 0.19]),
}
U: dict[str, Any] = {"p": 0.6, "x": np.array([-0.4, 0.9, 0.7, -0.2])}
V: dict[str, Any] = {"p": -0.3, "x": np.array([0.5, 0.1, -0.8, 0.6])}
assert len(INPUTS["x"]) == SIZE


def seeds(prefix: str, direction: dict[str, Any]) -> dict[str, Any]:
    return {f"{prefix}_{name}": value for name, value in direction.items()}


def along(buffers: dict[str, Any], prefix: str, direction: dict[str, Any]) -> float:
    """The inner product of a gradient and a direction."""
    return float(sum(np.sum(buffers[prefix + name] * value) for name, value in direction.items()))


def close(found: float, expected: float) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-11)


def check_first_order(function: Function) -> None:
    value, slope = run(check(tangent(function)), {**INPUTS, **seeds("d", U)}).values
    reverse = check(adjoint(function))
    for version in (reverse, check(simplify(reverse)), check(forward_gradient(function))):
        results = run(version, INPUTS)
        close(results.values[0], value)
        close(along(results.buffers, "g_", U), slope)


def check_second_order(function: Function) -> None:
    both = {**INPUTS, **seeds("d", U), **seeds("d2", V)}
    curvature = run(tangent(tangent(function)), both).values[-1]
    one = run(check(simplify(tangent(adjoint(function)))), both)
    close(along(one.buffers, "d_g_", V), curvature)
    for local in (True, False):
        forward = run(check(tangent(forward_gradient(function, local=local, again=True))), both)
        close(along(forward.buffers, "d_g_", V), curvature)
    two = run(check(simplify(adjoint(tangent(function)))), both)
    close(along(two.buffers, "g_", V), curvature)


@pytest.mark.parametrize("seed", SEEDS)
def test_modes_agree(seed: int) -> None:
    function = check(random_function(seed))
    check_first_order(function)
    check_first_order(simplify(function))
    if seed % 5 == 0:
        check_second_order(function)
