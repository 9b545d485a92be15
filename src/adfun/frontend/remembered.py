"""What loops found their carried values to become, for when the code around them is evaluated again.

A loop begins with the forms that it ended with in the evaluation before: settling them anew at every
level of nesting, twice or more, would double the work with every level.  Evaluations of a loop are told
apart by the calls that led to it and by their order, so that a function called with other values is not
taken for the same.  Forms only grow from one evaluation of the surroundings to the next: what a loop ended
with is what it would come to again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from adfun.frontend import specs
from adfun.frontend.stage import Restart, Stage
from adfun.frontend.values import Array, DictValue, ListValue, Maybe, RunList, Value

Path = tuple[Any, ...]
"""Where a mutable value is found: number of the environment, name, keys of the items."""
RETURNED = "the returned value"
"""The name of what a loop returns, among those that it carries."""
Saved = Sequence[tuple[Any, dict[str, Value]]]
"""What `Machine.names` returns."""


class Remembered:
    """One evaluation of a loop, or of the whole objective."""

    __slots__ = ("_inner", "cells", "in_memory", "met", "names")

    def __init__(self) -> None:
        self.names: dict[str, specs.Spec] = {}
        """The forms of carried names at the end."""
        self.cells: dict[Path, specs.Spec] = {}
        """Those of mutable values made outside the loop."""
        self.in_memory: dict[Path, None] = {}
        """Arrays that had to be put in memory before the loop."""
        self._inner: dict[Any, list[Remembered]] = {}
        self.met: dict[Any, int] = {}
        """How often each place has been come to, in the evaluation under way."""

    def next(self, place: Any) -> Remembered:
        """What is remembered of the loop at a place, or a blank sheet."""
        known = self._inner.setdefault(place, [])
        count = self.met.get(place, 0)
        self.met[place] = count + 1
        if count == len(known):
            known.append(Remembered())
        return known[count]

    @contextmanager
    def rehearsal(self, place: Any) -> Iterator[None]:
        """The loop that was met last at a place is evaluated, and will be again."""
        met = dict(self.met)
        self.met[place] -= 1
        try:
            yield
        finally:
            self.met = met

    def keep(self, saved: Saved, forms: dict[Any, specs.Spec]) -> None:
        """Note the forms that a loop ended with, given what names stood for before it."""
        self.names = {key: spec for key, spec in forms.items() if isinstance(key, str)}
        self.cells = {}
        if len(self.names) < len(forms):
            self.cells = {p: forms[cell] for p, cell in _reachable(saved).items() if cell in forms}

    def placed(self, saved: Saved, restart: Restart) -> None:
        """Note that an array must be in memory before the loop begins."""
        for path, cell in _reachable(saved).items():
            if cell is restart.cell and isinstance(cell, Array):
                self.in_memory[path] = None

    def to_place(self, saved: Saved) -> list[Array]:
        """The arrays that have to be put in memory now."""
        if not self.in_memory:
            return []
        found = _reachable(saved)
        return [found[p] for p in self.in_memory if isinstance(found.get(p), Array)]

    def known(self, stage: Stage, saved: Saved) -> dict[Any, specs.Spec]:
        """The forms to begin with of the result, and of mutable values that are found at the same places."""
        known: dict[Any, specs.Spec] = {}
        returned = resumed(stage, specs.Nothing(), self.names.get(RETURNED))
        if not isinstance(returned, specs.Nothing):
            known[RETURNED] = specs.surely(returned)
        found = _reachable(saved) if self.cells else {}
        for path, spec in self.cells.items():
            if path in found:
                now = specs.spec_of(stage, specs.state_of(found[path]))
                form = resumed(stage, now, spec)
                if form is not now:
                    known[found[path]] = form
        return known


def resumed(stage: Stage, now: specs.Spec, before: specs.Spec | None) -> specs.Spec:
    """The form to begin with, of a value that became `before` the last time."""
    if before is None or not specs.lasts(before):
        return now
    joined = specs.join_names(stage, now, before)
    return joined if specs.usable(stage, joined) and specs.lasts(joined) else now


def _reachable(saved: Saved) -> dict[Path, Any]:
    """The mutable values that names lead to, by where they are found first."""
    found: dict[Path, Any] = {}
    seen: set[int] = set()
    todo: list[tuple[Path, Value]] = [
        ((k, name), value) for k, (_, names) in enumerate(saved) for name, value in names.items()
    ]
    while todo:
        path, value = todo.pop()
        if isinstance(value, Maybe):
            value = value.value
        if isinstance(value, Array):
            value = value.root
        if id(value) in seen or not isinstance(value, (tuple, Array, ListValue, DictValue, RunList)):
            continue
        seen.add(id(value))
        if not isinstance(value, tuple):
            found[path] = value
        if isinstance(value, DictValue):
            todo += [((*path, key), item) for key, item in value.items.items()]
        elif isinstance(value, (tuple, ListValue)):
            items = value if isinstance(value, tuple) else value.items
            todo += [((*path, k), item) for k, item in enumerate(items)]
        elif isinstance(value, RunList):
            todo += [((*path, k), column) for k, column in enumerate(value.columns)]
    return found
