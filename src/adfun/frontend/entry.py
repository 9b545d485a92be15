"""From an objective's source and the structure of its arguments to IR."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from adfun.binding import Described, Leaf, Unusable
from adfun.diagnostics.errors import CompileError, Diagnostic
from adfun.diagnostics.spans import NOWHERE
from adfun.frontend.arrays import core
from adfun.frontend.evaluator import machine
from adfun.frontend.functions import Definition, FunctionValue, built_in, from_python
from adfun.frontend.machine import Env, Machine
from adfun.frontend.origin import Objective, Text
from adfun.frontend.recipes import DataLeaf, Recipe, length_of
from adfun.frontend.refs import Ref
from adfun.frontend.stage import Stage
from adfun.frontend.values import Array, Buffered, DictValue, ListValue, Scalar, Undefined, Value
from adfun.ir.nodes import Buffer, Function, Input, Operand, Var, i64
from adfun.ir.types import F64, I64


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


def build(objective: Objective, data: Mapping[str, Described], params: Mapping[str, Described]) -> Built:
    """Evaluate an objective in stages; CompileError shows what cannot be compiled."""
    leaves = {name: value for d in (*data.values(), *params.values()) for name, value in d.values.items()}
    stage = Stage(leaves)
    m = machine(stage)
    inputs: list[Input] = []
    args: dict[str, Value] = {}
    for role, side in (("param", params), ("data", data)):
        for name, described in side.items():
            args[name] = _value(m, described.tree, role, described.values, inputs)
    function = _function(m, objective)
    result = m.call(function, [], args)
    with stage.at(function.source, _returned(function.node)):
        try:
            value = _result(m, result)
        except OverflowError as error:
            stage.fail("a number is too large", "here", reason=str(error), remedy="return a float")
    hidden = tuple(stage.hidden)
    body = stage.builder.finish(value)
    return Built(Function("fn", (*inputs, *(i for _, i in hidden)), body), hidden, tuple(stage.assumed))


def _function(m: Machine, objective: Objective) -> FunctionValue:
    if isinstance(objective.origin, Text):
        env = module(m, objective.origin)
        found = env.names[objective.origin.entry]
        if isinstance(found, Undefined):
            m.undefined(found)
        assert isinstance(found, FunctionValue)
        return found
    return from_python(objective.origin)


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
            for name in _bound_names(stmt):
                env.names[name] = Undefined(name, first.title, first)
    return env


def _bound_names(stmt: ast.stmt) -> list[str]:
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
        case dict():
            made: Value = DictValue({k: _value(m, v, role, values, inputs) for k, v in tree.items()})
        case list():
            made = ListValue([_value(m, v, role, values, inputs) for v in tree])
        case tuple():
            return tuple(_value(m, v, role, values, inputs) for v in tree)
        case _:
            return tree
    m.stage.born(made)
    return made


def _leaf(m: Machine, leaf: Leaf, role: Any, values: Mapping[str, Any], inputs: list[Input]) -> Value:
    stage = m.stage
    recipe = DataLeaf(leaf.name) if role == "data" else None
    if leaf.kind == "scalar":
        var = Var(leaf.dtype, leaf.name)
        inputs.append(Input(leaf.name, role, var))
        if recipe is not None and leaf.dtype is I64:
            stage.origins[var] = recipe
        return Scalar(var, recipe)
    shape: list[Operand] = []
    for axis, one in enumerate(leaf.ones):
        size: Operand = i64(1) if one else Var(I64, f"n{len(stage.sizes)}")
        stage.sizes.add(size)
        if leaf.name in values:
            stage.examples[size] = int(np.shape(values[leaf.name])[axis])
            stage.origins[size] = length_of(DataLeaf(leaf.name), axis)
        shape.append(size)
    buffer = Buffer(leaf.dtype, tuple(shape), "input", leaf.name)
    inputs.append(Input(leaf.name, role, buffer))
    array = Array(leaf.dtype, tuple(shape), Buffered(buffer), recipe)
    return stage.run_list(array, shape[0]) if leaf.sequence else array


def _result(m: Machine, result: Value) -> Operand:
    if result is None or isinstance(result, (str, Ref, tuple, DictValue)):
        m.stage.fail(
            "the objective must return one number",
            "this function returns nothing" if result is None else f"this is {core.describe(result)}",
            remedy="return the value to be minimised, such as a negative log-likelihood",
        )
    value = core.operand(m.stage, result, "what the objective returns")
    return m.stage.convert(value, F64)
