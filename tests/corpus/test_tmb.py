"""Joint negative log-likelihoods of models with random effects, against TMB's values and gradients."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse

import adfun
from tests.corpus.cases import TMB, flat, folders, parameters, read
from tests.fuzz.dual.execute import evaluate

WAITING = {
    "spde": "sparse matrices of parameters",
    "spde_aniso": "sparse matrices of parameters",
    "spde_phase1": "sparse matrices of parameters",
}
CASES = folders(TMB, "*")
pytestmark = pytest.mark.skipif(not CASES, reason="the models are not beside the repository")


def _marked(path: Path) -> Any:
    reason = WAITING.get(path.name)
    marks = [pytest.mark.xfail(reason=f"needs {reason}", strict=True)] if reason else []
    return pytest.param(path, marks=marks, id=path.name)


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        s = value["sparse"]
        return scipy.sparse.coo_matrix((np.array(s["x"], float), (s["i"], s["j"])), shape=s["shape"]).tocsc()
    return np.array(value) if isinstance(value, list) else value


def _free(full: np.ndarray, params: dict[str, Any], meta: dict[str, Any]) -> np.ndarray:
    """The gradient by the free parameters: tied elements are summed, fixed ones dropped."""
    parts, start = [], 0
    for name, value in params.items():
        part = full[start : start + np.size(value)]
        start += np.size(value)
        mapping = (meta["map"] or {}).get(name)
        if mapping is None:
            parts.append(part)
        elif mapping != "fixed":
            groups = np.array(mapping)
            parts.append(np.bincount(groups[groups >= 0], part[groups >= 0]))
    return np.concatenate(parts)


def _summary(v: np.ndarray) -> np.ndarray:
    """A long vector as the reference describes it."""
    k = np.arange(1, len(v) + 1)
    return np.array([*v[:20], v.sum(), np.linalg.norm(v), v @ np.sin(k)])


def _expected(gradient: Any) -> tuple[np.ndarray, bool]:
    if isinstance(gradient, list):
        return np.array(gradient), False
    return np.array([*gradient["first20"], gradient["sum"], gradient["norm2"], gradient["dot_sin"]]), True


@pytest.mark.parametrize("path", [_marked(p) for p in CASES if p.name != "longlinreg"])
def test_joint(path: Path) -> None:
    meta, expected = read(path / "meta.json"), read(path / "expected.json")["joint"]
    data = {name: _value(v) for name, v in read(path / "data.json").items()}
    points = {"start": "params.json", "perturbed": "params_perturbed.json"}
    start = parameters(read(path / points["start"]))
    obj = adfun.make_ad_fun(path / "model.py", data, start)
    for point, file in points.items():
        params = parameters(read(path / file))
        x = flat({name: params[name] for name in start})
        value = expected[point]["value"]
        assert abs(obj.fn(x) - value) <= 1e-9 * max(1.0, abs(value))
        wanted, summarised = _expected(expected[point]["gradient"])
        found = _free(obj.gr(x), start, meta)
        assert np.max(np.abs((_summary(found) if summarised else found) - wanted)) <= 1e-8 * np.max(
            np.abs(wanted)
        )


def test_a_million_observations() -> None:
    """The data are made by a recipe, so the reference is computed here."""
    path = TMB / "longlinreg"
    names: dict[str, Any] = {}
    exec("\n".join(read(path / "data.json")["generate"]), names)
    data = {name: names[name] for name in ("Y", "x")}
    params = parameters(read(path / "params_perturbed.json"))
    obj = adfun.make_ad_fun(path / "model.py", data, params)
    expected = evaluate((path / "model.py").read_text(), data, params)
    assert obj.fn() == pytest.approx(expected.value, rel=1e-12)
    np.testing.assert_allclose(
        obj.gr(), expected.gradient, rtol=0, atol=1e-9 * np.max(np.abs(expected.gradient))
    )
