"""Joint negative log-likelihoods of mixed models: value and gradient against Template Model Builder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adfun
from tests.corpus.reading import as_params, cases, load

CASES = cases("tmb/*/model.py")
WAITING = {
    "adaptive_integration": "scipy.integrate.quad",
    "simple": "sparse matrices",
    "spde": "sparse matrices",
    "spde_aniso": "sparse matrices",
    "spde_phase1": "sparse matrices",
    "transform2": "scipy.stats.beta.ppf",
}
NO_DATA = ("longlinreg",)

pytestmark = pytest.mark.skipif(not CASES, reason="the collection of models is not here")


def _parameter(case: Path) -> Any:
    reason = WAITING.get(case.name)
    marks = [pytest.mark.xfail(raises=adfun.AdfunError, reason=f"needs {reason}")] if reason else []
    return pytest.param(case, id=case.name, marks=marks)


def _free(gradient: np.ndarray, obj: adfun.ADFun, meta: dict[str, Any]) -> np.ndarray:
    """The gradient by the free parameters: fixed ones left out, tied ones added up."""
    kept = []
    parts = obj.unflatten(gradient)
    for name, part in parts.items():
        rule = (meta["map"] or {}).get(name)
        flat = np.ravel(part)
        if rule is None:
            kept.append(flat)
        elif rule != "fixed":
            groups = np.array(rule)
            kept.append(np.array([flat[groups == g].sum() for g in range(groups.max() + 1)]))
    return np.concatenate(kept)


@pytest.mark.parametrize("case", [_parameter(c) for c in CASES if c.name not in NO_DATA])
def test_joint(case: Path) -> None:
    joint = json.loads((case / "expected.json").read_text())["joint"]
    meta = json.loads((case / "meta.json").read_text())
    data, params = load(case / "data.json"), as_params(load(case / "params.json"))
    obj = adfun.make_ad_fun(case / "model.py", data, params)
    points = {"start": params, "perturbed": as_params(load(case / "params_perturbed.json"))}
    for name, point in points.items():
        x = obj.flatten(point)
        assert obj.fn(x) == pytest.approx(joint[name]["value"], rel=1e-10)
        compare(_free(obj.gr(x), obj, meta), joint[name]["gradient"])


def compare(gradient: np.ndarray, expected: Any) -> None:
    """Long gradients are given by their first entries, and by sums."""
    if isinstance(expected, list):
        reference = np.array(expected)
        assert np.max(np.abs(gradient - reference)) <= 1e-8 * max(1e-3, np.max(np.abs(reference)))
        return
    scale = float(np.max(np.abs(gradient)))
    np.testing.assert_allclose(gradient[:20], expected["first20"], rtol=0, atol=1e-8 * scale)
    assert np.linalg.norm(gradient) == pytest.approx(expected["norm2"], rel=1e-9)
    waves = np.sin(np.arange(1, gradient.size + 1))
    assert gradient @ waves == pytest.approx(expected["dot_sin"], rel=1e-8, abs=1e-8 * scale)
