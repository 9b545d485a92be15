"""One object used by many threads at once gives each of them what one thread alone gets."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import adfun

SOURCE = """
import numpy as np

def objective(y, X, beta, log_sigma):
    resid = y - X @ beta
    state = np.zeros(len(beta))
    total = 0.0
    for t in range(len(y)):
        state = 0.5 * state + np.tanh(X[t] * beta)
        if resid[t] > 0:
            total += state @ state
        else:
            total -= np.sin(resid[t])
    seen = [r * r for r in resid if r > 0]
    covariance = X.T @ X + np.exp(log_sigma) * np.eye(len(beta))
    half = np.linalg.cholesky(covariance)
    assert total < 1e6, f"too large: {total}"
    return total + sum(seen) + np.sum(np.log(np.diag(half))) + 0.5 * np.sum(resid**2) / np.exp(log_sigma)
"""
RNG = np.random.default_rng(5)
DATA = {"y": RNG.normal(size=60), "X": RNG.normal(size=(60, 5))}
PARAMS = {"beta": RNG.normal(size=5), "log_sigma": 0.3}
THREADS, ROUNDS = 8, 60
POINTS = RNG.normal(size=(ROUNDS, 6)) * 0.5
DIRECTIONS = RNG.normal(size=(ROUNDS, 6))
METHODS = ("fn", "gr", "fn_gr", "hvp", "he", "report")


def _evaluate(obj: adfun.ADFun, method: str, k: int) -> Any:
    x = POINTS[k]
    return obj.hvp(x, DIRECTIONS[k]) if method == "hvp" else getattr(obj, method)(x)


def _same(found: Any, expected: Any) -> None:
    if isinstance(expected, tuple):
        assert found[0] == expected[0]
        np.testing.assert_array_equal(found[1], expected[1])
    else:
        np.testing.assert_array_equal(found, expected)


@pytest.fixture(scope="module")
def obj() -> adfun.ADFun:
    return adfun.make_ad_fun(SOURCE, DATA, PARAMS)


def test_threads_on_one_object(obj: adfun.ADFun) -> None:
    """All methods mixed, every thread in another order, each result bit for bit the same."""
    tasks = [(method, k) for method in METHODS for k in range(ROUNDS)]
    alone = {task: _evaluate(obj, *task) for task in tasks}
    start = threading.Barrier(THREADS)

    def work(seed: int) -> None:
        start.wait()
        for place in np.random.default_rng(seed).permutation(len(tasks)):
            _same(_evaluate(obj, *tasks[place]), alone[tasks[place]])

    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(work, seed) for seed in range(THREADS)]:
            done.result()


def test_first_use_from_many_threads() -> None:
    """Modules that are made when first asked for are made once, whoever asks."""
    fresh = adfun.make_ad_fun(SOURCE, DATA, PARAMS)
    start = threading.Barrier(THREADS)

    def work() -> Any:
        start.wait()
        return fresh.he(), fresh.hvp(None, DIRECTIONS[0])

    with ThreadPoolExecutor(THREADS) as pool:
        results = [done.result() for done in [pool.submit(work) for _ in range(THREADS)]]
    for hessian, product in results:
        np.testing.assert_array_equal(hessian, results[0][0])
        np.testing.assert_allclose(product, hessian @ DIRECTIONS[0], rtol=1e-9, atol=1e-9)


def test_objects_are_made_in_many_threads() -> None:
    """Different objectives compiled at once do not mix."""

    def make(k: int) -> float:
        text = f"def objective(a, b):\n    return a * {k}.0 + b ** {k % 4 + 1}\n"
        return adfun.make_ad_fun(text, {"b": 2.0}, {"a": 1.5}).fn()

    with ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(make, range(24))) == [1.5 * k + 2.0 ** (k % 4 + 1) for k in range(24)]


def test_a_failing_thread_does_not_disturb_the_others(obj: adfun.ADFun) -> None:
    """Errors of one call, with their arguments, stay with that call."""
    expected = obj.fn(POINTS[0])
    huge = np.full(6, 1e200)

    def work(k: int) -> None:
        if k % 2:
            with pytest.raises((AssertionError, np.linalg.LinAlgError)):
                obj.gr(huge)
        else:
            assert obj.fn(POINTS[0]) == expected

    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(work, k) for k in range(200)]:
            done.result()


def test_other_threads_run_during_a_call() -> None:
    """The interpreter's lock is released: a counting thread makes progress while a long call runs."""
    source = """
import numpy as np

def objective(n, a):
    x = a
    for k in range(n):
        x = np.sin(x + 1e-3 * k)
    return x
"""
    slow = adfun.make_ad_fun(source, {"n": 20_000_000}, {"a": 0.5})
    counted, running = [0], threading.Event()

    def count() -> None:
        while not running.is_set():
            counted[0] += 1

    thread = threading.Thread(target=count)
    slow.fn()
    thread.start()
    slow.fn()
    running.set()
    thread.join()
    assert counted[0] > 1000
