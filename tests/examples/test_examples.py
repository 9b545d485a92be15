"""Every example runs, and finds what it should."""

from __future__ import annotations

import importlib.util
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
Names = dict[str, Any]


@pytest.fixture
def example(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Names:
    """The names of the example that the test is called after, and what it printed as `printed`."""
    monkeypatch.chdir(tmp_path)
    name = request.function.__name__.removeprefix("test_")
    names = runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    return names | {"printed": capsys.readouterr().out}


def test_three_inputs(example: Names) -> None:
    assert example["obj"].fn() == 48.0
    assert example["obj"].gr().tolist() == [12.0, 12.0, 9.0]
    assert example["obj"].he().tolist() == [[6.0, 0.0, 0.0], [0.0, 0.0, 3.0], [0.0, 3.0, 0.0]]


def test_sigmoid_wx(example: Names) -> None:
    assert_allclose(example["obj"].fn(), 0.7310585786300049, rtol=1e-15)
    assert_allclose(example["obj"].gr(), [0.39322386648296365], rtol=1e-14)
    assert example["printed"].count("\n") == 10


def test_sigmoid_neuron(example: Names) -> None:
    exact = [float(value) for value in example["exact"]]
    assert_allclose(example["obj"].gr(), exact, rtol=1e-14)
    assert np.all(np.abs(np.divide(example["differences"], exact) - 1) > 1e-6), "differences are worse"


def test_linear_regression(example: Names) -> None:
    best = [example["slope"], example["intercept"]]
    assert_allclose(example["fit"].x, best, rtol=1e-8)
    assert_allclose(example["descended"], best, rtol=1e-3)
    if importlib.util.find_spec("matplotlib"):
        assert Path("linear_regression.png").stat().st_size > 1000


def test_nist_regression(example: Names) -> None:
    estimates, errors = example["CERTIFIED"].T
    assert_allclose(example["fit"].x, estimates, rtol=1e-8)
    assert_allclose(example["expected"], errors, rtol=1e-7)
    assert_allclose(2 * example["fit"].fun, 5642.7082397, rtol=1e-10)


def test_state_space(example: Names) -> None:
    assert_allclose(np.exp(example["fit"].x), [15099, 1469.1], rtol=2e-4)
    assert_allclose(example["fit"].fun, 632.5456, atol=1e-3)
    filtered = example["filtered"]
    assert filtered["level"].shape == filtered["deviation"].shape == (100,)
    assert_allclose(filtered["level"][-1], 798.37, atol=0.1)


def test_stock_assessment(example: Names) -> None:
    for name, data, r_and_k in (
        ("albacore", "ALBACORE", (0.3197, 243.4)),
        ("hake", "HAKE", (0.3706, 2820.0)),
    ):
        obj, data = example[name], example[data]
        fit = example["assess"](obj, name, 1960)
        assert_allclose(np.exp(fit.x[:2]), r_and_k, rtol=1e-3)
        assert_allclose(fit.fun, example["objective"](*fit.x, **data), rtol=1e-12)
        assert_allclose(obj.report(fit.x)["biomass"][0], np.exp(fit.x[1]), rtol=1e-12)


def test_sharded_regression(example: Names) -> None:
    if example["Client"] is None:
        assert "not installed" in example["printed"]
        return
    assert np.all(np.abs(example["estimates"] - example["EFFECTS"]) < 4 * example["errors"])
    months = [example["month"](number) for number in example["MONTHS"]]
    whole = {name: np.concatenate([data[name] for data in months]) for name in ("X", "y")}
    beta = example["estimates"]
    slope = whole["X"].T @ (np.exp(whole["X"] @ beta) - whole["y"]) + beta / 100
    assert np.max(np.abs(slope)) < 1e-3 * len(whole["y"]) ** 0.5


def test_every_example_has_a_test() -> None:
    tested = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    assert {path.stem for path in EXAMPLES.glob("*.py")} <= tested
