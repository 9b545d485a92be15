"""Runs array handlers on staged inputs: builds the IR, checks it, interprets it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adfun.frontend.arrays import core
from adfun.frontend.stage import Stage
from adfun.frontend.values import Array, Buffered, ListValue, Scalar
from adfun.ir.check import check
from adfun.ir.interpret import run
from adfun.ir.nodes import Buffer, Function, Input, Operand, Var, i64
from adfun.ir.types import B1, F64, I64

TYPES = {"b": B1, "i": I64, "u": I64, "f": F64}
MODES = ("run", "examples", "known", "small")
"""How sizes are known: not at all, with the data at hand, as constants; or everything in scalars."""


class Bench:
    """One staged function under construction, with the values of its inputs."""

    def __init__(self, mode: str = "run") -> None:
        self.mode = mode
        self.stage = Stage({})
        self.inputs: list[Input] = []
        self.given: dict[str, Any] = {}

    def value(self, given: Any) -> Any:
        """A staged input for a number or array; anything else is known now."""
        if isinstance(given, np.ndarray):
            return self.array(given)
        if isinstance(given, Run):
            return self.scalar(given.value)
        if isinstance(given, tuple):
            return tuple(self.value(g) for g in given)
        if isinstance(given, list):
            return ListValue([self.value(g) for g in given])
        if isinstance(given, slice):
            return slice(*(self.value(g) for g in (given.start, given.stop, given.step)))
        return given

    def scalar(self, given: Any) -> Scalar:
        kind = np.asarray(given).dtype.kind
        var = Var(TYPES[kind], "s")
        self._add(var, given)
        return Scalar(var)

    def _add(self, item: Var | Buffer, given: Any) -> None:
        name = f"x{len(self.inputs)}"
        self.inputs.append(Input(name, "data", item))
        self.given[name] = given

    def array(self, given: np.ndarray) -> Array:
        elem = TYPES[given.dtype.kind]
        if self.mode == "small" and given.size <= core.SMALL:
            operands = []
            for element in given.ravel():
                var = Var(elem, "e")
                self._add(var, element)
                operands.append(var)
            return core.small(self.stage, elem, [i64(n) for n in given.shape], operands)
        shape = tuple(self._size(n) for n in given.shape)
        buffer = Buffer(elem, shape, "input", "x")
        self._add(buffer, given)
        return Array(elem, shape, Buffered(buffer))

    def _size(self, n: int) -> Operand:
        if n == 1 or self.mode in ("known", "small"):
            return i64(n)
        size = Var(I64, "n")
        self.stage.sizes.add(size)
        if self.mode == "examples":
            self.stage.examples[size] = n
        return size

    def run(self, result: Any) -> Any:
        """The NumPy value of a staged result (or of a tuple or list of them)."""
        if isinstance(result, ListValue):
            result = list(result.items)
        if isinstance(result, (tuple, list)):
            return tuple(self._named(r, f"r{k}") for k, r in enumerate(result)), self._finish()
        return self._named(result, "r"), self._finish()

    def _named(self, result: Any, name: str) -> Any:
        builder = self.stage.builder
        if isinstance(result, Scalar):
            builder.report(name, result.operand)
            return name
        if isinstance(result, Array):
            buffer = builder.build(result.elem, result.shape, lambda i: core.at(self.stage, result, i))
            builder.report(name, buffer)
            return name
        return Fixed(result)

    def _finish(self) -> dict[str, Any]:
        inputs = self.inputs + [entry for _, entry in self.stage.hidden]
        for recipe, entry in self.stage.hidden:
            self.given[entry.name] = recipe.value  # type: ignore[union-attr]
        function = Function("fn", tuple(inputs), self.stage.builder.finish())
        check(function)
        return run(function, self.given).reports


class Run:
    """A number that is known at run time only."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __repr__(self) -> str:
        return f"Run({self.value!r})"  # part of a test's name, which must not hold an address


class Fixed:
    """A result that is known now."""

    def __init__(self, value: Any) -> None:
        self.value = value


def evaluate(handler: Callable[..., Any], given: tuple[Any, ...], options: dict[str, Any], sizes: str) -> Any:
    """The result of a handler `(stage, *args, **options)` on staged inputs, as NumPy values."""
    bench = Bench(sizes)
    staged = [bench.value(g) for g in given]
    result = handler(bench.stage, *staged, **{k: bench.value(v) for k, v in options.items()})
    named, reports = bench.run(result)
    pick = lambda x: x.value if isinstance(x, Fixed) else reports[x]  # noqa: E731
    return tuple(pick(x) for x in named) if isinstance(named, tuple) else pick(named)


def assert_same(got: Any, want: Any, rtol: float = 1e-13, atol: float = 1e-14) -> None:
    """Equal in shape, kind of dtype and value."""
    if isinstance(want, (tuple, list)) and isinstance(got, (tuple, list)):
        assert len(got) == len(want)
        for g, w in zip(got, want, strict=True):
            assert_same(g, w, rtol, atol)
        return
    got, want = np.asarray(got), np.asarray(want)
    assert got.shape == want.shape, (got.shape, want.shape)
    kind = "i" if want.dtype.kind == "u" else want.dtype.kind
    assert got.dtype.kind == kind, (got.dtype, want.dtype)
    np.testing.assert_allclose(got, want, rtol=rtol, atol=atol if kind == "f" else 0)
