"""The one renderer of errors in the user's source."""

from __future__ import annotations

from adfun.diagnostics.spans import NOWHERE, Span


def render(title: str, span: Span, label: str, reason: str, remedy: str, trail: tuple[Span, ...] = ()) -> str:
    """Title, place, the line with a caret under what matters, the reason and the remedy."""
    lines = [f"error: {title}"]
    if span is not NOWHERE:
        lines += excerpt(span, label)
    elif label:
        lines.append(f"  {label}")
    for text, name in ((reason, "reason"), (remedy, "instead")):
        if text:
            lines.append(f"  {name}: {text}")
    for caller in trail:
        lines.append(f"  called from {caller}: {caller.source.line(caller.line).strip()}")
    return "\n".join(lines)


def excerpt(span: Span, label: str = "") -> list[str]:
    """Where the span is, its first line, and a caret line under it."""
    text = span.source.line(span.line)
    shown = text.replace("\t", " ")
    end = span.end_column if span.end_line == span.line else len(shown)
    width = max(1, min(end, len(shown)) - span.column)
    number = str(span.line)
    gutter = " " * len(number)
    caret = " " * span.column + "^" * width + (f" {label}" if label else "")
    return [f" --> {span}", f" {gutter} |", f" {number} | {shown}", f" {gutter} | {caret}"]
