"""What users wait for: importing, compiling from nothing, finding what was compiled; in fresh processes.

The cases are those of `../shared/corpus` where it is there, else the project's own workloads. CPU time has
the processes of the compiler in it, and is disturbed less than wall time by what else runs.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.workloads import WORKLOADS
from tests.corpus.cases import CORPUS, case, folders

_CHILD = """
import json, resource, sys, time
import numpy

def clock():
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return time.perf_counter(), own.ru_utime + own.ru_stime, children.ru_utime + children.ru_stime

times = [clock()]
import adfun
times.append(clock())
from tests.benchmarks.figures import arguments
source, data, params = arguments(sys.argv[1])
times.append(clock())
obj = adfun.make_ad_fun(source, data, params)
obj.fn()
obj.gr()
times.append(clock())
spans = ([1000 * (b - a) for a, b in zip(*pair)] for pair in (times[:2], times[2:]))
print(json.dumps([dict(zip(("wall", "own", "children"), span)) for span in spans]))
"""

Times = dict[str, float]
"""Milliseconds: `wall`; CPU of the process itself (`own`) and of its `children`."""


def names() -> list[str]:
    """All cases: folders of the corpus, or workloads."""
    return [str(path.relative_to(CORPUS)) for path in folders(CORPUS, "*/*")] or list(WORKLOADS)


def arguments(name: str) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """Source, data and parameters of a case."""
    if name in WORKLOADS:
        data, params = WORKLOADS[name].inputs()
        return WORKLOADS[name].objective, data, params
    found = case(CORPUS / name)
    return found.model, found.data, found.points[0]


def measure(name: str, rounds: int) -> dict[str, Times]:
    """What importing, compiling and finding a case take; the median of so many warm rounds."""
    with tempfile.TemporaryDirectory() as cache:
        _, cold = _process(name, cache)
        runs = [_process(name, cache) for _ in range(rounds)]
    imports, warm = (_median([run[k] for run in runs]) for k in (0, 1))
    return {"import": imports, "cold": cold, "warm": warm}


def report(cases: list[str], rounds: int = 3) -> Iterator[str]:
    """A line for each case as it is measured, then medians and largest."""
    found = {}
    measure("garch", 1)  # from here on there is bytecode
    yield "| case | cold ms | of CPU: Python | C++ compiler | warm ms | import ms |"
    yield "|---|---:|---:|---:|---:|---:|"
    for name in cases:
        found[name] = measure(name, rounds)
        yield _line(name, found[name])
    for what, pick in (("median", statistics.median), ("largest", max)):
        yield _line(
            f"**{what}**",
            {
                kind: {key: pick(f[kind][key] for f in found.values()) for key in ("wall", "own", "children")}
                for kind in ("import", "cold", "warm")
            },
        )


def _line(name: str, f: dict[str, Times]) -> str:
    cold, warm, imports = f["cold"], f["warm"], f["import"]
    return (
        f"| {name} | {cold['wall']:.0f} | {cold['own']:.0f} | {cold['children']:.0f} |"
        f" {warm['wall']:.1f} | {imports['wall']:.0f} |"
    )


def _process(name: str, cache: str) -> list[Times]:
    path = os.pathsep.join([*sys.path, str(Path(__file__).parents[2])])
    environment = os.environ | {"PYTHONPATH": path, "ADFUN_CACHE": cache, "OPENBLAS_NUM_THREADS": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed has its bytecode
    command = [sys.executable, "-c", _CHILD, name]
    run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    times: list[Times] = json.loads(run.stdout)
    return times


def _median(runs: list[Times]) -> Times:
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}
