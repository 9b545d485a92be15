"""The one renderer of errors in the user's source."""

from __future__ import annotations

from adfun.diagnostics.spans import NOWHERE, Span

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
    text = printable(span.source.line(span.line).replace("\t", " "))
    end = span.end_column if span.end_line == span.line else len(text)
    first = max(0, span.column - WIDEST // 2) if len(text) > WIDEST else 0
    shown, column = text[first : first + WIDEST], span.column - first
    width = max(1, min(end - first, len(shown)) - column)
    number = str(span.line)
    gutter = " " * len(number)
    caret = " " * column + "^" * width + (f" {label}" if label else "")
    return [f" --> {span}", f" {gutter} |", f" {number} | {shown}", f" {gutter} | {caret}"]


def printable(text: str) -> str:
    """A text without what would act on a terminal, or change the order in which it is read."""
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)


def _short(text: str) -> str:
    text = printable(text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} ... {text[-LONGEST // 4 :]}"
