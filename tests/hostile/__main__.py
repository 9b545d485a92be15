"""The command line: see the package."""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tests.hostile import isolate, judge, leaks, sanitize
from tests.hostile.judge import Case
from tests.hostile.programs import FAMILIES, programs
from tests.hostile.values import Fixed, outcome, values
from tests.hostile.verdict import GOOD, MEANT, SLOW, verdict

RESULTS = Path(__file__).with_name("RESULTS.md")
COUNTS = Path(__file__).with_name("results.json")
MEMORY = 6 << 30
GRACE = 4.0
"""Times the limit after which a case is given up: on a busy machine the clock is not the case's own."""


def main() -> int:
    options = _options()
    start = time.monotonic()
    for name in ("adfun.compile", "scipy.stats", "scipy.signal", "scipy.interpolate", "scipy.linalg"):
        importlib.import_module(name)  # before the children are forked
    section = {"programs": _programs, "values": _values, "sanitize": _sanitize, "leaks": _leaks}[options.what]
    rows, bad = section(options)
    _publish(options, rows, time.monotonic() - start)
    return 1 if bad else 0


def _programs(options: argparse.Namespace) -> tuple[list[dict[str, Any]], int]:
    rows, bad = [], 0
    for family in options.family or FAMILIES:
        cases = programs([family], options.seed, options.most)
        plain = [c for c in cases if c.python]
        expected = {c.name: a for c, a in isolate.run(judge.python, plain, seconds=5, memory=2 << 30)}
        answers = list(isolate.run(judge.adfuns, cases, seconds=GRACE * SLOW, memory=MEMORY))
        row = _counted(family, _judged(expected, _compiled(expected, answers)))
        bad += sum(n for what, n in row["counts"].items() if what not in GOOD)
        rows.append(row)
    return rows, bad


def _compiled(expected: dict[str, Any], answers: list[tuple[Case, Any]]) -> list[tuple[Case, Any]]:
    """The answers, of compiled code where the interpreter is too slow for what Python does in time."""
    late = [c for c, a in answers if verdict(c, expected.get(c.name), a) == "slow" and a.status == "endless"]
    native = [replace(c, native=True) for c in late]
    again = {c.name: a for c, a in isolate.run(judge.adfuns, native, seconds=GRACE * SLOW, memory=MEMORY)}
    return [(c, again.get(c.name, a)) for c, a in answers]


def _judged(expected: dict[str, Any], answers: list[tuple[Case, Any]]) -> Iterable[tuple[str, str, Any]]:
    """Name, verdict and answer of every case; Python is asked again, in other ways, where it differs."""
    found = [(c, verdict(c, expected.get(c.name), a), a) for c, a in answers]
    ways = (
        ("numpy's", judge.python_of_numpy),
        ("numpy's", judge.python_of_arrays),
        ("meant", judge.python_as_meant),
    )
    for name, asked in ways:
        doubtful = [c for c, status, _ in found if c.python and status in ("lax", "foreign", "wrong")]
        again = {c.name: a for c, a in isolate.run(asked, doubtful, seconds=5, memory=2 << 30)}
        found = [
            (c, name if c.name in again and verdict(c, again[c.name], a) in GOOD else status, a)
            for c, status, a in found
        ]
    for c, status, a in found:
        yield c.name, status, a


def _values(options: argparse.Namespace) -> tuple[list[dict[str, Any]], int]:
    fixed = Fixed.make()
    cases = values(options.seed, options.count)
    rows: dict[str, list[Any]] = {}
    for case, answer in isolate.run(lambda v: outcome(v, fixed), cases, seconds=GRACE * SLOW, memory=MEMORY):
        status = answer.status if isinstance(answer, isolate.Lost) else answer[0]
        rows.setdefault(case.place, []).append((case.name, status, answer))
    made = [_counted(place, found) for place, found in rows.items()]
    return made, sum(n for row in made for what, n in row["counts"].items() if what not in GOOD)


def _counted(name: str, found: Iterable[tuple[str, str, Any]]) -> dict[str, Any]:
    """The row of a table; what is not good is printed."""
    counts: Counter[str] = Counter()
    for case, status, answer in found:
        counts[status] += 1
        if status not in GOOD:
            print(f"{name} | {status} | {case!a:.150} | {answer!a:.600}", flush=True)
    print(f"{name}: {dict(counts)}", flush=True)
    return {"name": name, "counts": dict(counts)}


def _sanitize(options: argparse.Namespace) -> tuple[list[dict[str, Any]], int]:
    counts = sanitize.run(options.count, options.jobs, options.seed)
    return [{"name": "modules", "counts": dict(counts)}], counts["findings"]


def _leaks(options: argparse.Namespace) -> tuple[list[dict[str, Any]], int]:
    found = leaks.cycles(options.scale)
    rows = [
        {"name": g.what, "counts": {"cycles": g.cycles, "bytes a cycle": round(g.per_cycle, 2)}}
        for g in found
    ]
    for row in rows:
        print(row, flush=True)
    return rows, sum(g.per_cycle > 16 for g in found)


# -- the results ------------------------------------------------------------------------------


def _publish(options: argparse.Namespace, rows: list[dict[str, Any]], seconds: float) -> None:
    """Keep the counts of this run, and write all that are kept as a page."""
    kept = json.loads(COUNTS.read_text()) if COUNTS.exists() else {}
    old = {row["name"]: row for row in kept.get(options.what, {}).get("rows", [])} if options.family else {}
    about = (
        f"seed {options.seed}, Python {platform.python_version()}, NumPy {np.__version__}, {seconds:.0f} s"
    )
    kept[options.what] = {"about": about, "rows": list({**old, **{r["name"]: r for r in rows}}.values())}
    COUNTS.write_text(json.dumps(kept, indent=1) + "\n")
    lines = [
        "# Hostile input: counts",
        "",
        "Written by `python -m tests.hostile`; what the words mean is said in `verdict.py`.",
        "",
    ]
    for what, section in kept.items():
        columns = list(dict.fromkeys(c for row in section["rows"] for c in row["counts"]))
        lines += [f"## {what}", "", f"Last run: {section['about']}", ""]
        lines += ["| | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
        for row in section["rows"]:
            lines.append(
                f"| {row['name']} | " + " | ".join(str(row["counts"].get(c, "")) for c in columns) + " |"
            )
        lines.append("")
    lines += ["## Differences that are meant", "", *(f"* {text}" for text in MEANT), ""]
    RESULTS.write_text("\n".join(lines))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.hostile")
    parser.add_argument("what", choices=["programs", "values", "sanitize", "leaks"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--family", action="append", choices=sorted(FAMILIES), help="of programs; else all")
    parser.add_argument("--most", type=int, default=400, help="programs of a family")
    parser.add_argument("--count", type=int, default=4000, help="values, or random modules")
    parser.add_argument("--jobs", type=int, default=2, help="of the sanitizers")
    parser.add_argument("--scale", type=float, default=1.0, help="of the number of cycles for leaks")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
