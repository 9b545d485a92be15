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

from tests.fuzz import pool
from tests.fuzz.task import CHECKS, examine


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
    parser.add_argument(
        "--shrink", type=float, default=60.0, help="seconds for making a failure small; 0: not"
    )
    parser.add_argument(
        "--log", type=Path, help="one JSON line a program; what is in it is not checked again"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
