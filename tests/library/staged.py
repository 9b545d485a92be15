"""Library functions through the front end: IR of one call, its value and its directional derivative."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adfun.frontend.arrays import core
from adfun.frontend.evaluator import machine
from adfun.frontend.recipes import Known
from adfun.frontend.refs import Ref
from adfun.frontend.stage import Stage
from adfun.frontend.values import Array, Buffered, Scalar
from adfun.ir.check import check
from adfun.ir.interpret import run
from adfun.ir.nodes import Buffer, Function, Input, Var, i64
from adfun.ir.types import F64, I64
from adfun.passes.simplify import simplify
from adfun.passes.tangent import tangent


class Fixed:
    """An argument that is known when compiling; floats and arrays given plainly are parameters."""

    def __init__(self, value: Any) -> None:
        self.value = value


def plain(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(a.value if isinstance(a, Fixed) else a for a in arguments)


def weights(shape: tuple[int, ...]) -> Any:
    """Numbers without pattern: what the elements of a result are added up with."""
    return np.cos(1.0 + 0.7 * np.arange(np.prod(shape, dtype=int))).reshape(shape)


def call_plain(function: Callable[..., Any], arguments: tuple[Any, ...]) -> float:
    """The weighted sum of a plain call."""
    with np.errstate(all="ignore"):
        result = np.asarray(function(*plain(arguments)), float)
    return float(np.sum(result * weights(result.shape)))


class Staged:
    """A call of a library function as IR, with the values of its parameters."""

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.stage = Stage({})
        self.inputs: list[Input] = []
        self.given: dict[str, Any] = {}
        staged = [self._argument(a) for a in arguments]
        m = machine(self.stage)
        shape = np.shape(function(*plain(arguments)))
        result = m.call(m.call(Ref("functools.partial"), [function], {}), staged, {})
        product = m.call(Ref("numpy.multiply"), [result, weights(shape)], {})
        total = core.operand(self.stage, m.call(Ref("numpy.sum"), [product], {}))
        for recipe, entry in self.stage.hidden:
            assert isinstance(recipe, Known)
            self.given[entry.name] = recipe.value
        inputs = (*self.inputs, *(entry for _, entry in self.stage.hidden))
        self.function = simplify(Function("f", inputs, self.stage.builder.finish(total)))
        check(self.function)

    def _argument(self, given: Any) -> Any:
        if isinstance(given, Fixed):
            return given.value
        name = f"p{len(self.inputs)}"
        self.given[name] = given
        if isinstance(given, np.ndarray):
            shape = tuple(i64(1) if n == 1 else Var(I64, "n") for n in given.shape)
            buffer = Buffer(F64, shape, "input", name)
            self.inputs.append(Input(name, "param", buffer))
            return Array(F64, shape, Buffered(buffer))
        var = Var(F64, name)
        self.inputs.append(Input(name, "param", var))
        return Scalar(var)

    def value(self) -> float:
        return float(run(self.function, self.given).values[0])

    def directions(self) -> dict[str, Any]:
        """One direction for every parameter."""
        return {entry.name: weights(np.shape(self.given[entry.name])) + 0.3 for entry in self.inputs}

    def derivative(self) -> float:
        """The derivative along `directions`."""
        seeds = {f"d_{name}": d for name, d in self.directions().items()}
        return float(run(tangent(self.function), {**self.given, **seeds}).values[1])


COEFFICIENTS = {1: 4 / 5, 2: -1 / 5, 3: 4 / 105, 4: -1 / 280}


def differences(function: Callable[..., Any], arguments: tuple[Any, ...], step: float = 2e-3) -> float:
    """The same derivative by central differences of order eight."""
    moving = [k for k, a in enumerate(arguments) if not isinstance(a, Fixed)]

    def at(t: float) -> float:
        moved = list(arguments)
        for k in moving:
            moved[k] = moved[k] + t * (weights(np.shape(moved[k])) + 0.3)
        return call_plain(function, tuple(moved))

    return sum(c * (at(j * step) - at(-j * step)) for j, c in COEFFICIENTS.items()) / step
