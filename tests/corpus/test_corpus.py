"""Objectives as people write them: value and gradient against 50-digit arithmetic, at two points."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import adfun
from tests.corpus.reading import SHARED, cases, load

CASES = cases("corpus/*/*/model.py")

pytestmark = pytest.mark.skipif(not CASES, reason="the collection of objectives is not here")


def test_all_cases_are_there() -> None:
    """The list below is the whole collection, not what a wrong path left of it."""
    assert len(CASES) == len(list((SHARED / "corpus").glob("*/*/expected.json"))) >= 93


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_case(case: Path) -> None:
    expected = json.loads((case / "expected.json").read_text())
    obj = adfun.make_ad_fun(case / "model.py", load(case / "data.json"), load(case / "params.json"))
    second = {k: np.array(v) if isinstance(v, list) else v for k, v in expected["params2"].items()}
    for x, suffix in ((obj.par, ""), (obj.flatten(second), "2")):
        value, gradient = expected[f"fn{suffix}"], np.array(expected[f"gr{suffix}"])
        assert abs(obj.fn(x) - value) <= 1e-10 * abs(value)
        assert np.max(np.abs(obj.gr(x) - gradient)) <= 1e-9 * np.max(np.abs(gradient))
