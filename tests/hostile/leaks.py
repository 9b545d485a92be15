"""Objects made and dropped many times: the memory of the process must not grow."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import adfun
from adfun import ArgumentError, CompileError

SOURCE = "import numpy as np\ndef objective(p, y):\n    return np.sum((y - p) ** 2)\n"


@dataclass(frozen=True)
class Growth:
    """What a number of cycles did to the resident memory, in bytes; the first half is left out."""

    what: str
    cycles: int
    bytes: int

    @property
    def per_cycle(self) -> float:
        return self.bytes / self.cycles


def resident() -> int:
    """Bytes of memory that the process has, without what Python can give back."""
    gc.collect()
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def measure(what: str, cycle: Callable[[], Any], cycles: int) -> Growth:
    """Run a cycle so often; the memory grows in the beginning, when caches fill."""
    warm = max(1, cycles // 2)
    for _ in range(warm):
        cycle()
    before = resident()
    for _ in range(cycles - warm):
        cycle()
    return Growth(what, cycles, resident() - before)


def cycles(scale: float) -> list[Growth]:
    """All kinds of cycles; a scale of 1 makes 1e5 objects by `with_data`."""
    obj = adfun.make_ad_fun(SOURCE, {"y": np.ones(100)}, {"p": 0.5})
    obj.hvp(None, np.ones(1)), obj.he(), obj.report()
    ys = [np.ones(n) for n in (50, 100, 200)]
    turn = iter(range(10**9))

    def data() -> None:
        made = obj.with_data({"y": ys[next(turn) % 3]})
        made.fn_gr(np.ones(1))

    def second() -> None:
        made = obj.with_data({"y": ys[next(turn) % 3]})
        made.he(), made.hvp(None, np.ones(1)), made.report()

    def whole() -> None:
        adfun.make_ad_fun(SOURCE, {"y": ys[next(turn) % 3]}, {"p": 0.5}).gr()

    def results() -> None:
        obj.fn_gr(np.array([float(next(turn))])), obj.gr([0.5])

    def refused() -> None:
        for bad in ({"y": "x"}, {"y": np.ones((2, 2))}):
            try:
                obj.with_data(bad)
            except ArgumentError:
                continue
        try:
            adfun.make_ad_fun("def objective(p):\n    return zz\n", {}, {"p": 1.0})
        except CompileError:
            return

    plan = ((data, 100_000), (second, 10_000), (whole, 8_000), (results, 100_000), (refused, 2_000))
    names = {
        data: "with_data and fn_gr",
        second: "he, hvp and report",
        whole: "make_ad_fun",
        results: "calls",
        refused: "refusals",
    }
    return [measure(names[cycle], cycle, max(40, int(count * scale))) for cycle, count in plan]
