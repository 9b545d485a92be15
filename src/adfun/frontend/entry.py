"""From an objective's source and the structure of its arguments to IR."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from types import FunctionType
from typing import Any

import numpy as np

from adfun.binding import Described, Frame, Leaf, SparseMatrix, Unusable
from adfun.diagnostics.errors import CompileError, Diagnostic
from adfun.diagnostics.spans import NOWHERE
from adfun.frontend import sparse
from adfun.frontend.arrays import core
from adfun.frontend.definitions import Definition
from adfun.frontend.evaluator import machine
from adfun.frontend.functions import FunctionValue, built_in, from_python
from adfun.frontend.keys import FRAME
from adfun.frontend.machine import Env, Machine, Raised
from adfun.frontend.origin import Objective, Text
from adfun.frontend.parse import span_of
from adfun.frontend.pyclasses import owner_of
from adfun.frontend.rebuild import rebuilt
from adfun.frontend.recipes import Apply, DataLeaf, Recipe, length_of
from adfun.frontend.refs import Ref
from adfun.frontend.stage import NO_SHAPES, Stage
from adfun.frontend.values import Array, Buffered, DictValue, ListValue, Scalar, Undefined, Value
from adfun.ir.nodes import Buffer, Function, Input, Operand, Var, i64
from adfun.ir.types import F64, I64, Shapes
from adfun.records import dataclass


@dataclass(frozen=True, slots=True)
class Built:
    """The IR of an objective, and what it takes from NumPy when data are bound.

    hidden   data inputs given by recipes, in order
    assumed  recipes with the values that the IR takes for granted
    """

    function: Function
    hidden: tuple[tuple[Recipe, Input], ...]
    assumed: tuple[tuple[Recipe, Any], ...]


# -- arguments --------------------------------------------------------------------------------


GENERAL, SIZES, NUMBERS = range(3)
"""What an evaluation knows of the arguments at hand: nothing, all sizes and integers, or all but arrays of
floats and large ones."""


def build(
    objective: Objective,
    data: Mapping[str, Described],
    params: Mapping[str, Described],
    known: int = GENERAL,
    shapes: Shapes = NO_SHAPES,
) -> Built:
    """Evaluate an objective in stages; CompileError shows what cannot be compiled.

    What `known` tells the evaluation of the arguments at hand, the IR takes for granted, and the `shapes`
    of parameters.
    """
    start = begin(objective, data, params, known, shapes)
    m, function = start.machine, start.function
    stage = m.stage
    m.level = len(stage.builder.scopes)
    stage.latest = span_of(function.source, function.node)
    try:
        result = m.call(function, start.owner, start.args)
    except Raised as raised:
        with stage.at(function.source, function.node):
            stage.builder.span = raised.span
            stage.fail("the objective raises an error whatever its arguments are", "here")
    with stage.at(function.source, _returned(function.node)):
        try:
            value = _result(m, result)
        except OverflowError as error:
            stage.fail("a number is too large", "here", reason=str(error), remedy="return a float")
    hidden = tuple(stage.hidden)
    body = stage.builder.finish(value)
    return Built(Function("fn", (*start.inputs, *(i for _, i in hidden)), body), hidden, tuple(stage.assumed))


@dataclass(frozen=True, slots=True)
class Start:
    """An evaluation before its first statement."""

    machine: Machine
    function: FunctionValue
    args: dict[str, Value]
    inputs: list[Input]
    owner: list[Value]
    """The object whose method the objective is, or the class; empty for a function."""


def begin(
    objective: Objective,
    data: Mapping[str, Described],
    params: Mapping[str, Described],
    known: int,
    shapes: Shapes = NO_SHAPES,
) -> Start:
    """The evaluator, the objective and what its arguments are in it."""
    objective = rebuilt(objective)
    leaves = {name: value for d in (*data.values(), *params.values()) for name, value in d.values.items()}
    stage = Stage(leaves)
    stage.known, stage.shapes = known, shapes
    m = machine(stage)
    inputs: list[Input] = []
    args: dict[str, Value] = {}
    for role, side in (("param", params), ("data", data)):
        for name, described in side.items():
            args[name] = _value(m, described.tree, role, described.values, inputs)
    owner = [] if objective.owner is None else [owner_of(m, objective.owner)]
    return Start(m, _function(m, objective), args, inputs, owner)


def _function(m: Machine, objective: Objective) -> FunctionValue:
    if isinstance(objective.origin, Text):
        env = module(m, objective.origin)
        found = env.names[objective.origin.entry]
        if isinstance(found, Undefined):
            m.undefined(found)
        assert isinstance(found, FunctionValue)
        return found
    assert isinstance(objective.origin, FunctionType)
    return from_python(m, objective.origin)


def _returned(node: Definition) -> ast.AST:
    """What a function returns at its end, or the function."""
    if isinstance(node, ast.Lambda):
        return node.body
    last = node.body[-1]
    return last.value if isinstance(last, ast.Return) and last.value is not None else node


def module(m: Machine, text: Text) -> Env:
    """Evaluate the top level of a module; what cannot be evaluated is an error only where it is used."""
    env = Env({}, None, None, set(), built_in)
    m.env, m.source = env, text.source
    env.names["__name__"] = "objective"
    for stmt in text.tree.body:
        if isinstance(stmt, ast.Expr):
            continue
        try:
            m.exec_block([stmt])
        except CompileError as error:
            first = error.diagnostics[0]
            for name in bound_names(stmt):
                env.names[name] = Undefined(name, first.title, first)
    return env


def bound_names(stmt: ast.stmt) -> list[str]:
    """Names that a statement binds, in its own scope or in one inside it."""
    if isinstance(stmt, (ast.Import, ast.ImportFrom)):
        return [a.asname or a.name.split(".")[0] for a in stmt.names]
    names = [n.id for n in ast.walk(stmt) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    return [*names, stmt.name] if isinstance(stmt, (ast.ClassDef, ast.FunctionDef)) else names


def _value(m: Machine, tree: Any, role: Any, values: Mapping[str, Any], inputs: list[Input]) -> Value:
    """The value that an argument, or a part of one, has in the objective."""
    match tree:
        case Leaf():
            return _leaf(m, tree, role, values, inputs)
        case Unusable():
            title, _, remedy = tree.reason.partition("; instead: ")
            return Undefined(tree.name, tree.reason, Diagnostic(title, NOWHERE, "", remedy=remedy))
        case SparseMatrix():
            return sparse.argument(m, tree, _sparse_leaves(m, tree, role, values, inputs))
        case dict():
            parts = {k: _value(m, v, role, values, inputs) for k, v in tree.items()}
            made: Value = DictValue(parts, FRAME if isinstance(tree, Frame) else None)
        case list():
            made = ListValue([_value(m, v, role, values, inputs) for v in tree])
        case tuple():
            return tuple(_value(m, v, role, values, inputs) for v in tree)
        case _:
            return tree
    m.stage.born(made)
    return made


def _sparse_leaves(
    m: Machine, tree: SparseMatrix, role: Any, values: Mapping[str, Any], inputs: list[Input]
) -> dict[str, Recipe]:
    """Recipes of the arrays and numbers that a sparse matrix is made of."""
    leaves = {key: part for key, part in tree.items() if isinstance(part, Leaf)}
    for leaf in leaves.values():
        _leaf(m, leaf, role, values, inputs)
    return {key: DataLeaf(leaf.name) for key, leaf in leaves.items()}


def _leaf(m: Machine, leaf: Leaf, role: Any, values: Mapping[str, Any], inputs: list[Input]) -> Value:
    stage = m.stage
    recipe = DataLeaf(leaf.name) if role == "data" else None
    if stage.known and leaf.name in values:
        if role == "data" and _taken_for_granted(leaf, values[leaf.name], stage.known):
            stage.assumed.append((DataLeaf(leaf.name), values[leaf.name]))
            return _known(m, leaf, values[leaf.name])
        if leaf.kind == "array":
            shape_of = Apply("attr:shape", (DataLeaf(leaf.name),))
            stage.assumed.append((shape_of, tuple(np.shape(values[leaf.name]))))
    if leaf.kind == "scalar":
        var = Var(leaf.dtype, leaf.name)
        inputs.append(Input(leaf.name, role, var))
        if recipe is not None and leaf.dtype is I64:
            stage.origins[var] = recipe
        return Scalar(var, recipe)
    shape: list[Operand] = []
    lengths = stage.shapes.get(leaf.name) if role == "param" else None
    for axis, one in enumerate(leaf.ones):
        size: Operand = i64(1) if one else Var(I64, f"n{len(stage.sizes)}")
        size = size if lengths is None else i64(lengths[axis])
        stage.sizes.add(size)
        if lengths is None and leaf.name in values:
            example = int(np.shape(values[leaf.name])[axis])
            size = i64(example) if stage.known else size
            stage.examples[size] = example
            if not stage.known:
                stage.origins[size] = length_of(DataLeaf(leaf.name), axis)
        shape.append(size)
    buffer = Buffer(leaf.dtype, tuple(shape), "input", leaf.name)
    inputs.append(Input(leaf.name, role, buffer))
    array = Array(leaf.dtype, tuple(shape), Buffered(buffer), recipe)
    return stage.run_list(array, shape[0]) if leaf.sequence else array


def _taken_for_granted(leaf: Leaf, value: Any, known: int) -> bool:
    """Whether the values of a data argument, not only its sizes, are known while compiling."""
    if leaf.kind == "scalar":
        return leaf.dtype is not F64 or known == NUMBERS
    return leaf.dtype is not F64 and known == NUMBERS and np.size(value) <= SMALL


def _known(m: Machine, leaf: Leaf, value: Any) -> Value:
    if not leaf.sequence:
        return value
    made = ListValue(value.tolist())
    m.stage.born(made)
    return made


SMALL = 256
"""Elements of an array that may be taken for granted."""


def _result(m: Machine, result: Value) -> Operand:
    if result is None or isinstance(result, (str, Ref, tuple, DictValue)):
        m.stage.fail(
            "the objective must return one number",
            "this function returns nothing" if result is None else f"this is {core.describe(result)}",
            remedy="return the value to be minimised, such as a negative log-likelihood",
        )
    value = core.operand(m.stage, result, "what the objective returns")
    return m.stage.convert(value, F64)
