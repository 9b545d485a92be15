"""Times that can be compared: all systems in turn, many rounds, medians, in one process."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping


def once(call: Callable[[], object], seconds: float = 0.02) -> int:
    """How many calls take about so long; the first, which may compile, does not count."""
    call()
    number = 1
    while True:
        start = time.perf_counter()
        for _ in range(number):
            call()
        if time.perf_counter() - start > seconds / 2 or number > 1 << 24:
            return number
        number *= 2


def medians(calls: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Seconds for one call of each; rounds alternate between them, so that what disturbs one disturbs all."""
    numbers = {name: once(call) for name, call in calls.items()}
    found: dict[str, list[float]] = {name: [] for name in calls}
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, call in calls.items():
                start = time.perf_counter()
                for _ in range(numbers[name]):
                    call()
                found[name].append((time.perf_counter() - start) / numbers[name])
    finally:
        gc.enable()
    return {name: statistics.median(times) for name, times in found.items()}
