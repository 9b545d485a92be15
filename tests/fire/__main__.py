"""python -m tests.fire --repeat 50 --seed 1: the cache under fire; writes down how every scenario ended."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from adfun.compiled import compiler
from tests.fire import compilers, damage, killing, places, planted, pruning, racing  # noqa: F401  (they enter themselves)
from tests.fire.registry import SCENARIOS, Count, repeat
from tests.fire.world import Prebuilt

RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fire", description=__doc__)
    parser.add_argument("--repeat", type=int, default=2, help="how often each scenario is run")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="scenarios whose title contains this")
    parser.add_argument("--first", type=int, default=0, help="number of the first scenario")
    parser.add_argument("--last", type=int, default=len(SCENARIOS), help="number of the last one")
    parser.add_argument("--json", type=Path, help="write the counts to this file, after every scenario")
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name}")
    parser.add_argument(
        "--collect", type=Path, nargs="+", help=f"write {RESULTS.name} from such files, run nothing"
    )
    chosen = parser.parse_args()
    if chosen.collect:
        found = {t: Count(**c) for path in chosen.collect for t, c in json.loads(path.read_text()).items()}
        write({t: found[t] for t in SCENARIOS if t in found}, chosen.repeat, chosen.seed)
        return 0
    compiler()  # imported once, before the forks
    counts: dict[str, Count] = {}
    place = Path(tempfile.mkdtemp(prefix="fire-"))  # no TemporaryDirectory: forked children would remove it
    try:
        prebuilt = Prebuilt.make(place)
        for number, title in enumerate(SCENARIOS):
            if chosen.only not in title or not chosen.first <= number <= chosen.last:
                continue
            counts[title] = repeat(title, prebuilt, chosen.repeat, chosen.seed)
            print(_line(title, counts[title]), *counts[title].failures[:3], sep="\n    ", flush=True)
            if chosen.json:
                chosen.json.write_text(json.dumps({t: asdict(c) for t, c in counts.items()}))
    finally:
        shutil.rmtree(place, ignore_errors=True)
    if chosen.write:
        write(counts, chosen.repeat, chosen.seed)
    return 1 if any(c.failed for c in counts.values()) else 0


def _line(title: str, c: Count) -> str:
    if c.skipped:
        return f"{title}: skipped, {c.skipped}"
    return f"{title}: {c.right} right, {c.clean} clean errors, {c.failed} failed, {c.seconds:.0f} s"


def write(counts: dict[str, Count], repetitions: int, seed: int) -> None:
    """The file of results."""
    rows = [
        f"| {title} | {c.right} | {c.clean} | {c.failed} | {c.seconds:.0f} | {c.slowest:.1f} | {c.commit} |"
        if not c.skipped
        else f"| {title} | skipped: {c.skipped} | | | | | |"
        for title, c in counts.items()
    ]
    failures = [f"* {t}, repetition {text}" for t, c in counts.items() for text in c.failures]
    head = f"""# The cache under fire

Counted by `python -m tests.fire --repeat {repetitions} --seed {seed}`, in one go or in pieces,
at the commits named, on {datetime.date.today()}, on {os.cpu_count()} processors, {_processor()},
Python {sys.version.split()[0]}, Linux {os.uname().release}.

Every repetition has a cache of its own.  It counts as *right* when every process that was asked for an answer
gave the right one, as a *clean error* when one raised an error of adfun that says what to do instead (where
the scenario allows that), and as *failed* otherwise: a crash, a wrong number, more than 60 seconds, a lock or
a directory left behind, or a next run that does not give the answer or does not keep it.

| scenario | right | clean error | failed | seconds | slowest | commit |
|---|---|---|---|---|---|---|
"""
    RESULTS.write_text(
        head + "\n".join(rows) + "\n" + "\n".join(["", *failures] if failures else []), "utf-8"
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "an unknown one"


if __name__ == "__main__":
    sys.exit(main())
