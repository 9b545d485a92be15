"""Whether an answer may be: what adfun made of a case against what Python made of it."""

from __future__ import annotations

import math
import re
from typing import TypeGuard

from adfun.diagnostics.runtime import KINDS
from tests.hostile.isolate import Lost
from tests.hostile.judge import Answer, Case

GOOD = ("right", "refused", "raised", "answered", "numpy's", "meant", "endless")
"""The ends that a case may have; "answered": Python itself gives no answer to compare with; "numpy's": Python's
answer where the numbers given are NumPy's, which lend lists and tuples their arithmetic; "meant": another
answer than Python's, for one of the reasons below; "endless": it was compiled, and Python finds no end either."""

MEANT = (
    "A number may be NumPy's, so a list or tuple next to it is an array, as NumPy makes it; written as a Python"
    " number it would be a TypeError. An integer repeats a list, as in Python.",
    "zip, map, enumerate and generators are the sequences of their items: NumPy's functions take them.",
    "Of a module, definitions are evaluated; what its other statements would raise is not seen.",
    "An integer has 64 bits and a sign, whatever narrower or unsigned type is asked for.",
    "A function of `math`, and division by a float of zero, give NaN or infinity where Python raises, as in NumPy.",
    "Loops and `with` may stand more than 20 deep inside each other.",
    "An integer that is only known at run time has 64 bits: beyond them it is an OverflowError.",
    "An array of one element is a number, whatever its axes, as it was before NumPy 2.4.",
    "An exception that is none of the usual kinds, and one that ends the interpreter, is a RuntimeError.",
    "A sum of powers, a moment: floats, where SciPy fails on integers beyond 64 bits.",
)
"""Where adfun and Python differ on purpose."""

EXHAUSTED = {"MemoryError", "OverflowError", "ValueError", "RecursionError"}
"""What may be raised where Python finds no end."""

NESTED = "too many statically nested blocks"
UNDEFINED = (
    "math domain error",
    "math range error",
    "float division by zero",
    "float floor division",
    "float modulo",
)
WIDTH = "an integer does not fit into 64 bits"
"""What Python and adfun say where they differ on purpose."""

SLOW = 20.0


def verdict(case: Case, expected: Answer | Lost | None, got: Answer | Lost) -> str:
    """One of GOOD, or what is wrong."""
    if isinstance(got, Lost):
        return got.status
    if got.seconds > SLOW:
        return "slow"
    if got.status in ("internal", "text", "touched"):
        return got.status
    if got.status == "endless":
        return "endless" if isinstance(expected, Lost) and expected.status == "slow" else "slow"
    if got.status in ("compile", "argument"):
        return "refused"
    if got.status == "raised":
        return _raised(case, expected, got)
    if unanswered(expected):
        return "answered"
    if expected.status == "raised":
        undefined = not math.isfinite(got.value) and any(text in expected.text for text in UNDEFINED)
        moment = "10**30" in case.name and case.name.startswith("scipy.stats.")
        return "meant" if NESTED in expected.text or undefined or moment or _narrow(case) else "lax"
    return "right" if same(got.value, expected.value) else "meant" if _narrow(case) else "wrong"


def _narrow(case: Case) -> bool:
    """Whether a program asks for integers of another width, or without a sign."""
    return re.search(r"np\.(u?int(8|16|32)|uint64)\b", str(case.source)) is not None


def _raised(case: Case, expected: Answer | Lost | None, got: Answer) -> str:
    kinds = set(got.kind.split())
    if "Traceback" in got.text:
        return "traceback"
    if unanswered(expected):
        return "raised" if kinds & {*EXHAUSTED, case.raises} else "foreign"
    if expected.status == "value":
        return "meant" if WIDTH in got.text else "strict"
    if "MemoryError" in kinds:
        return "raised"  # Python may say so with other words
    if "RuntimeError" in kinds and not set(expected.kind.split()) & KINDS.keys():
        return "meant"
    return "raised" if kinds & set(expected.kind.split()) else "foreign"


def unanswered(expected: Answer | Lost | None) -> TypeGuard[Lost | None]:
    """Whether Python was not asked, or had not the time or the memory."""
    return expected is None or isinstance(expected, Lost) or "MemoryError" in expected.kind


def same(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b)) or abs(a - b) <= 1e-12 * max(abs(a), abs(b))
