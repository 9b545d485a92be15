"""How far a run is, on the standard error stream."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any

from adfun.lazy import load

INTERVAL = 1.0
"""Seconds between two plain lines."""


class Progress:
    """A bar of tqdm where that is installed, else a line now and then; nothing unless it is `shown`."""

    def __init__(self, total: int | None, shown: bool) -> None:
        self._total, self._shown = total, shown
        self._bar: Any = None
        self._done, self._failed = 0, 0
        self._last = time.monotonic()

    def __enter__(self) -> Progress:
        if self._shown:
            try:
                self._bar = load("tqdm").tqdm(total=self._total, unit="fit")
            except ImportError:
                self._bar = None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()
        elif self._shown:
            self._line()

    def add(self, count: int, failed: int) -> None:
        """So many more fits are done, of which some did not converge."""
        self._done += count
        self._failed += failed
        if self._bar is not None:
            self._bar.set_postfix_str(f"{self._failed} not converged" if self._failed else "", refresh=False)
            self._bar.update(count)
        elif self._shown and time.monotonic() - self._last > INTERVAL:
            self._line()

    def _line(self) -> None:
        self._last = time.monotonic()
        of = "" if self._total is None else f" of {self._total}"
        print(f"{self._done}{of} fits, {self._failed} not converged", file=sys.stderr, flush=True)
