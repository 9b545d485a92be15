"""Runs a program stage by stage in the interpreter: which stage first gives a wrong number?"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adfun.binding import describe, describe_param
from adfun.diagnostics.errors import AdfunError
from adfun.frontend import entry as frontend
from adfun.frontend.recipes import evaluate
from adfun.ir.check import check
from adfun.ir.interpret import Results, run, run_staged
from adfun.ir.nodes import Function
from adfun.passes.adjoint import adjoint
from adfun.passes.expand import expand
from adfun.passes.fuse import fuse
from adfun.passes.inline import inline
from adfun.passes.lower import lower
from adfun.passes.simplify import simplify
from adfun.passes.stage import stage
from adfun.passes.tangent import tangent
from tests.fuzz.dual.execute import Result
from tests.fuzz.grammar.program import Program
from tests.fuzz.verify import GRADIENT, VALUE, Outcome, Unfit, _first_line, reference

Pass = Callable[[Function], Function]
TO_LOOPS: tuple[Pass, ...] = (simplify, inline, lower, fuse)
TO_GRADIENT: tuple[Pass, ...] = (adjoint, expand, simplify, fuse)


@dataclass(frozen=True)
class Staging:
    """An objective's IR with the values of its inputs, and the parameters' names in order."""

    function: Function
    inputs: dict[str, Any]
    params: tuple[str, ...]


def built(program: Program) -> Staging:
    """The objective's IR as the front end leaves it, with inputs for the interpreter."""
    data = {name: describe(name, value) for name, value in program.data.items()}
    params = {name: describe_param(name, value) for name, value in program.params.items()}
    made = frontend.build(frontend.read(program.text), data, params)
    leaves = {leaf: value for d in data.values() for leaf, value in d.values.items()}
    starts = {leaf: value for d in params.values() for leaf, value in d.values.items()}
    hidden = {entry.name: evaluate(recipe, leaves) for recipe, entry in made.hidden}
    return Staging(check(made.function, "front end"), {**leaves, **starts, **hidden}, tuple(starts))


def values_by_stage(staging: Staging) -> Iterator[tuple[str, Results]]:
    """What the interpreter makes of the function after every pass."""
    function = staging.function
    yield "front end", run(function, staging.inputs)
    for step in TO_LOOPS:
        function = check(step(function), step.__name__)
        yield step.__name__, run(function, staging.inputs)
    for step in TO_GRADIENT:
        function = check(step(function), step.__name__)
        yield f"{step.__name__} of the gradient", run(function, staging.inputs)
    staged = stage(function)
    check(staged.prepare, "stage")
    check(staged.call, "stage")
    yield "stage of the gradient", run_staged(staged, staging.inputs)


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
    try:
        staging = built(program)
        for name, results in values_by_stage(staging):
            problem = _problem(results, expected, staging.params)
            if problem:
                return Outcome(problem[0], f"after {name}", problem[1])
    except AdfunError as error:
        return Outcome("refused", _first_line(error), str(error))
    except Exception as error:
        return Outcome("error", f"{type(error).__name__}: {_first_line(error)}", traceback.format_exc())
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
    function = staging.function
    for step in (*TO_LOOPS, adjoint, simplify):
        function = step(function)
    along = check(tangent(function), "tangent")
    seeds = {f"d_{name}": direction[name] for name in staging.params}
    results = run(along, {**staging.inputs, **seeds})
    return np.concatenate([np.ravel(results.buffers[f"d_g_{name}"]) for name in staging.params])
