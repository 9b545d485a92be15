"""The one renderer of errors in the user's source."""

from __future__ import annotations

import unicodedata

from adfun.diagnostics.spans import NOWHERE, Span, characters

WIDEST = 200
"""Characters of a line of source that are shown."""
LONGEST = 1000
"""Characters of one part of a message."""
CALLERS = 8


def render(title: str, span: Span, label: str, reason: str, remedy: str, trail: tuple[Span, ...] = ()) -> str:
    """Title, place, the line with a caret under what matters, the reason and the remedy."""
    lines = [f"error: {_short(title)}"]
    if span is not NOWHERE:
        lines += excerpt(span, _short(label))
    elif label:
        lines.append(f"  {_short(label)}")
    for text, name in ((reason, "reason"), (remedy, "instead")):
        if text:
            lines.append(f"  {name}: {_short(text)}")
    for caller in trail[:CALLERS]:
        line = printable(caller.source.line(caller.line).strip())
        lines.append(f"  called from {caller}: {line[:WIDEST]}")
    if len(trail) > CALLERS:
        lines.append(f"  ... and {len(trail) - CALLERS} more calls")
    return "\n".join(lines)


def excerpt(span: Span, label: str = "") -> list[str]:
    """Where the span is, its first line, and a caret line under it."""
    written = span.source.line(span.line)
    text = printable(written.replace("\t", " "))
    begin = characters(written, span.column)
    end = characters(written, span.end_column) if span.end_line == span.line else len(text)
    first = max(0, begin - WIDEST // 2) if len(text) > WIDEST else 0
    shown = text[first : first + WIDEST]
    before, under = shown[: begin - first], shown[begin - first : end - first]
    number = str(span.line)
    gutter = " " * len(number)
    caret = " " * cells(before) + "^" * max(1, cells(under)) + (f" {label}" if label else "")
    return [f" --> {span}", f" {gutter} |", f" {number} | {shown}", f" {gutter} | {caret}"]


def cells(text: str) -> int:
    """The columns of a terminal that a text takes: East Asian letters two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def printable(text: str) -> str:
    """A text without what would act on a terminal, or change the order in which it is read."""
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)


def _short(text: str) -> str:
    text = printable(text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} ... {text[-LONGEST // 4 :]}"
