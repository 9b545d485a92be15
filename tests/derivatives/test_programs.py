"""Value and derivatives to third order of whole programs, by both modes, against mpmath."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from adfun.ir.check import check
from adfun.ir.interpret import Results, run
from adfun.ir.nodes import Function
from adfun.ir.staged import Staged
from adfun.ir.types import LANES, Shapes
from adfun.passes.adjoint import adjoint
from adfun.passes.chain import chain
from adfun.passes.enclose import enclose
from adfun.passes.forward import gradient_apart
from adfun.passes.limit import limit
from adfun.passes.pairs import hessian_by_pairs
from adfun.passes.simplify import simplify
from adfun.passes.sized import sized
from adfun.passes.slopes import slopes
from adfun.passes.spread import spread
from adfun.passes.stage import POINT, stage
from adfun.passes.tangent import tangent
from tests.derivatives import linear_algebra  # noqa: F401  (registers its programs)
from tests.derivatives.programs import PROGRAMS, Program, Values
from tests.derivatives.reference import derivative, directions, gradient

COLUMNS: dict[tuple[int, int], np.ndarray] = {}
EVERY = pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)


def close(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


def execute(program: Program, function: Function, **seeds: Any) -> Results:
    """Run a function, and what simplify makes of it, which must agree."""
    inputs = {**program.params, **program.data, **seeds}
    results = run(check(function), inputs)
    again = run(check(simplify(function)), inputs)
    close(again.values[-1:], results.values[-1:])
    for name, buffer in results.buffers.items():
        close(again.buffers[name], buffer)
    return results


def named(prefix: str, direction: Values) -> Values:
    return {f"{prefix}_{name}": value for name, value in direction.items()}


def compare(results: Results, prefix: str, expected: Values) -> None:
    for name, value in expected.items():
        close(results.buffers[prefix + name], value)


@EVERY
def test_value(program: Program) -> None:
    close(execute(program, program.function()).values[0], derivative(program))


@EVERY
def test_tangent(program: Program) -> None:
    u = directions(program, 1)
    value, slope = execute(program, tangent(program.function()), **named("d", u)).values
    close([value, slope], [derivative(program), derivative(program, u)])


@EVERY
def test_adjoint(program: Program) -> None:
    results = execute(program, adjoint(program.function()))
    close(results.values, [derivative(program)])
    compare(results, "g_", gradient(program))


@EVERY
def test_adjoint_of_simplified(program: Program) -> None:
    results = execute(program, adjoint(simplify(program.function())))
    compare(results, "g_", gradient(program))


@EVERY
@pytest.mark.parametrize("last", [False, True])
def test_tangent_of_adjoint(program: Program, last: bool) -> None:
    u = directions(program, 2)
    results = execute(program, tangent(adjoint(program.function()), last=last), **named("d", u))
    close(results.values, [derivative(program), derivative(program, u)])
    compare(results, "d_g_", gradient(program, u))


@EVERY
def test_lanes(program: Program) -> None:
    lanes = [directions(program, 10 + k) for k in range(LANES)]
    seeds = {name: np.stack([np.asarray(u[name]) for u in lanes], axis=-1) for name in program.params}
    results = execute(
        program, tangent(simplify(adjoint(program.function())), lanes=True), **named("d", seeds)
    )
    for k in (0, LANES - 1):
        for name, value in gradient(program, lanes[k]).items():
            close(results.buffers[f"d_g_{name}"][..., k], value)


@EVERY
def test_directions_one_by_one(program: Program) -> None:
    """A Hessian's function without what it does not return, and without vectors of directions."""
    adjoint_ = simplify(adjoint(program.function()))
    together, apart = (
        check(slopes(tangent(adjoint_, lanes=True, apart=apart), adjoint_)) for apart in (False, True)
    )
    lanes = [directions(program, 10 + k) for k in range(LANES)]
    seeds = {name: np.stack([np.asarray(u[name]) for u in lanes], axis=-1) for name in program.params}
    for function in (together, check(spread(together)), check(spread(apart))):
        results = execute(program, function, **named("d", seeds))
        assert not results.values and not any(name.startswith("g_") for name in results.buffers)
        for k in (0, LANES - 1):
            for name, value in gradient(program, lanes[k]).items():
                close(results.buffers[f"d_g_{name}"][..., k], value)


@EVERY
@pytest.mark.parametrize("way", ["all", "of_use", "forward"])
def test_known_directions(program: Program, way: str) -> None:
    """The directions are the parameters, in order; of the derivatives, those from the diagonal on."""
    shapes = {name: np.shape(v) for name, v in program.params.items()}
    count = sum(map(math.prod, shapes.values()))
    function = program.function() if way == "all" else sized(program.function(), shapes)
    gradient_ = adjoint(function) if way != "forward" else gradient_apart(simplify(function), shapes)
    if gradient_ is None:
        pytest.skip("kernels, or seeds in memory")
    gradient_ = simplify(check(gradient_))
    known = None if way == "all" else shapes
    directed = tangent(gradient_, lanes=True, directions=count, shapes=known, apart=True)
    slope = slopes(directed, gradient_)
    function = check(spread(slope, shapes, directions=count))
    results = execute(program, function, **named("d", parts(shapes, np.eye(count))))
    compare_rows(program, shapes, results, range(count))


@EVERY
def test_directions_inside(program: Program) -> None:
    """The same with vectors of directions that are not handed over."""
    shapes = {name: np.shape(v) for name, v in program.params.items()}
    count = sum(map(math.prod, shapes.values()))
    if count > LANES:
        pytest.skip("more parameters than lanes")
    gradient_ = simplify(adjoint(sized(program.function(), shapes)))
    slope = enclose(
        slopes(tangent(gradient_, lanes=True, directions=count, shapes=shapes), gradient_), shapes
    )
    for form in (slope, chain(slope)):
        results = execute(program, check(form))
        compare_rows(program, shapes, results, range(count))


@EVERY
def test_pairs_of_directions(program: Program) -> None:
    """The same by forward mode twice."""
    shapes = {name: np.shape(v) for name, v in program.params.items()}
    function = hessian_by_pairs(simplify(sized(program.function(), shapes)), shapes)
    if function is None:
        pytest.skip("kernels, or more parameters than lanes")
    for form in (function, chain(function)):
        results = execute(program, check(form))
        compare_rows(program, shapes, results, range(sum(map(math.prod, shapes.values()))))


@EVERY
@pytest.mark.parametrize("width", [1, 3, LANES])
def test_blocks_of_directions(program: Program, width: int) -> None:
    """The directions are some parameters; of the derivatives, those from the first of these on."""
    shapes = {name: np.shape(v) for name, v in program.params.items()}
    sizes = [math.prod(shape) for shape in shapes.values()]
    gradient_ = simplify(adjoint(program.function()))
    function = check(limit(slopes(tangent(gradient_, lanes=True), gradient_)))
    for first in range(0, sum(sizes), width):
        block = range(first, min(first + width, sum(sizes)))
        seeds = np.zeros((sum(sizes), LANES))
        seeds[block, range(len(block))] = 1.0
        starts = dict(zip(shapes, np.cumsum([0, *sizes]).tolist(), strict=False))
        places = {f"first_{name}": first - at for name, at in starts.items()}
        places |= {f"stop_{name}": block.stop - at for name, at in starts.items()}
        results = execute(program, function, **named("d", parts(shapes, seeds)), **places)
        compare_rows(program, shapes, results, block)


@EVERY
def test_what_blocks_of_directions_share(program: Program) -> None:
    """Split once more, by what depends on parameters alone, a function of directions gives the same."""
    gradient_ = simplify(adjoint(program.function()))
    function = simplify(slopes(tangent(gradient_, lanes=True), gradient_), drop_reports=True)
    staged = stage(function)
    again = stage(staged.call, POINT)
    for part in (staged.prepare, again.prepare, again.call):
        check(part)
    lanes = [directions(program, 10 + k) for k in range(LANES)]
    seeds = {name: np.stack([np.asarray(u[name]) for u in lanes], axis=-1) for name in program.params}
    inputs = {**program.params, **program.data}
    inputs |= left(staged, run(staged.prepare, inputs))
    inputs |= left(again, run(again.prepare, inputs))
    found = run(again.call, {**inputs, **named("d", seeds)})
    expected = run(function, {**program.params, **program.data, **named("d", seeds)})
    for name, buffer in expected.buffers.items():
        close(found.buffers[name], buffer)


def left(staged: Staged, results: Results) -> Values:
    return {slot.target.name: results.made[slot.source] for slot in staged.slots}


def parts(shapes: Shapes, rows: np.ndarray) -> dict[str, Any]:
    """What belongs to each parameter, of rows for all."""
    cuts = np.cumsum([math.prod(shape) for shape in shapes.values()])[:-1]
    split = np.split(rows, cuts)
    return {n: p.reshape((*s, *rows.shape[1:])) for (n, s), p in zip(shapes.items(), split, strict=True)}


def compare_rows(program: Program, shapes: Shapes, results: Results, block: range) -> None:
    """The derivatives along some parameters, each from the diagonal on."""
    found = [results.buffers[f"d_g_{n}"].reshape((math.prod(s), -1)) for n, s in shapes.items()]
    for k, row in enumerate(block):
        close(np.concatenate(found)[row:, k], column(program, shapes, row)[row:])


def column(program: Program, shapes: Shapes, row: int) -> np.ndarray:
    """Of the Hessian; mpmath takes its time, so each is computed once."""
    found = COLUMNS.get((id(program), row))
    if found is None:
        unit = np.eye(sum(map(math.prod, shapes.values())))[row]
        along = gradient(program, parts(shapes, unit))
        found = COLUMNS[id(program), row] = np.concatenate([np.ravel(v) for v in along.values()])
    return found


@EVERY
def test_adjoint_of_tangent(program: Program) -> None:
    u = directions(program, 3)
    results = execute(program, adjoint(tangent(program.function())), **named("d", u))
    close(results.values, [derivative(program, u)])
    compare(results, "g_", gradient(program, u))


@EVERY
def test_third_order(program: Program) -> None:
    u, v = directions(program, 4), directions(program, 5)
    function = adjoint(simplify(tangent(tangent(program.function()))))
    results = execute(program, function, **named("d", u), **named("d2", v))
    close(results.values, [derivative(program, u, v)])
    compare(results, "g_", gradient(program, u, v))


@EVERY
def test_tangents_of_tangent_of_adjoint(program: Program) -> None:
    u, v = directions(program, 6), directions(program, 7)
    function = tangent(tangent(adjoint(program.function())))
    results = execute(program, function, **named("d", u), **named("d2", v))
    compare(results, "d2_d_g_", gradient(program, u, v))
