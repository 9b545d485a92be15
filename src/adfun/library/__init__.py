"""Functions of NumPy and SciPy written in the language that objectives are written in.

The front end reads these like a user's own helpers, so their derivatives follow from the passes, and each
runs uncompiled as well.  To add one: write it, and put it into a table below.
"""

from __future__ import annotations

from adfun.library.distributions import DISTRIBUTIONS

LIBRARY: dict[str, object] = {}

__all__ = ["DISTRIBUTIONS", "LIBRARY"]
