"""Objects pickle by content: in another process, which cannot import the source, they give the same bits."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path
from typing import Any

import cloudpickle
import joblib
import numpy as np
import pytest

import adfun
from adfun import ADFun, ArgumentError, ArtifactError, make_ad_fun
from tests.machines import models

DATA, START = {"y": np.arange(3.0)}, {"a": 0.4, "log_s": 0.2}


def _object() -> ADFun:
    return make_ad_fun(models.made(np.array([0.5, 1.0, 1.5])), DATA, START)


def _numbers(obj: ADFun) -> list[Any]:
    return [obj.fn(), obj.gr().tolist(), obj.he().tolist(), obj.report(), obj.names]


ALONE = """
import pickle, sys
obj = pickle.load(open(sys.argv[1], "rb"))
numbers = [obj.fn(), obj.gr().tolist(), obj.he().tolist(), obj.report(), obj.names]
front = any(name.startswith(("adfun.frontend.evaluator", "adfun.passes", "tests")) for name in sys.modules)
print(repr((numbers, front)))
"""


def _alone(state: bytes, folder: Path) -> tuple[list[Any], bool]:
    """The numbers in a new process without the module of the source; whether it needed the front end."""
    file = folder / "object.pickle"
    file.write_bytes(state)
    command = [sys.executable, "-c", ALONE, str(file)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    found: tuple[list[Any], bool] = eval(done.stdout, {"np": np, "array": np.array})
    return found


@pytest.fixture
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes find the package that is tested, and nothing else."""
    monkeypatch.setenv("PYTHONPATH", str(Path(adfun.__file__).parents[1]))


def test_another_process(
    compiled: Callable[[], int], importable: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    obj = _object()
    expected = _numbers(obj)
    state = pickle.dumps(obj)
    assert len(state) < 12_000
    count = compiled()
    assert _alone(state, tmp_path) == (expected, False)
    assert compiled() == count  # found by its digest
    monkeypatch.setenv("ADFUN_CACHE", str(tmp_path / "elsewhere"))  # another machine
    assert _alone(state, tmp_path) == (expected, True)
    assert compiled() == 2 * count
    assert _alone(state, tmp_path) == (expected, False)
    assert compiled() == 2 * count


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_pools(method: str, compiled: Callable[[], int]) -> None:
    obj = _object()
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        _same_in(pool, obj)
    assert compiled() == 3


def _same_in(pool: Executor, obj: ADFun) -> None:
    expected = _numbers(obj)
    assert list(pool.map(_numbers, [obj] * 4)) == [expected] * 4
    x = obj.par + 0.1
    assert list(pool.map(obj.fn, [x, obj.par])) == [obj.fn(x), obj.fn()]


def test_loky_and_cloudpickle() -> None:
    """joblib pickles by cloudpickle: closures over an object, too."""
    obj = _object()
    x = obj.par + np.linspace(0, 1, 5)[:, None]
    values = joblib.Parallel(n_jobs=2)(joblib.delayed(lambda row: obj.fn(row))(row) for row in x)
    assert values == [obj.fn(row) for row in x]
    assert _numbers(pickle.loads(cloudpickle.dumps(obj))) == _numbers(obj)


def test_arrays_travel_out_of_band() -> None:
    y = np.arange(100_000.0)
    obj = make_ad_fun(
        "import numpy as np\ndef objective(a, y): return np.sum((y - a) ** 2)", {"y": y}, {"a": 0.0}
    )
    buffers: list[pickle.PickleBuffer] = []
    state = pickle.dumps(obj, protocol=5, buffer_callback=buffers.append)
    assert len(state) < 2000 and max(b.raw().nbytes for b in buffers) == y.nbytes
    assert pickle.loads(state, buffers=buffers).fn(1.0) == obj.fn(1.0)


def test_all_kinds_of_arguments() -> None:
    pandas = pytest.importorskip("pandas")

    def objective(a: Any, b: Any, d: Any, n: Any, kind: str, frame: Any) -> Any:
        total = n * a["x"] + np.sum(d["w"][0] * a["z"]) + len(d["list"]) * b[0] + b[1]
        return total**2 + (1.0 if kind == "k" else 0.0) + np.sum(frame["u"]) * d[("k", 1)]

    frame = pandas.DataFrame({"u": [1.0, 2.0], "words": ["a", "b"]})
    data = {
        "d": {"w": (np.ones((2, 1)), None), "list": [1, 2, 3], ("k", 1): True},
        "n": 3,
        "kind": "k",
        "frame": frame,
    }
    obj = make_ad_fun(objective, data, {"a": {"x": 1.0, "z": np.ones(2)}, "b": [0.5, 0.25]})
    again = pickle.loads(pickle.dumps(obj))
    assert (again.fn(), again.names) == (obj.fn(), obj.names)
    assert again.unflatten()["b"].tolist() == [0.5, 0.25]
    assert again.with_data({**data, "n": 4}).fn() == obj.with_data({**data, "n": 4}).fn()


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_copies(copied: Callable[[ADFun], ADFun]) -> None:
    words = [1.0, object()]

    def objective(x: Any) -> Any:
        return x * 2.0 if len(words) == 2 else x  # cannot be pickled, can be copied

    for obj in (_object(), make_ad_fun(objective, {}, {"x": 1.0})):
        other = copied(obj)
        other.names.append("more")
        assert other is not obj and other.fn() == obj.fn() and "more" not in obj.names


def test_precompiled_objects(compiled: Callable[[], int], importable: None, tmp_path: Path) -> None:
    """They are found where they were, also by a process without compiler and source."""
    source = "def objective(x, y): return (x - y) ** 4"
    folder = make_ad_fun(source, {"y": 1.0}, {"x": 3.0}).export(tmp_path / "built", ["gr", "he", "report"])
    obj = adfun.load(folder)({"y": 2.0}, {"x": 5.0})
    using = make_ad_fun(source, {"y": 2.0}, {"x": 5.0}, artifacts=tmp_path / "built", cache=False)
    count = compiled()
    for given in (obj, using):
        assert _alone(pickle.dumps(given), tmp_path) == (_numbers(obj), False)
    assert compiled() == count
    folder.rename(tmp_path / "elsewhere")
    with pytest.raises(ArtifactError, match="built"):
        pickle.loads(pickle.dumps(obj))


def test_what_cannot_be_pickled() -> None:
    words = [1.0, object()]

    def objective(x: Any) -> Any:
        return x * 2.0 if len(words) == 2 else x

    with pytest.raises(ArgumentError, match="cannot be pickled: it refers to an object of type object"):
        pickle.dumps(make_ad_fun(objective, {}, {"x": 1.0}))


def test_a_source_that_changed_afterwards() -> None:
    """The state holds what was compiled, whatever the names stand for by now."""
    constants = {"k": 2.0}

    def objective(x: Any) -> Any:
        return constants["k"] * x

    obj = make_ad_fun(objective, {}, {"x": 1.0})
    constants["k"] = 5.0
    assert pickle.loads(pickle.dumps(obj)).fn() == 2.0


def _state(obj: ADFun) -> dict[str, Any]:
    state: dict[str, Any] = obj.__reduce__()[1][0]
    return state


def test_damaged_states() -> None:
    obj = _object()
    restore, (state,) = obj.__reduce__()
    assert restore(dict(state)).fn() == obj.fn()
    leaf = state["data"]["y"][0]
    wrong: list[tuple[str, Any]] = [
        ("text", state["text"].replace("norm.logpdf", "norm.logcdf")),
        ("digest", ""),
        ("constants", ()),
        ("signature", "[]"),
        ("options", {"no": 1}),
        ("options", {"target": "itanium"}),
        ("threads", -1),
        ("data", {}),
        ("data", {"y": (leaf, {"y": np.arange(3)})}),
        ("data", {"y": (leaf, {"y": np.arange(3.0)[:, None]})}),
        ("data", {"y": (leaf, {"y": [0.0, 1.0, 2.0]})}),
        ("data", {"y": (leaf, {})}),
        ("data", {"y": (("tree",), {})}),
        ("params", None),
    ]
    for key, value in wrong:
        with pytest.raises(ArgumentError, match="damaged"):
            restore({**state, key: value})
    for other in ({**state, "format": 99}, {}, None, [1]):
        with pytest.raises(ArgumentError, match="another version of adfun"):
            restore(other)


def test_without_a_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = pickle.dumps(make_ad_fun("def objective(x): return x ** 5 + 0.125", {}, {"x": 1.0}))
    command = [sys.executable, "-c", "import pickle, sys; pickle.loads(sys.stdin.buffer.read())"]
    monkeypatch.setenv("ADFUN_CACHE", str(tmp_path))
    monkeypatch.setenv("ADFUN_CXX", "/nowhere/g++")
    monkeypatch.setenv("PYTHONPATH", str(Path(adfun.__file__).parents[1]))
    done = subprocess.run(command, input=state, capture_output=True, timeout=300, check=False)
    assert b"ToolchainError" in done.stderr and b"/nowhere/g++" in done.stderr
