"""Instructions that a gradient takes, counted by callgrind: a figure that noise does not reach.

Each count is the difference between two processes that differ in the number of calls alone.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

TARGET = "x86-64-v3"
"""callgrind does not know AVX-512."""
KERNELS = ("negative_binomial", "crossed", "kalman")
SIZE, CALLS = 1000, 10

_CHILD = f"""
import sys, adfun
from tests.benchmarks.workloads import WORKLOADS
data, params = WORKLOADS[sys.argv[1]].inputs({SIZE})
obj = adfun.make_ad_fun(WORKLOADS[sys.argv[1]].objective, data, params, target="{TARGET}")
for k in range(1 + int(sys.argv[2])):
    obj.gr(obj.par * (1 + 1e-6 * k))
"""


def counts() -> dict[str, float]:
    """Instructions of one gradient for each observation, by kernel."""
    if shutil.which("valgrind") is None:
        raise SystemExit("instruction counts need valgrind")
    return {name: _per_observation(name) for name in KERNELS}


def _per_observation(name: str) -> float:
    _run(name, 0, [])
    few, many = (_total(name, calls) for calls in (0, CALLS))
    return (many - few) / (CALLS * SIZE)


def _total(name: str, calls: int) -> int:
    tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    said = _run(name, calls, tool)
    found = re.search(r"Collected : (\d+)", said)
    if found is None:
        raise RuntimeError(f"callgrind said no count:\n{said}")
    return int(found.group(1))


def _run(name: str, calls: int, before: list[str]) -> str:
    root = Path(__file__).parents[2]
    path = os.pathsep.join([*sys.path, str(root)])
    environment = os.environ | {"PYTHONHASHSEED": "0", "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"}
    command = [*before, sys.executable, "-c", _CHILD, name, str(calls)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stderr
