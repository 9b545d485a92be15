"""Every program of this folder compiles, and value and gradient are those of the source run by Python."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adfun
from tests.language import (
    programs,
    programs_classes,
    programs_complex,
    programs_effects,
    programs_idioms,
    programs_lengths,
    programs_models,
    programs_physics,
    programs_python,
    programs_rows,
    programs_sizes,
    programs_small,
    programs_statistics,
)

ALL = [
    pytest.param(*entry, id=entry[0])
    for module in (
        programs,
        programs_classes,
        programs_complex,
        programs_effects,
        programs_idioms,
        programs_lengths,
        programs_models,
        programs_physics,
        programs_python,
        programs_rows,
        programs_sizes,
        programs_small,
        programs_statistics,
    )
    for entry in module.PROGRAMS
]
STEP = 1e-6


def uncompiled(source: str) -> Callable[..., Any]:
    """The objective as Python runs it."""
    names: dict[str, Any] = {}
    exec(compile(source, "<program>", "exec"), names)
    found: Callable[..., Any] = names["objective"]
    return found


@pytest.mark.parametrize(("name", "source", "data", "params"), ALL)
def test_value_and_gradient(name: str, source: str, data: dict[str, Any], params: dict[str, Any]) -> None:
    """The gradient against central differences: what they cannot see is covered by the exact references."""
    function = uncompiled(source)
    obj = adfun.make_ad_fun(source, data, params)

    def plain(x: np.ndarray) -> float:
        return float(np.asarray(function(**copy.deepcopy(data), **obj.unflatten(x))).item())

    x = obj.par
    expected = plain(x)
    assert obj.fn(x) == pytest.approx(expected, rel=1e-11, abs=1e-11)
    differences = np.array([(plain(x + h) - plain(x - h)) / (2 * STEP) for h in STEP * np.eye(x.size)])
    scale = max(1.0, float(np.max(np.abs(differences))))
    np.testing.assert_allclose(obj.gr(x), differences, rtol=0, atol=1e-6 * scale)
