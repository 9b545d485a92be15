"""What a failed run-time check becomes: a Python exception of the kind that NumPy would raise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from adfun.diagnostics.render import excerpt
from adfun.diagnostics.spans import NOWHERE, Span

KINDS: dict[str, type[Exception]] = {
    kind.__name__: kind
    for kind in (
        ArithmeticError,
        AssertionError,
        FloatingPointError,
        IndexError,
        KeyError,
        MemoryError,
        NotImplementedError,
        OverflowError,
        RuntimeError,
        StopIteration,
        TypeError,
        UnboundLocalError,
        ValueError,
        ZeroDivisionError,
        np.linalg.LinAlgError,
    )
}
"""The exceptions that compiled code can raise, by the name that an `ir.nodes.Error` has."""


def runtime_error(kind: str, message: str, args: Sequence[float | int | bool], span: Span) -> Exception:
    """The exception for a failed check; `message` takes the check's arguments as {0}, {1} ...

    The user's line is added as a note, so the message itself is the one NumPy gives.
    """
    try:
        text = message.format(*args)
    except (ValueError, TypeError):  # a format that is not one for this type
        text = " ".join([message, *map(str, args)])
    error = KINDS.get(kind, RuntimeError)(text)
    if span is not NOWHERE:
        error.__dict__["__notes__"] = ["\n".join(excerpt(span))]  # add_note, before Python 3.11 as well
    return error
