"""Many fits of one model: the same bits wherever they run, and one compilation."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from joblib.externals.loky import get_reusable_executor
from scipy.optimize import minimize

from adfun import ADFun, ArgumentError, Fits, make_ad_fun, map_fits

SOURCE = """
import numpy as np
from scipy.stats import norm

def objective(a, b, log_s, x, y):
    return -np.sum(norm.logpdf(y, a + b * x, np.exp(log_s)))
"""
X = np.linspace(0, 1, 25)
DATA = {"x": X, "y": 1 + 2 * X + 0.1 * np.cos(37 * X)}
START = {"a": 0.0, "b": 0.0, "log_s": 0.0}


def _object() -> ADFun:
    return make_ad_fun(SOURCE, DATA, START)


def resampled(rng: np.random.Generator, i: int) -> dict[str, Any]:
    rows = rng.integers(0, X.size, X.size)
    return {"x": X[rows], "y": DATA["y"][rows]}


def _same(first: Fits, second: Fits) -> bool:
    return all(
        getattr(first, name).tobytes() == getattr(second, name).tobytes()
        for name in ("par", "value", "converged", "index")
    ) and list(first.message) == list(second.message)


@pytest.fixture
def serially(compiled: Callable[[], int]) -> Fits:
    fits = map_fits(_object(), resampled, count=200, seed=5)
    assert fits.converged.all() and compiled() == 1
    return fits


def test_bootstrap(serially: Fits, compiled: Callable[[], int]) -> None:
    with ThreadPoolExecutor(3) as threads:
        assert _same(map_fits(_object(), resampled, threads, count=200, seed=5), serially)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as processes:
        assert _same(map_fits(_object(), resampled, processes, count=200, seed=5), serially)
    loky = get_reusable_executor(2)
    assert _same(map_fits(_object(), lambda rng, i: resampled(rng, i), loky, count=200, seed=5), serially)
    loky.shutdown()
    assert compiled() == 1
    by_hand = _object().with_data(resampled(serially.rng(7), 7))
    assert (
        minimize(by_hand.fn, by_hand.par, jac=by_hand.gr, method="L-BFGS-B").x.tolist()
        == serially.par[7].tolist()
    )


def test_dask(serially: Fits, compiled: Callable[[], int]) -> None:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        assert _same(map_fits(_object(), resampled, client.get_executor(), count=200, seed=5), serially)
    assert compiled() == 1


def test_datasets_and_starts() -> None:
    obj = _object()
    half = {"x": X[:12], "y": DATA["y"][:12]}
    fits = map_fits(
        obj, [half, (half, START), (None, [0.1, 0.2, 0.3]), (None, {**START, "b": 1.0})], method="BFGS"
    )
    assert fits.par[0].tolist() == fits.par[1].tolist() == minimize(
        obj.with_data(half).fn_gr, obj.par, jac=True, method="BFGS").x.tolist()  # fmt: skip
    np.testing.assert_allclose(fits.par[2], fits.par[3], atol=1e-4)
    assert fits.seed is None and fits.index.tolist() == [0, 1, 2, 3] and len(fits) == 4


@pytest.mark.parametrize("method", ["trust-exact", "Newton-CG", "Nelder-Mead"])
def test_methods(method: str) -> None:
    fits = map_fits(_object(), [DATA], method=method, options={"maxiter": 2000})
    np.testing.assert_allclose(fits.par[0], [1.004631, 1.989100, -2.65], atol=0.05)


def test_failures_are_rows() -> None:
    wrong = {"x": X, "y": np.arange(3)}

    def fit(obj: ADFun, start: Any, limit: float) -> dict[str, Any]:
        if obj.fn(start) > limit:
            raise RuntimeError("too far away")
        return {"x": start, "fun": obj.fn(start), "success": True}

    fits = map_fits(
        _object(), [DATA, wrong, {"x": X}, (None, [9.0, 9.0, 9.0]), (None, [9.0])], fit=fit, limit=230.0
    )
    assert fits.converged.tolist() == [True, False, False, False, False]
    assert np.isnan(fits.par[1:]).all() and np.isnan(fits.value[1:]).all()
    for message, words in zip(fits.message[1:], ("", "missing 'y'", "too far away", "shape"), strict=True):
        assert words in message and message
    assert "1 converged; the first that did not, 1:" in repr(fits)


class Breaking(Executor):
    """An executor that loses every chunk after the first."""

    def __init__(self) -> None:
        self.count = 0

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.count += 1
        if self.count == 1:
            future.set_result(function(*args, **kwargs))
        else:
            future.set_exception(OSError("the worker died"))
        return future


def test_a_run_that_is_resumed(tmp_path: Path) -> None:
    file, obj = tmp_path / "fits.jsonl", _object()
    whole = map_fits(obj, resampled, count=12, seed=1)
    broken = map_fits(obj, resampled, Breaking(), count=12, seed=1, checkpoint=file, chunk=4)
    assert broken.converged.sum() == 4 and "not run: OSError: the worker died" in broken.message[11]
    lines = file.read_text().splitlines(keepends=True)
    assert len(lines) == 5
    file.write_text("".join([*lines[:4], lines[4][:-10]]))  # the process was killed while it wrote

    ran: list[int] = []

    def counted(rng: np.random.Generator, i: int) -> dict[str, Any]:
        ran.append(i)
        return resampled(rng, i)

    counted.__qualname__ = resampled.__qualname__
    assert _same(map_fits(obj, counted, count=12, seed=1, checkpoint=file), whole)
    known = {json.loads(line)["index"] for line in lines[1:4]}
    assert ran == [i for i in range(12) if i not in known]
    assert _same(map_fits(obj, counted, count=12, seed=1, checkpoint=file), whole) and len(ran) == 9
    map_fits(obj, counted, count=12, seed=2, checkpoint=file)  # other datasets: nothing is known of them
    assert len(ran) == 21
    with pytest.raises(ArgumentError, match="is not of this model"):
        map_fits(obj.with_data(DATA, {**START, "a": 1.0}), counted, count=12, seed=1, checkpoint=file)


def test_checkpoints_know_data_and_starts(tmp_path: Path) -> None:
    file, obj = tmp_path / "fits.jsonl", _object()
    half = {"x": X[:12], "y": DATA["y"][:12]}
    first = map_fits(obj, [DATA, (None, [0.1, 0.2, 0.3])], checkpoint=file)
    second = map_fits(obj, [half, (None, [0.1, 0.2, 0.3])], checkpoint=file)
    assert second.value[0] != first.value[0] and second.seconds[1] == first.seconds[1]


def test_a_function_that_no_process_can_import() -> None:
    with pytest.raises(ValueError, match="no pickle"), ProcessPoolExecutor(1) as pool:
        map_fits(_object(), [DATA], pool, fit=Unpicklable())


class Unpicklable:
    def __call__(self, obj: ADFun, start: Any) -> Any:
        return {}

    def __reduce__(self) -> str:
        raise ValueError("no pickle of this")


def test_progress(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    map_fits(_object(), [DATA] * 3, progress=True)
    assert "3/3" in capsys.readouterr().err
    monkeypatch.setitem(__import__("sys").modules, "tqdm", None)
    map_fits(_object(), [DATA, {}], progress=True)
    assert capsys.readouterr().err == "2 of 2 fits, 1 not converged\n"


def test_frame() -> None:
    pytest.importorskip("pandas")
    frame = map_fits(_object(), resampled, count=3, seed=1).to_frame()
    assert list(frame.columns) == ["a", "b", "log_s", "value", "converged", "message", "seconds"]
    assert list(frame.index) == [0, 1, 2]


def test_arguments() -> None:
    with pytest.raises(ArgumentError, match="count"):
        map_fits(_object(), resampled)
    with pytest.raises(ArgumentError, match="a dataset is a dict"):
        map_fits(_object(), [3.0])
    assert len(map_fits(_object(), [])) == 0
