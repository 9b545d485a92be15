"""Rows of a run on disk: a JSON object a line, only ever appended to.

    {"fits": 1, "model": digest of the object and of how it is fitted, "names": [...]}
    {"index": 3, "key": digest of what the fit was given, "par": [...], "value": ..., ...}

A line that is not whole, as the last one after a crash, is not there: it is cut off before anything is added.
Python writes floats so that they are read as the same bits.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from adfun.diagnostics.errors import ArgumentError
from adfun.fits.result import Row
from adfun.records import asdict

FORMAT = 1


class Checkpoint:
    """The file of a run of a model; without a path, nothing is kept."""

    def __init__(self, path: str | os.PathLike[str] | None, model: str, names: Sequence[str]) -> None:
        self._path = None if path is None else Path(path)
        self._head = {"fits": FORMAT, "model": model, "names": list(names)}
        self._rows: dict[int, tuple[str, Row]] = {}
        if self._path is not None:
            self._open(self._path)

    def find(self, index: int, key: str) -> Row | None:
        """The row of a fit that was given the same, from an earlier run."""
        known, row = self._rows.get(index, ("", None))
        return row if known == key else None

    def add(self, rows: Iterable[tuple[str, Row]]) -> None:
        """Append rows with their keys."""
        if self._path is None:
            return
        lines = [json.dumps({"key": key, **asdict(row)}) + "\n" for key, row in rows]
        with open(self._path, "a", encoding="utf-8") as file:
            file.write("".join(lines))
            file.flush()
            os.fsync(file.fileno())

    def _open(self, path: Path) -> None:
        """Read what is there, cut off what is not whole; start the file when there is none."""
        content = path.read_bytes() if path.exists() else b""
        whole = content[: content.rfind(b"\n") + 1]
        if not whole:
            path.write_text(json.dumps(self._head) + "\n", encoding="utf-8")
            return
        head, *lines = map(_parsed, whole.splitlines())
        if head != self._head:
            raise ArgumentError(
                f"checkpoint: {str(path)!r} is not of this model; instead: give another file, or remove it"
            )
        for line in lines:
            row = _row(line)
            if row is not None:
                self._rows[row[1].index] = row
        if len(whole) < len(content):
            os.truncate(path, len(whole))


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _row(plain: Any) -> tuple[str, Row] | None:
    """The row of a line, with its key; None for a damaged line."""
    try:
        key = str(plain.pop("key"))
        return key, Row(**plain)
    except (AttributeError, KeyError, TypeError):
        return None
