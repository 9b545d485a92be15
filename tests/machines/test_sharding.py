"""A sum over parts of the data is what the object with all rows is, wherever the parts are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from adfun import ADFun, ArgumentError, Sharded, make_ad_fun, processors, shard

RNG = np.random.default_rng(3)
N = 3000
X = np.column_stack([np.ones(N), RNG.normal(size=(N, 3))])
Y = RNG.poisson(np.exp(X @ [0.4, 0.3, -0.2, 0.1]))
START = {"beta": np.full(4, 0.1), "log_d": -0.3}
SOURCE = """
import numpy as np
from scipy.stats import nbinom

def objective(beta, log_d, X, y):
    mean, size = np.exp(X @ beta), np.exp(-log_d)
    return -np.sum(nbinom.logpmf(y, size, size / (size + mean)))
"""
WITH_PRIOR = SOURCE.rstrip() + " + 2 * np.sum((beta - 0.5) ** 2)\n"
PRIOR = "import numpy as np\ndef prior(beta): return 2 * np.sum((beta - 0.5) ** 2)"


def part(first: int, last: int) -> dict[str, Any]:
    return {"X": X[first:last], "y": Y[first:last]}


PARTS = [part(*ends) for ends in zip([0, 700, 1800], [700, 1800, N], strict=True)]


def _numbers(obj: ADFun | Sharded, x: np.ndarray) -> list[np.ndarray]:
    v = np.linspace(-1, 1, x.size)
    value, gradient = obj.fn_gr(x)
    return [np.array(n) for n in (obj.fn(x), value, gradient, obj.gr(x), obj.he(x), obj.hvp(x, v), obj.par)]


@pytest.fixture(scope="module")
def prior() -> ADFun:
    return make_ad_fun(PRIOR, {}, {"beta": START["beta"]})


@pytest.fixture(scope="module")
def whole() -> list[np.ndarray]:
    obj = make_ad_fun(WITH_PRIOR, part(0, N), START)
    return _numbers(obj, obj.par + 0.05)


def test_the_sum_is_the_whole(prior: ADFun, whole: list[np.ndarray]) -> None:
    obj = make_ad_fun(SOURCE, PARTS[0], START)
    total = shard(obj, PARTS, once=prior)
    assert total.names == obj.names == ["beta[0]", "beta[1]", "beta[2]", "beta[3]", "log_d"]
    for found, expected in zip(_numbers(total, obj.par + 0.05), whole, strict=True):
        assert_allclose(found, expected, rtol=1e-12, atol=1e-12 * np.max(np.abs(expected)))
    assert total.fn() == total.fn(total.par) == total.fn_gr()[0]
    one = shard(obj, [part(0, N)])
    assert [n.tobytes() for n in _numbers(one, obj.par)] == [
        n.tobytes() for n in _numbers(obj.with_data(part(0, N)), obj.par)
    ]


def test_threads_and_none(prior: ADFun, monkeypatch: pytest.MonkeyPatch) -> None:
    obj = make_ad_fun(SOURCE, PARTS[0], START)
    found = set()
    for count in (1, 2, 3):
        monkeypatch.setattr(processors, "available", lambda count=count: count)
        found.add(b"".join(n.tobytes() for n in _numbers(shard(obj, PARTS, once=prior), obj.par)))
    assert len(found) == 1


def test_dask(compiled: Callable[[], int], prior: ADFun) -> None:
    distributed = pytest.importorskip("distributed")
    obj = make_ad_fun(SOURCE, PARTS[0], START)
    x = obj.par + 0.05
    here = _numbers(shard(obj, PARTS, once=prior), x)
    count = compiled()
    with (
        distributed.LocalCluster(2, threads_per_worker=2, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        there = shard(obj, [PARTS[0], *client.map(lambda k: PARTS[k], [1, 2])], client, once=prior)
        assert [n.tobytes() for n in _numbers(there, x)] == [n.tobytes() for n in here]
        with pytest.raises(ArgumentError, match="missing 'y'"):
            shard(obj, [{"X": X}], client).fn()
    assert compiled() == count


def test_arguments(prior: ADFun) -> None:
    obj = make_ad_fun(SOURCE, PARTS[0], START)
    with pytest.raises(ArgumentError, match="there are none"):
        shard(obj, [])
    with pytest.raises(ArgumentError, match="has no parameters log_d"):
        shard(prior, [{}], once=obj)
    with pytest.raises(ArgumentError, match="other kind of data"):
        shard(obj, [{"X": X[:, 0], "y": Y}])
    with pytest.raises(ArgumentError, match="x has shape"):
        shard(obj, PARTS).gr([1.0])
