"""`python -m tests.benchmarks`: adfun beside hand-written C++ and NumPy, in one process, on one thread.

--hessians adds second derivatives; --curves adds how time and memory grow; --instructions adds callgrind's
counts; --figures adds what compiling and finding take; --write keeps all of it.
"""

from __future__ import annotations

import argparse
import itertools
import os
import platform
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import scipy

import adfun
from tests.benchmarks import curves, figures, hand, instructions
from tests.benchmarks.timing import medians
from tests.benchmarks.workloads import WORKLOADS, Workload

LARGEST = 500
"""Parameters of a Hessian that is timed."""
RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> None:
    options = _options()
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    lines = []
    for line in _report(options):
        print(line, flush=True)
        lines.append(line)
    if options.write:
        RESULTS.write_text("\n".join(lines) + "\n")


def _report(options: argparse.Namespace) -> Iterator[str]:
    yield f"# Benchmarks\n\n{machine()}"
    yield (
        "\nValue and gradient together, in the microseconds of one call from Python; `hand` is hand.cpp"
        " called through ctypes.\n`numpy fn` is the value alone, as written.\n"
    )
    yield "| workload | n | hand | adfun | adfun / hand | numpy fn / adfun | adfun gr / fn | cold s |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    for name in options.only or WORKLOADS:
        yield row(WORKLOADS[name], options.rounds)
    if options.hessians:
        yield "\n## Second derivatives\n\nA dense Hessian of p parameters, beside a gradient; microseconds.\n"
        yield "| workload | p | gr | he | he / gr | p / 2 | hvp / gr |"
        yield "|---|---:|---:|---:|---:|---:|---:|"
        for name in options.only or WORKLOADS:
            yield from second(WORKLOADS[name], options.rounds)
    if options.curves:
        yield from _curves()
    if options.instructions:
        yield f"\n## Instructions\n\nOf a gradient, for each observation; callgrind, {instructions.TARGET}.\n"
        yield "| workload | instructions |\n|---|---:|"
        for name, count in instructions.counts().items():
            yield f"| {name} | {count:.1f} |"
    if options.figures:
        yield "\n## Waiting\n\nA fresh process each: from nothing, and found in the cache; milliseconds.\n"
        yield from figures.report(options.only or figures.names())


def row(workload: Workload, rounds: int) -> str:
    """A line of the table."""
    data, params = workload.inputs()
    start = time.perf_counter()
    obj = adfun.make_ad_fun(workload.objective, data, params, cache=False)
    obj.gr()
    cold = time.perf_counter() - start
    turn = iter(range(1 << 40))

    def point() -> np.ndarray:
        return obj.par * (1 + 1e-9 * next(turn))  # another one every time: the last one is remembered

    calls = {
        "adfun": lambda: obj.fn_gr(point()),
        "fn": lambda: obj.fn(point()),
        "numpy": lambda: workload.objective(**data, **params),
    }
    if workload.name in hand.HAND and hand.compiler() is not None:
        reference = hand.HAND[workload.name](data, params)
        calls["hand"] = lambda: reference(point())
    us = {name: 1e6 * seconds for name, seconds in medians(calls, rounds).items()}
    by_hand = f"{us['hand']:.1f} | {us['adfun']:.1f} | {us['adfun'] / us['hand']:.2f}" if "hand" in us else ""
    return (
        f"| {workload.name} | {workload.size} | {by_hand or '| {:.1f} |'.format(us['adfun'])} |"
        f" {us['numpy'] / us['adfun']:.1f} | {us['adfun'] / us['fn']:.2f} | {cold:.2f} |"
    )


def second(workload: Workload, rounds: int) -> Iterator[str]:
    """A line of the table of Hessians, unless a dense one would be too large."""
    data, params = workload.inputs()
    obj = adfun.make_ad_fun(workload.objective, data, params)
    p = obj.par.size
    if p > LARGEST:
        return
    points = itertools.cycle([obj.par, obj.par * (1 + 1e-9)])
    calls = {
        "gr": lambda: obj.gr(next(points)),
        "he": lambda: obj.he(next(points)),
        "hvp": lambda: obj.hvp(next(points), np.ones(p)),
    }
    us = {name: 1e6 * seconds for name, seconds in medians(calls, rounds).items()}
    he, hvp = us["he"] / us["gr"], us["hvp"] / us["gr"]
    yield f"| {workload.name} | {p} | {us['gr']:.2f} | {us['he']:.2f} | {he:.2f} | {p / 2:g} | {hvp:.2f} |"


def _curves() -> Iterator[str]:
    yield "\n## Growth with the observations\n\nA Poisson regression; nanoseconds for each observation.\n"
    yield "| n | fn | gr | MiB that gr adds to the peak |\n|---:|---:|---:|---:|"
    for n, fn, gr, grown in curves.by_size(10_000_000):
        yield f"| {n} | {fn:.2f} | {gr:.2f} | {grown:.1f} |"
    yield "\n## Growth with the program\n\nFrom source text to the first gradient, nothing cached.\n"
    yield "| source lines | seconds | milliseconds a line |\n|---:|---:|---:|"
    for lines, seconds in curves.by_lines(2_000):
        yield f"| {lines} | {seconds:.2f} | {1000 * seconds / lines:.2f} |"


def machine() -> str:
    """What the figures were measured on."""
    try:
        cpuinfo = Path("/proc/cpuinfo").read_text().splitlines()
        cpu = next(line.partition(":")[2].strip() for line in cpuinfo if line.startswith("model name"))
    except (OSError, StopIteration):
        cpu = platform.processor() or platform.machine()
    gcc = subprocess.run(["g++", "-dumpfullversion"], capture_output=True, text=True).stdout.strip()
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}, SciPy {scipy.__version__}"
    return f"{cpu}, {os.cpu_count()} cores; g++ {gcc or 'absent'}; {versions}; {time.strftime('%Y-%m-%d')}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=sorted(WORKLOADS))
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--hessians", action="store_true")
    parser.add_argument("--curves", action="store_true")
    parser.add_argument("--instructions", action="store_true")
    parser.add_argument("--figures", action="store_true")
    parser.add_argument("--write", action="store_true", help="RESULTS.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
