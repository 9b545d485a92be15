"""Where a piece of the user's source stands: every IR node and every error carries a span."""

from __future__ import annotations

import re

from adfun.records import dataclass

_ENDS = re.compile("\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Source:
    """One source text, as the user knows it."""

    name: str
    text: str
    first_line: int = 1

    def __repr__(self) -> str:
        return f"Source({self.name!r})"

    def line(self, number: int) -> str:
        """The text of a line, by the number the user's file gives it; empty when it is outside."""
        lines = _ENDS.split(self.text)  # as Python does; `splitlines` knows more ends
        index = number - self.first_line
        return lines[index] if 0 <= index < len(lines) else ""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of source: lines count from 1; columns from 0, and bytes of UTF-8, as in `ast`."""

    source: Source
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.source.name}:{self.line}:{characters(self.source.line(self.line), self.column) + 1}"


def characters(text: str, column: int) -> int:
    """How many characters of a line stand before a column that counts bytes of UTF-8."""
    if text.isascii():
        return column
    return len(text.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "ignore"))


NOWHERE = Span(Source("<adfun>", ""), 0, 0, 0, 0)
"""The span of code that no line of the user's asked for."""
