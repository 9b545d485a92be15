"""`python -m tests.fuzz --count 5000 --seed 1`: many random programs, with progress; can be resumed."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.fuzz import layers, pool, second
from tests.fuzz.grammar.program import Program, program
from tests.fuzz.kept import save
from tests.fuzz.shrink import shrink
from tests.fuzz.verify import Outcome, verify

CHECKS = {"native": verify, "layers": layers.layered, "second": second.second_order}


def examine(seed: int, *, mode: str, seconds: float) -> tuple[Outcome, str]:
    """Check one seed; the program of a failure is shrunk, by the interpreter where that shows it too."""
    made = program(seed)
    outcome = CHECKS[mode](made)
    if not outcome.failed or not seconds:
        return outcome, made.text if outcome.failed else ""
    check = CHECKS[mode]
    quick = layers.layered(made)
    if quick.failed:
        outcome, check = quick, layers.layered
    small = shrink(made, outcome, check, seconds)
    return check(small), _as_file(small, outcome)


def _as_file(small: Program, outcome: Outcome) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "program.py"
        save(small, path, f"seed {small.seed}: {outcome.status}, {outcome.detail}")
        return path.read_text()


def main() -> int:
    options = _options()
    log = options.log or Path(tempfile.gettempdir()) / "adfun-fuzz" / f"{options.mode}-{options.seed}.jsonl"
    log.parent.mkdir(parents=True, exist_ok=True)
    done = {entry["seed"]: entry for entry in _entries(log)}
    seeds = [s for s in range(options.seed, options.seed + options.count) if s not in done]
    kept = [e for s, e in done.items() if options.seed <= s < options.seed + options.count]
    counts = Counter(e["status"] for e in kept)
    print(f"{len(seeds)} programs to check, {len(kept)} found in {log}", flush=True)
    start = shown = time.monotonic()
    task = partial(examine, mode=options.mode, seconds=options.shrink)
    with log.open("a") as file:
        for seed, outcome, text in pool.run(task, seeds, options.jobs, options.timeout + options.shrink):
            counts[outcome.status] += 1
            entry = {"seed": seed, "status": outcome.status, "detail": outcome.detail, "text": text}
            print(json.dumps(entry), file=file, flush=True)
            if outcome.failed:
                print(f"seed {seed}: {outcome.status}: {outcome.detail}\n{text}", flush=True)
            if time.monotonic() - shown > 30:
                shown = time.monotonic()
                print(f"{sum(counts.values())} checked: {_summary(counts)}", flush=True)
    bad = sum(n for status, n in counts.items() if status not in ("ok", "unfit"))
    print(f"{sum(counts.values())} programs in {time.monotonic() - start:.0f} s: {_summary(counts)}")
    return 1 if bad else 0


def _summary(counts: Counter[str]) -> str:
    return ", ".join(f"{n} {status}" for status, n in counts.most_common())


def _entries(log: Path) -> Iterator[dict[str, str]]:
    if not log.exists():
        return
    for line in log.read_text().splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            continue


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1, help="of the first program; the others follow")
    parser.add_argument("--mode", choices=sorted(CHECKS), default="native")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=120.0, help="seconds for one program")
    parser.add_argument("--shrink", type=float, default=60.0, help="seconds for making a failure small; 0: not")
    parser.add_argument("--log", type=Path, help="one JSON line a program; what is in it is not checked again")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
