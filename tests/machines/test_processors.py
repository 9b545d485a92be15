"""Threads stay within what affinity, cgroups and the environment grant; results do not depend on it."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pytest

import adfun
from adfun import processors


@pytest.fixture(autouse=True)
def many_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)))
    for name in processors.VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, 16),
        ({"OMP_NUM_THREADS": "3"}, 3),
        ({"OMP_NUM_THREADS": "6,2"}, 6),
        ({"OMP_NUM_THREADS": "many", "SLURM_CPUS_PER_TASK": ""}, 16),
        ({"OMP_NUM_THREADS": "0"}, 16),
        ({"OMP_NUM_THREADS": "8", "SLURM_CPUS_PER_TASK": "5", "OMP_THREAD_LIMIT": "7"}, 5),
        ({"SLURM_CPUS_PER_TASK": "64"}, 16),
    ],
)
def test_environment(
    variables: dict[str, str], expected: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert processors.available(tmp_path) == expected


@pytest.mark.parametrize(
    ("cgroup", "files", "expected"),
    [
        ("0::/a/b", {"a/b/cpu.max": "250000 100000"}, 3),
        ("0::/a/b", {"a/b/cpu.max": "max 100000", "a/cpu.max": "50000 100000"}, 1),
        ("0::/outside/of/the/container", {"cpu.max": "400000 100000"}, 4),
        ("0::/", {"unified/cpu.max": "200000 100000"}, 2),
        (
            "5:memory:/m\n4:cpu,cpuacct:/c",
            {"cpu,cpuacct/c/cpu.cfs_quota_us": "600000", "cpu,cpuacct/c/cpu.cfs_period_us": "100000"},
            6,
        ),
        ("4:cpu:/", {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, 16),
        ("4:cpuset:/", {"cpuset/cpu.max": "1 1"}, 16),
        ("0::/a", {"a/cpu.max": "broken"}, 16),
    ],
)
def test_cgroups(cgroup: str, files: dict[str, str], expected: int, tmp_path: Path) -> None:
    content = {"proc/self/cgroup": cgroup, **{f"sys/fs/cgroup/{name}": text for name, text in files.items()}}
    for name, text in content.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text + "\n")
    assert processors.available(tmp_path) == expected


def test_threads_within_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """An object keeps what it was asked for: where it is unpickled there may be more processors."""
    given: list[int] = []
    bound = adfun._core.Bound

    def watched(*args: object, threads: int, **kwargs: object) -> object:
        given.append(threads)
        return bound(*args, threads=threads, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(adfun._core, "Bound", watched)
    source = "import numpy as np\ndef objective(y, a): return np.sum(np.log1p((y - np.exp(a)) ** 2))"
    data = {"y": np.linspace(0, 3, 50_000)}
    results = set()
    for limit in ("1", "2", "5"):
        monkeypatch.setenv("OMP_NUM_THREADS", limit)
        obj = adfun.make_ad_fun(source, data, {"a": 0.3}, threads=4)
        results.add((obj.fn(), obj.gr()[0]))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    state = pickle.dumps(obj)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    pickle.loads(state)
    assert given == [1, 1, 2, 2, 4, 4, 3, 3] and len(results) == 1
