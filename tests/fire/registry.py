"""The list of scenarios, and how one is repeated and counted."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.fire.world import Failed, Prebuilt, Skipped, World

Trial = Callable[[World, int], None]
"""One repetition; raises Failed, or CleanError where it ended in a clean error."""

SCENARIOS: dict[str, Trial] = {}


def scenario(title: str) -> Callable[[Trial], Trial]:
    """Enter a trial in the list.  It gets a new world, and the number of the repetition."""

    def enter(trial: Trial) -> Trial:
        assert title not in SCENARIOS
        SCENARIOS[title] = trial
        return trial

    return enter


@dataclass
class Count:
    """How the repetitions of a scenario ended."""

    right: int = 0
    clean: int = 0
    failed: int = 0
    skipped: str = ""
    seconds: float = 0.0
    slowest: float = 0.0
    commit: str = ""
    failures: list[str] = field(default_factory=list)


class CleanError(Exception):
    """The trial ended, as it may, in a clean error instead of the right answer."""


def commit() -> str:
    """What is tested, where that can be told."""
    words = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
    try:
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def repeat(title: str, prebuilt: Prebuilt, count: int, seed: int) -> Count:
    """Run a scenario so many times, each time in a new world and with random numbers of its own."""
    result = Count(commit=commit())
    for number in range(count):
        began = time.monotonic()
        with World.new(prebuilt, Random(f"{seed} {title} {number}")) as world:
            try:
                SCENARIOS[title](world, number)
                result.right += 1
            except CleanError:
                result.clean += 1
            except Skipped as reason:
                result.skipped = str(reason)
                break
            except Failed as failure:
                result.failed += 1
                result.failures.append(f"{number}: {failure}")
        took = time.monotonic() - began
        result.seconds += took
        result.slowest = max(result.slowest, took)
    return result
