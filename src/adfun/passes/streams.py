"""Chooses among values that are cheap to compute from data, but not as cheap as to read.

A loop that needs `i2f(y[i])` reads a stream of integers and converts each; a table of the converted
values is one stream as well, without the conversion.  A table that comes on top of the streams it is
made from must save more.
"""

from __future__ import annotations

from collections.abc import Collection

from adfun.ir.nodes import Var
from adfun.records import dataclass

LITTLE = 3
"""Cycles from which a value of one stream is worth a table in place of that stream."""
PER_STREAM = 6
"""Cycles that reading one stream more costs where data come from memory."""


@dataclass(frozen=True, slots=True)
class Origin:
    """How a value comes about inside loops.

    streams  what is read for it: loads of data, and tables
    work     cycles from there
    """

    streams: frozenset[Var]
    work: float

    def costs_more(self, other: Origin, extra: float) -> Origin:
        return Origin(self.streams | other.streams, self.work + other.work + extra)


NO_ORIGIN = Origin(frozenset(), 0.0)


def worthwhile(needed: Collection[Var], origins: dict[Var, Origin]) -> list[Var]:
    """Which of the early values that a loop's late part needs should be read from tables."""
    chosen = [v for v in needed if origins[v].work >= LITTLE]
    while chosen:
        others = [v for v in needed if v not in chosen]
        kept = frozenset[Var]().union(*(origins[v].streams for v in others))
        saved = frozenset[Var]().union(*(origins[v].streams for v in chosen)) - kept
        more = max(0, len(chosen) - len(saved))
        if sum(origins[v].work for v in chosen) >= PER_STREAM * more:
            return chosen
        chosen.remove(min(chosen, key=lambda v: origins[v].work))
    return []
