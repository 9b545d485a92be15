"""Lines of C++ with their indentation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

STEP = "  "
DEEPEST = 60
"""Columns of indentation at most: a long chain of `elif` would be mostly spaces."""


class Writer:
    """Collects lines; `block` indents what is written inside it."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._indent = ""

    def line(self, text: str) -> None:
        """One line at the current depth."""
        self.lines.append(self._indent + text)

    def directive(self, text: str) -> None:
        """A preprocessor line: never indented."""
        self.lines.append(text)

    def blank(self) -> None:
        """An empty line."""
        self.lines.append("")

    @contextmanager
    def block(self, head: str, tail: str = "}") -> Iterator[None]:
        """`head {`, the lines written inside, `}`."""
        self.line(f"{head} {{" if head else "{")
        outer = self._indent
        self._indent = (outer + STEP)[:DEEPEST]
        yield
        self._indent = outer
        self.line(tail)

    @contextmanager
    def otherwise(self) -> Iterator[None]:
        """Indents what is written after a block whose tail was `} else {`."""
        outer = self._indent
        self._indent = (outer + STEP)[:DEEPEST]
        yield
        self._indent = outer
        self.line("}")

    def text(self) -> str:
        """Everything written so far."""
        return "\n".join(self.lines) + "\n"
