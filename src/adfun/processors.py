"""How many processors this process may use: what bounds the threads of an evaluation."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

VARIABLES = ("OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "SLURM_CPUS_PER_TASK")
"""Variables of the environment by which users, schedulers and pools of workers limit a process."""


def available(root: Path = Path("/")) -> int:
    """The least of the processor affinity, the CPU limit of the cgroup and the environment's limits.

    `root` is where /proc and /sys are.
    """
    limits = [len(os.sched_getaffinity(0)), *_from_environment(), *map(math.ceil, _quotas(root))]
    return max(1, min(limits))


def _from_environment() -> Iterator[int]:
    for name in VARIABLES:
        first = os.environ.get(name, "").split(",")[0].strip()  # OpenMP lists a number for every level
        if first.isdigit() and int(first) > 0:
            yield int(first)


def _quotas(root: Path) -> Iterator[float]:
    """The processors that each cgroup around this process grants: of version 2, or of version 1."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    mounted = root / "sys/fs/cgroup"
    for line in lines:
        _, controllers, path = line.split(":", 2)
        for directory in (mounted, mounted / "unified") if not controllers else (mounted / controllers,):
            if not controllers or "cpu" in controllers.split(","):
                yield from _upwards(directory, path)


def _upwards(mounted: Path, path: str) -> Iterator[float]:
    """The limits of a cgroup and of those that it is in; a container may see only the outermost."""
    parts = Path(path.lstrip("/")).parts
    for depth in range(len(parts), -1, -1):
        directory = mounted.joinpath(*parts[:depth])
        words = _words(directory / "cpu.max") or [
            *_words(directory / "cpu.cfs_quota_us"),
            *_words(directory / "cpu.cfs_period_us"),
        ]
        if len(words) == 2 and all(word.isdigit() for word in words) and int(words[1]) > 0:
            yield int(words[0]) / int(words[1])


def _words(file: Path) -> list[str]:
    try:
        return file.read_text().split()
    except OSError:
        return []
