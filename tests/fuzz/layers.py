"""Runs a program stage by stage in the interpreter: which stage first gives a wrong number?"""

from __future__ import annotations

import math
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from adfun import compile as compiler
from adfun.binding import describe, describe_param
from adfun.diagnostics.errors import AdfunError
from adfun.frontend.origin import read
from adfun.frontend.recipes import evaluate
from adfun.ir.check import check
from adfun.ir.interpret import Results, run, run_staged
from adfun.ir.nodes import Buffer, Const, Function
from adfun.ir.staged import Staged
from adfun.ir.types import F64
from adfun.passes.adjoint import adjoint
from adfun.passes.simplify import simplify
from adfun.passes.tangent import tangent
from tests.fuzz.dual.execute import Result
from tests.fuzz.grammar.program import Program
from tests.fuzz.verify import GRADIENT, VALUE, Outcome, Unfit, first_line, reference


@dataclass(frozen=True)
class Staging:
    """An objective's IR with the values of its inputs, and the parameters' names in order."""

    function: Function
    inputs: dict[str, Any]
    params: tuple[str, ...]


def built(text: str, given_data: Mapping[str, Any], given_params: Mapping[str, Any]) -> Staging:
    """The objective's IR as the front end leaves it, with inputs for the interpreter."""
    data = {name: describe(name, value) for name, value in given_data.items()}
    params = {name: describe_param(name, value) for name, value in given_params.items()}
    made = compiler.evaluate(read(text), data, params)
    leaves = {leaf: value for d in data.values() for leaf, value in d.values.items()}
    starts = {leaf: value for d in params.values() for leaf, value in d.values.items()}
    hidden = {entry.name: evaluate(recipe, leaves) for recipe, entry in made.hidden}
    return Staging(check(made.function, "front end"), {**leaves, **starts, **hidden}, tuple(starts))


@contextmanager
def traced() -> Iterator[list[tuple[str, Any]]]:
    """What every pass returns while the compiler runs, by the pass's name."""
    made: list[tuple[str, Any]] = []

    def recording(name: str, step: Callable[..., Any]) -> Callable[..., Any]:
        def recorded(*args: Any, **options: Any) -> Any:
            result = step(*args, **options)
            made.append((name, result))
            return result

        return recorded

    passes = {
        name: recording(name, member)
        for name, member in vars(compiler).items()
        if getattr(member, "__module__", "").startswith("adfun.passes.")
    }
    with patch.multiple(compiler, **passes):
        yield made


def stages(staging: Staging) -> list[tuple[str, Any]]:
    """The function after every pass on the way to value and gradient."""
    with traced() as made:
        compiler.entries("gr", staging.function)
    found: list[tuple[str, Any]] = [("front end", staging.function)]
    fits = True
    for name, function in made:
        if name == "with_sizes":  # a version of one size: what follows is for that size
            fits = _fits(function, staging.inputs)
        if fits and isinstance(function, (Function, Staged)):
            found.append((name, function))
    return found


def _fits(function: Function, inputs: Mapping[str, Any]) -> bool:
    """Whether inputs have the sizes that a function knows."""
    for entry in function.inputs:
        if isinstance(entry.item, Buffer):
            for size, length in zip(entry.item.shape, np.shape(inputs[entry.name]), strict=True):
                if isinstance(size, Const) and size.value != length:
                    return False
    return True


def interpreted(function: Function | Staged, inputs: Mapping[str, Any]) -> Results:
    """What the interpreter makes of a well-formed function."""
    check_all(function)
    return run(function, inputs) if isinstance(function, Function) else run_staged(function, inputs)


def check_all(function: Function | Staged) -> None:
    """Raise InternalError if a function, or one of its halves, is not well-formed."""
    if isinstance(function, Function):
        check(function)
        return
    check(function.prepare, "stage")
    check(function.call, "stage")


def gradient_of(results: Results, params: tuple[str, ...]) -> NDArray[np.float64] | None:
    """The gradient that a function filled, flat; None for a function without."""
    if not any(name.startswith("g_") for name in results.buffers):
        return None
    return np.concatenate([np.ravel(results.buffers[f"g_{name}"]) for name in params])


def layered(program: Program) -> Outcome:
    """The first stage that fails or gives wrong numbers; ok when all of them agree with the reference."""
    try:
        expected = reference(program.text, program.data, program.params)
    except Unfit as unfit:
        return Outcome("unfit", str(unfit).splitlines()[0][:80])
    name = ""
    try:
        staging = built(program.text, program.data, program.params)
        for name, function in stages(staging):
            problem = _problem(interpreted(function, staging.inputs), expected, staging.params)
            if problem:
                return Outcome(problem[0], f"after {name}", problem[1])
    except AdfunError as error:
        return Outcome("refused", first_line(error), str(error))
    except Exception as error:
        words = f"{type(error).__name__} after {name}: {first_line(error)}"
        return Outcome("error", words, traceback.format_exc()[-3000:])
    return Outcome("ok")


def _problem(results: Results, expected: Result, params: tuple[str, ...]) -> tuple[str, str] | None:
    value = float(results.values[0])
    if not abs(value - expected.value) <= VALUE * max(1.0, abs(expected.value), expected.largest):
        return "value", f"{value!r} instead of {expected.value!r}"
    gradient = gradient_of(results, params)
    if gradient is None:
        return None
    worst = float(np.max(np.abs(gradient - expected.gradient), initial=0.0))
    if not worst <= GRADIENT * max(1.0, expected.steepest):
        return "gradient", f"{gradient} instead of {expected.gradient}"
    return None


def second_order(staging: Staging, direction: Mapping[str, Any]) -> NDArray[np.float64]:
    """The Hessian times a direction, by the tangent of the gradient in the interpreter."""
    gradient = simplify(adjoint(compiler.loops(staging.function)))
    along = check(tangent(gradient), "tangent")
    seeds = {f"d_{name}": direction[name] for name in staging.params}
    results = run(along, {**staging.inputs, **seeds})
    return np.concatenate([np.ravel(results.buffers[f"d_g_{name}"]) for name in staging.params])


def hessians(staging: Staging) -> Iterator[NDArray[np.float64]]:
    """The lower triangle of the Hessian by every form of it that is weighed, in the interpreter.

    What each pass makes on the way is checked.
    """
    shapes = {name: np.shape(staging.inputs[name]) for name in staging.params}
    count = sum(map(math.prod, shapes.values()))
    inputs, rows = dict(staging.inputs), np.eye(count)
    for name, shape in shapes.items():
        first, rows = np.split(rows, [math.prod(shape)])
        inputs[f"d_{name}"] = first.reshape((*shape, count))
    with traced() as made:
        compiler.entries("he", staging.function, shapes)
    for _, function in made:
        if isinstance(function, (Function, Staged)):
            check_all(function)
        if isinstance(function, Staged):
            directions = [x for x in function.call.inputs if x.role in ("seed", "block")]
            known = all(isinstance(x.item, Buffer) and x.item.elem is F64 for x in directions)
            if known and _fits(function.prepare, inputs):
                buffers = run_staged(function, inputs).buffers
                yield np.concatenate([buffers[f"d_g_{name}"].reshape(-1, count) for name in shapes])
