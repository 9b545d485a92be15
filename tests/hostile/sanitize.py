"""The core and many generated modules under AddressSanitizer and UndefinedBehaviorSanitizer.

`run` builds the core with `-DADFUN_SANITIZE=ON` and starts children that load the sanitizers first; a child
(`python -m tests.hostile.sanitize KIND FIRST COUNT`) compiles modules with the same options and calls them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import adfun
from adfun.native import flags
from tests.corpus import cases
from tests.fuzz.grammar.program import program
from tests.fuzz.verify import verify

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = "-fsanitize=address,undefined -fno-sanitize=vptr -fno-omit-frame-pointer -g1".split()
BATCH = 20
"""Modules for one child."""
SECONDS = 1200
"""For a child."""


def run(count: int, jobs: int, seed: int) -> Counter[str]:
    """How many modules there were, and what was found; findings are printed."""
    with tempfile.TemporaryDirectory(prefix="adfun-sanitize-") as folder:
        place = Path(folder)
        _core(place)
        corpus = len(cases.folders(cases.CORPUS, "*/*"))
        batches = [
            (kind, first, min(BATCH, end - first))
            for kind, start, end in (("random", seed, seed + count), ("corpus", 0, corpus))
            for first in range(start, end, BATCH)
        ]
        counts: Counter[str] = Counter()
        with ThreadPoolExecutor(jobs) as pool:
            for found in pool.map(lambda b: _child(place, *b), batches):
                counts += found
                print(f"{counts['modules']} modules: {dict(counts)}", flush=True)
    return counts


def _core(place: Path) -> None:
    """A package whose core is the sanitized one, all else by links."""
    build, package = place / "build", place / "adfun"
    configure = ["cmake", "-S", str(ROOT), "-B", str(build), "-DADFUN_SANITIZE=ON"]
    for command in (configure, ["cmake", "--build", str(build)]):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    package.mkdir()
    for path in (ROOT / "src" / "adfun").iterdir():
        if not path.name.startswith("_core.cpython"):
            (package / path.name).symlink_to(path)
    made = next(build.glob("_core*.so"))
    made.rename(package / made.name)


def _child(place: Path, kind: str, first: int, count: int) -> Counter[str]:
    command = [sys.executable, "-m", "tests.hostile.sanitize", kind, str(first), str(count)]
    with tempfile.TemporaryDirectory(prefix="cache-", dir=place) as cache:
        done = subprocess.run(
            command, cwd=ROOT, env=_environment(place, cache), capture_output=True, text=True, timeout=SECONDS
        )
    counts: Counter[str] = Counter()
    for line in done.stdout.splitlines():
        entry = json.loads(line)
        counts["modules"] += entry["modules"]
        counts[entry["status"]] += 1
        if entry["status"] not in ("ok", "unfit"):
            print(entry, flush=True)
    marks = [m for m in ("runtime error:", "ERROR: AddressSanitizer") if m in done.stderr]
    if done.returncode or marks:
        counts["findings"] += 1
        print(f"{kind} from {first}: exit code {done.returncode}\n{done.stderr[-4000:]}", flush=True)
    return counts


def _environment(place: Path, cache: str) -> dict[str, str]:
    libraries = [_library(name) for name in ("libasan.so", "libubsan.so", "libstdc++.so")]
    return {
        **os.environ,
        "LD_PRELOAD": ":".join(libraries),
        # (use after return: g++ 12 clears its shadow with aligned stores of 64 bytes where it is not aligned)
        "ASAN_OPTIONS": "detect_leaks=0:detect_stack_use_after_return=0:strict_string_checks=1",
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "PYTHONPATH": f"{place}:{ROOT}",
        "PYTHONMALLOC": "malloc",
        "ADFUN_CACHE": cache,
        "OPENBLAS_NUM_THREADS": "1",
    }


def _library(name: str) -> str:
    asked = subprocess.run(["g++", f"-print-file-name={name}"], capture_output=True, text=True, check=True)
    return asked.stdout.strip()


# -- the child --------------------------------------------------------------------------------


def _hook() -> None:
    """Modules are compiled with the sanitizers, and linked with their libraries."""
    compiling, linking = flags.compiling, flags.linking
    flags.compiling = lambda kind, target: [*compiling(kind, target), *OPTIONS]
    flags.linking = lambda *given: [w for w in linking(*given) if w != "-nostdlib"] + OPTIONS


def _programs(kind: str, first: int, count: int) -> Iterator[dict[str, Any]]:
    """One after the other: objectives of the corpus by number, or random programs by seed."""
    if kind == "corpus":
        for folder in cases.folders(cases.CORPUS, "*/*")[first : first + count]:
            yield {"name": folder.name, **_objective(cases.case(folder))}
        return
    for seed in range(first, first + count):
        outcome = verify(program(seed))
        modules = 0 if outcome.status == "unfit" else 1
        yield {"name": f"seed {seed}", "status": outcome.status, "modules": modules}


def _objective(case: cases.Case) -> dict[str, Any]:
    """Value, gradient, the Hessian, a product with it and what is reported: four modules."""
    obj = adfun.make_ad_fun(case.model, case.data, case.points[0])
    for point in case.points:
        x = obj.flatten(point)
        obj.fn_gr(x)
        obj.hvp(x, x)
        obj.he(x)
        obj.report(x)
    return {"status": "ok", "modules": 4}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    _hook()
    for entry in _programs(sys.argv[1], *map(int, sys.argv[2:])):
        print(json.dumps(entry), flush=True)
