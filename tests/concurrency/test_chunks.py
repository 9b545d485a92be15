"""Evaluations on several threads: the same bits as on one, whoever calls, and in forked processes too."""

from __future__ import annotations

import os
import signal
import threading
import warnings
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adfun
from adfun import _core

RNG = np.random.default_rng(11)
N, P, G = 40_000, 6, 30


@dataclass(frozen=True)
class Case:
    source: str
    data: Mapping[str, Any]
    params: Mapping[str, Any]


Y, X = RNG.normal(size=N), RNG.normal(size=(N, P))
CASES = {
    "regression": Case(
        "def objective(X, y, beta):\n    eta = X @ beta\n    return np.sum(np.logaddexp(0, eta) - y * eta)",
        {"X": X, "y": (Y > 0) * 1.0},
        {"beta": RNG.normal(size=P)},
    ),
    "oscillation": Case(
        "def objective(t, y, a, b, c):\n    return np.sum((y - a * np.exp(-b * t) - np.sin(c * t)) ** 2)",
        {"t": np.linspace(0, 5, N), "y": Y},
        {"a": 1.1, "b": 0.4, "c": 2.0},
    ),
    "groups": Case(
        "def objective(y, group, u, log_sd):\n"
        "    r = (y - u[group]) / np.exp(log_sd)\n"
        "    return 0.5 * np.sum(r**2) + len(y) * log_sd + np.sum(u**2)",
        {"y": Y, "group": RNG.integers(0, G, N)},
        {"u": RNG.normal(size=G), "log_sd": 0.2},
    ),
    "stored": Case(
        "def objective(x, y, a, b):\n"
        "    fitted = np.tanh(a * x) + b\n"
        "    scale = np.max(np.abs(fitted))\n"
        "    return np.sum(np.log1p(((y - fitted) / scale) ** 2)) + np.std(fitted)",
        {"x": RNG.normal(size=N), "y": Y},
        {"a": 0.7, "b": 0.3},
    ),
    "loops": Case(
        "def objective(x, lengths, a):\n"
        "    total = 0.0\n"
        "    for i in range(len(lengths)):\n"
        "        state = x[i]\n"
        "        for _ in range(lengths[i]):\n"
        "            state = np.sin(a * state) + 0.1\n"
        "        if state > 0.2:\n"
        "            total += np.log(state)\n"
        "        else:\n"
        "            total -= state * a\n"
        "    return total",
        {"x": RNG.normal(size=4000), "lengths": RNG.integers(0, 30, 4000)},
        {"a": 1.3},
    ),
    "mixture": Case(
        "def objective(y, weight, mean):\n"
        "    logp = np.log(weight / np.sum(weight)) - 0.5 * (y[:, None] - mean) ** 2\n"
        "    top = np.max(logp, axis=1)\n"
        "    return -np.sum(top + np.log(np.sum(np.exp(logp - top[:, None]), axis=1)))",
        {"y": Y},
        {"weight": np.array([0.2, 0.5, 0.3]), "mean": np.array([-1.0, 0.1, 0.9])},
    ),
}


def make(name: str, threads: int) -> adfun.ADFun:
    case = CASES[name]
    return adfun.make_ad_fun(f"import numpy as np\n{case.source}\n", case.data, case.params, threads=threads)


def everything(obj: adfun.ADFun) -> list[np.ndarray]:
    """All that can be asked at one point.  In this order fn never finds its value computed by gr, which may
    differ from its own in the last bit."""
    x = obj.par + 0.01
    v = np.cos(np.arange(x.size))
    values = [np.array(obj.fn(x)), obj.fn(obj.par)]
    return [*values, obj.gr(x), obj.hvp(x, v), obj.he(x), *obj.fn_gr(obj.par), obj.gr(obj.par)]


def same(found: list[Any], expected: list[Any]) -> None:
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.fixture(scope="module")
def reference() -> dict[str, list[np.ndarray]]:
    return {name: everything(make(name, 1)) for name in CASES}


@pytest.mark.parametrize("name", CASES)
def test_the_same_bits_on_any_number_of_threads(name: str, reference: dict[str, list[np.ndarray]]) -> None:
    for threads in (2, 3, 8):
        obj = make(name, threads)
        for _ in range(5):
            same(everything(obj), reference[name])
    assert "adfun_run(" in obj.cpp
    assert 0 < _core.helpers() < 8


@pytest.mark.parametrize("name", CASES)
def test_values_are_numpys(name: str, reference: dict[str, list[np.ndarray]]) -> None:
    scope: dict[str, Any] = {}
    exec(f"import numpy as np\n{CASES[name].source}\n", scope)
    obj = make(name, 2)
    given = obj.unflatten(obj.par + 0.01)
    np.testing.assert_allclose(
        reference[name][0], scope["objective"](**CASES[name].data, **given), rtol=1e-11
    )
    step = 1e-6 * np.cos(np.arange(obj.par.size))
    slope = (obj.fn(obj.par + 0.01 + step) - obj.fn(obj.par + 0.01 - step)) / 2
    _, _, gradient, product, hessian, *_ = reference[name]
    np.testing.assert_allclose(gradient @ step, slope, rtol=1e-5)
    np.testing.assert_allclose(product, hessian @ (1e6 * step), rtol=1e-9, atol=1e-6)


def test_one_module_for_all() -> None:
    first, second = make("regression", 1), make("regression", 4)
    assert first.cpp == second.cpp
    assert "found in the cache" in repr(second)


def test_other_data_keep_the_number_of_threads(reference: dict[str, list[np.ndarray]]) -> None:
    small = make("oscillation", 3).with_data({"t": np.arange(5.0), "y": np.arange(5.0)})
    again = small.with_data(CASES["oscillation"].data, CASES["oscillation"].params)
    same(everything(again), reference["oscillation"])


def test_many_callers(reference: dict[str, list[np.ndarray]]) -> None:
    """One caller has the helpers, the others do their chunks alone."""
    objects = {name: make(name, 3) for name in CASES}
    start = threading.Barrier(6)

    def work(seed: int) -> None:
        start.wait()
        for k in np.random.default_rng(seed).integers(0, len(CASES), 12):
            name = list(CASES)[k]
            found = everything(objects[name])
            np.testing.assert_allclose(found[:2], reference[name][:2], rtol=1e-14)  # perhaps computed by gr
            same(found[2:], reference[name][2:])

    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(work, seed) for seed in range(6)]:
            done.result()


FAILING = """
import numpy as np

def objective(x, a):
    total = 0.0
    for i in range(len(x)):
        value = np.exp(a * x[i])
        assert value < 1e6, f"too large at {i}"
        total += value
    return total
"""


def test_the_first_failure_counts() -> None:
    x = np.zeros(200_000)
    x[[50_001, 50_003, 120_000, 199_999]] = 30.0
    for threads in (1, 2, 5):
        obj = adfun.make_ad_fun(FAILING, {"x": x}, {"a": 0.1}, threads=threads)
        for _ in range(20):
            with pytest.raises(AssertionError, match="too large at 50001"):
                obj.gr([1.0])
            assert obj.fn() > 0
    assert "adfun_run(" in obj.cpp


def test_a_forked_child_has_threads_of_its_own(reference: dict[str, list[np.ndarray]]) -> None:
    obj = make("regression", 3)
    everything(obj)
    assert _core.helpers() > 0
    stop = threading.Event()

    def keep_busy() -> None:
        while not stop.is_set():
            obj.gr()

    busy = threading.Thread(target=keep_busy)
    busy.start()
    try:
        for _ in range(5):
            assert _in_child(lambda: _core.helpers() == 0 and _good(obj, reference) and _core.helpers() > 0)
    finally:
        stop.set()
        busy.join()
    same(everything(obj), reference["regression"])


def _good(obj: adfun.ADFun, reference: dict[str, list[np.ndarray]]) -> bool:
    same(everything(obj), reference["regression"])
    return True


def _in_child(task: Any) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python 3.12 warns of forks beside threads: just what is tested
        child = os.fork()
    if child == 0:
        signal.alarm(60)
        try:
            os._exit(0 if task() else 1)
        finally:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_memory_and_threads_do_not_grow() -> None:
    def kilobytes() -> int:
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])

    def threads() -> int:
        return len(os.listdir("/proc/self/task"))

    if not Path("/proc/self/status").exists():
        pytest.skip("no /proc")
    obj = make("groups", 4)
    for _ in range(20):
        everything(obj)
    before = kilobytes(), threads()
    for _ in range(10):
        obj = make("groups", 4)
        for _ in range(20):
            obj.fn_gr()
    assert kilobytes() < before[0] + 10_000
    assert threads() == before[1]
