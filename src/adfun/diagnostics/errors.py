"""The errors a user can cause, as data; `render` prints them and one exception carries them."""

from __future__ import annotations

from adfun.diagnostics.render import render
from adfun.diagnostics.spans import Span
from adfun.records import dataclass

TOO_DEEP = "this is nested too deeply"
TOO_LONG = "this takes too long to work out"
"""The titles of errors that do not depend on what the arguments are."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that is wrong in the user's source.

    title   what kind of error, a few words
    label   stands under the caret
    reason  why it is refused
    remedy  what to write instead
    trail   where the function that holds the line was called from, innermost first
    """

    title: str
    span: Span
    label: str
    reason: str = ""
    remedy: str = ""
    trail: tuple[Span, ...] = ()

    def __str__(self) -> str:
        return render(self.title, self.span, self.label, self.reason, self.remedy, self.trail)


class AdfunError(Exception):
    """Base of the errors that adfun raises about what it was given."""


class CompileError(AdfunError):
    """The objective's source cannot be compiled; the message shows every line in question."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("\n\n".join(str(d) for d in diagnostics))
        self.diagnostics = diagnostics


class ArgumentError(AdfunError, ValueError):
    """An argument of an adfun function is missing, unknown or of the wrong kind."""


class ArtifactError(AdfunError):
    """A precompiled objective cannot be used: a file is damaged or missing, or made for another machine."""


class NotCompiledError(AdfunError):
    """Nothing compiled was found, and ADFUN_OFFLINE forbids to compile."""
