"""Faults of adfun itself, as opposed to errors in what it was given."""

from __future__ import annotations

from typing import NoReturn

from adfun.diagnostics.spans import NOWHERE, Span


class InternalError(Exception):
    """A promise between two parts of adfun was broken; never the user's fault.

    what   the rule that does not hold
    span   the user's line that the statement came from
    stage  the pass that had just run, when known
    ir     the program as it stood, when known
    """

    def __init__(self, what: str, span: Span = NOWHERE, stage: str = "", ir: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.span = span
        self.stage = stage
        self.ir = ir

    def __str__(self) -> str:
        lines = [f"internal error of adfun: {self.what}"]
        if self.stage:
            lines.append(f"  after the pass: {self.stage}")
        if self.span is not NOWHERE:
            lines.append(f"  from your line: {self.span}: {self.span.source.line(self.span.line).strip()}")
        lines.append("  This is a defect of adfun: please report it with this text and your function.")
        if self.ir:
            lines.append(self.ir)
        return "\n".join(lines)


def assert_never(value: NoReturn) -> NoReturn:
    """The end of a `match` that knows every case: a type checker finds the case it forgot.

    `typing.assert_never` came with Python 3.11.
    """
    raise InternalError(f"{value!r} is of a kind that is not known here")
