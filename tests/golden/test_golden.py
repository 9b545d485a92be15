"""The IR, the adjoint and the C++ of four small objectives, as text: a change shows what it does to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adfun import compile as compiler
from tests.conftest import Golden
from tests.fuzz.layers import built

PROGRAMS = Path(__file__).parent / "programs"
ARGUMENTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "regression": ({"x": np.arange(3.0), "y": np.arange(3.0)}, {"a": 0.1, "b": 0.2, "log_sigma": 0.0}),
    "random_walk": ({"y": np.arange(4.0)}, {"drift": 0.1, "decay": 0.2}),
    "groups": ({"count": np.array([1, 2]), "group": np.array([0, 1])}, {"mu": 0.1, "u": np.zeros(2)}),
    "covariance": ({"t": np.arange(4.0), "z": np.arange(4.0)}, {"log_scale": 0.1}),
}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_stages(name: str, golden: Golden) -> None:
    text = (PROGRAMS / f"{name}.py").read_text(encoding="utf-8")
    function = built(text, *ARGUMENTS[name]).function
    golden(PROGRAMS / f"{name}.ir", compiler.shown(function, "ir") + "\n")
    golden(PROGRAMS / f"{name}.adjoint", compiler.shown(function, "adjoint") + "\n")
    golden(PROGRAMS / f"{name}.cpp", compiler.compile("gr", function).text)
