"""Checks one program: compiled value and gradient against NumPy and dual numbers."""

from __future__ import annotations

import re
import traceback
from dataclasses import dataclass
from typing import Any

import numpy as np

import adfun
from adfun.diagnostics.errors import AdfunError
from tests.fuzz.dual.execute import Result, evaluate, plain
from tests.fuzz.grammar.program import Program

VALUE, GRADIENT = 1e-12, 1e-9
NEAREST_KINK = 1e-6


@dataclass(frozen=True)
class Outcome:
    """How a check ended.

    status  ok; unfit: the reference cannot judge it; refused: a compile error; value, gradient:
            wrong numbers; error: another exception; crash, hung: the process died or did not answer
    detail  one line, the same for the same defect
    """

    status: str
    detail: str = ""
    report: str = ""

    @property
    def failed(self) -> bool:
        return self.status not in ("ok", "unfit")

    def similar(self, other: Outcome) -> bool:
        """Whether both are probably the same defect."""
        if self.status in ("value", "gradient"):
            return other.status == self.status
        return (self.status, self.detail) == (other.status, other.detail)


class Unfit(Exception):
    """A program or a point at which the reference is no reference."""


def reference(text: str, data: dict[str, Any], params: dict[str, Any]) -> Result:
    """NumPy's value with the gradient by dual numbers; Unfit where they cannot be trusted."""
    try:
        value = plain(text, data, params)
        result = evaluate(text, data, params)
    except Exception as error:
        raise Unfit(f"{type(error).__name__}: {error}") from None
    if not np.isfinite(value) or not np.isfinite(result.gradient).all():
        raise Unfit("not finite")
    if abs(result.value - value) > VALUE * max(1.0, abs(value), result.largest):
        raise Unfit(f"dual value {result.value} of {value}")
    if result.kink < NEAREST_KINK:
        raise Unfit("near a kink")
    if result.largest > 1e4 or result.steepest > 1e5:
        raise Unfit("large numbers")
    return result


def verify(program: Program) -> Outcome:
    """Compile and compare, also with data of other sizes."""
    try:
        expected = reference(program.text, program.data, program.params)
    except Unfit as unfit:
        return Outcome("unfit", str(unfit).splitlines()[0][:80])
    try:
        made = adfun.make_ad_fun(program.text, program.data, program.params, cache=False)
        outcome = compared(made, expected)
        if outcome.failed or program.other is None:
            return outcome
        try:
            expected = reference(program.text, *program.other)
        except Unfit:
            return outcome
        return compared(made.with_data(*program.other), expected, "other sizes: ")
    except AdfunError as error:
        return Outcome("refused", first_line(error), str(error))
    except Exception as error:
        return Outcome(
            "error", f"{type(error).__name__}: {first_line(error)}", traceback.format_exc()[-3000:]
        )


def compared(made: Any, expected: Result, which: str = "") -> Outcome:
    """Value and gradient of a compiled objective against the reference."""
    value, gradient = made.fn(), made.gr()
    scale = max(1.0, abs(expected.value), expected.largest)
    if not abs(value - expected.value) <= VALUE * scale:
        return Outcome("value", f"{which}{value!r} instead of {expected.value!r}")
    steep = max(1.0, expected.steepest)
    worst = float(np.max(np.abs(gradient - expected.gradient), initial=0.0))
    if not worst <= GRADIENT * steep:
        return Outcome("gradient", f"{which}{gradient} instead of {expected.gradient}")
    return Outcome("ok")


def first_line(error: BaseException) -> str:
    """The first line of a message, without what differs from run to run."""
    if isinstance(error, RecursionError):
        return "too deep"
    lines = str(error).splitlines()
    return re.sub(r"/\S+|\d+", "#", lines[0])[:150] if lines else ""
