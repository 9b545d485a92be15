"""A program whose module was written by hand: the object is tested without the compiler."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from adfun.backend.entry import FunctionLayout, Layout
from adfun.binding import Described, LeafValue, Signature, describe, describe_param
from adfun.diagnostics.errors import ArgumentError
from adfun.diagnostics.spans import Source, Span
from adfun.ir.nodes import Error
from adfun.ir.types import F64, I64
from adfun.native import modules
from adfun.objective import ADFun
from adfun.program import Failure, Order, Part, Program

TEXT = (Path(__file__).parent / "regression.cpp").read_text()
NAMES = ("x", "group", "y", "scale", "wrap")
SOURCE = Source("regression.py", "def objective(...):\n    r = a + b[group] * x - y\n")
LINE = Span(SOURCE, 2, 8, 2, 28)


class Tripled:
    """y as the module sees it: computed from the data when they are bound."""

    name = "three_y"
    elem = F64
    shape = (None,)

    def evaluate(self, leaves: Mapping[str, LeafValue]) -> Any:
        return np.asarray(leaves["y"]) * 3


def layout(*functions: str) -> Layout:
    widths = {"fn": (), "gr": (1,), "hvp": (1, 1), "he": (1, 8), "report": ()}
    return Layout(
        params=("a", "b"),
        data=("x", "group", "three_y"),
        sizes=(("x", 0), ("b", 0)),
        integers=("wrap",),
        reals=("scale",),
        reports=("flag", "residual", "yes"),
        functions=tuple(FunctionLayout(f, (1,), widths[f], 1, int(f == "report")) for f in functions),
    )


FAILURES = (
    Failure(Error("IndexError", "index {0} is out of bounds for axis 0 with size {1}"), (I64, I64), LINE),
    Failure(Error("ValueError", "a = {0} is too small"), (F64,), LINE),
)


class ByHand:
    """The program of `regression.cpp`."""

    name = "regression"

    def __init__(self, signature: Signature) -> None:
        self.signature = signature
        self.asked: list[Order] = []

    def part(self, order: Order, shapes: Any = None) -> Part:
        self.asked.append(order)
        module = modules.build(TEXT)
        functions = ("fn", "gr") if order == "gr" else (order,)
        return Part(layout(*functions), FAILURES, module.library, lambda: TEXT, (Tripled(),), module.hit)

    def describe_data(self, data: Mapping[str, Any]) -> dict[str, Described]:
        if set(data) != set(NAMES):
            raise ArgumentError(f"data are {NAMES}")
        return {name: describe(name, data[name]) for name in NAMES}

    def fits(self, data: Mapping[str, Described], params: Mapping[str, Described]) -> bool:
        return True

    def anew(self, data: Mapping[str, Described], params: Mapping[str, Described]) -> Program:
        return self


def make(data: Mapping[str, Any], params: Mapping[str, Any]) -> ADFun:
    described = {name: describe(name, data[name]) for name in NAMES}
    start = {name: describe_param(name, value) for name, value in params.items()}
    return ADFun(ByHand(Signature.of(described, start)), described, start)


def example(n: int = 40, groups: int = 9) -> tuple[dict[str, Any], dict[str, Any]]:
    rng = np.random.default_rng(1)
    data = {
        "x": rng.normal(size=n),
        "group": rng.integers(0, groups, n).astype(np.int32),
        "y": rng.normal(size=n),
        "scale": 2.0,
        "wrap": True,
    }
    return data, {"a": 1, "b": rng.normal(size=groups)}
