"""`adfun.report`: names intermediates of an objective."""

from __future__ import annotations

from typing import Any


def report(**values: Any) -> None:
    """Name intermediates of an objective: `adfun.report(mu=mu, resid=y - mu)`.

    Uncompiled this does nothing.  Of a compiled objective `obj.report(x)` returns the named values at x as a
    dict of numbers and arrays.
    """
