"""Expressions: names, operators, conditions, calls, displays."""

from __future__ import annotations

import ast
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np

from adfun.frontend import specs
from adfun.frontend.arrays import core
from adfun.frontend.branches import branch
from adfun.frontend.budget import fits
from adfun.frontend.calls import attribute
from adfun.frontend.classes import ClassValue
from adfun.frontend.comprehensions import (
    decided,
    dict_comprehension,
    list_comprehension,
    set_comprehension,
    total,
)
from adfun.frontend.containers import subscript
from adfun.frontend.functions import FunctionValue, define
from adfun.frontend.keys import ITEMS, key_of
from adfun.frontend.machine import VALUE, Env, Flow, Handler, Machine
from adfun.frontend.operators import binary, compare, new_list, unary
from adfun.frontend.refs import Ref
from adfun.frontend.sequences import countable, iteration
from adfun.frontend.stage import Frame
from adfun.frontend.values import (
    DictValue,
    Maybe,
    Scalar,
    Sequence,
    Spread,
    Undefined,
    Value,
    as_python,
    is_known,
)
from adfun.ir.nodes import Const, Let
from adfun.ir.types import B1
from adfun.primitives import arithmetic as a

NONE_TESTS = (ast.Is, ast.IsNot, ast.Eq, ast.NotEq)
MAY_GET_NONE = (FunctionValue, FunctionType, ClassValue)
"""What can be called with an argument that may be None: it becomes a name, or an attribute."""


def constant(m: Machine, node: ast.Constant) -> Value:
    return node.value


def name(m: Machine, node: ast.Name) -> Value:
    return m.read(node.id, none=True)


def attribute_expression(m: Machine, node: ast.Attribute) -> Value:
    return attribute(m, m.eval(node.value), node.attr)


def subscript_expression(m: Machine, node: ast.Subscript) -> Value:
    return subscript(m, m.eval(node.value), m.eval(node.slice))


def slice_expression(m: Machine, node: ast.Slice) -> Value:
    return slice(*(None if part is None else m.eval(part) for part in (node.lower, node.upper, node.step)))


def binary_expression(m: Machine, node: ast.BinOp) -> Value:
    return binary(m, type(node.op), _item(m, node.left), _item(m, node.right))


def _item(m: Machine, node: ast.expr) -> Value:
    """An operand: no generator, which is a list to us, but has neither arithmetic nor order nor equals."""
    if isinstance(node, ast.GeneratorExp):
        with m.stage.at(m.source, node):
            m.stage.fail("a generator is no operand", "here", remedy="make a list or an array of it")
    return m.eval(node)


def unary_expression(m: Machine, node: ast.UnaryOp) -> Value:
    return unary(m, type(node.op), m.eval(node.operand, none=isinstance(node.op, ast.Not)))


def compare_expression(m: Machine, node: ast.Compare) -> Value:
    """Chained comparisons: each operand once, all must hold."""
    match node:
        case ast.Compare(left, [op], [ast.Constant(None)]) if isinstance(op, NONE_TESTS):
            return _is_none(m, left, type(op))
    left = _item(m, node.left)
    result: Value = True
    for k, (op, right_node) in enumerate(zip(node.ops, node.comparators, strict=True)):
        among = isinstance(op, (ast.In, ast.NotIn))
        right = m.eval(right_node) if among else _item(m, right_node)
        step = compare(m, type(op), left, right)
        result = step if k == 0 else _and_value(m, result, step)
        left = right
    return result


def _is_none(m: Machine, node: ast.expr, op: type) -> Value:
    """Whether something is None, or whether it is not: at run time where only that tells."""
    value = m.eval(node, none=True)
    if not isinstance(value, Maybe):
        return compare(m, op, value, None)
    there = op in (ast.IsNot, ast.NotEq)
    return core.wrap(value.bound if there else m.stage.op(a.bnot, value.bound))


def _and_value(m: Machine, x: Value, y: Value) -> Value:
    if is_known(x) and is_known(y):
        return bool(x) and bool(y)
    return core.wrap(m.stage.op(a.band, m.truth(x), m.truth(y)))


def boolean(m: Machine, node: ast.BoolOp) -> Value:
    """`and`, `or`: what follows is evaluated only where it decides."""
    return _boolean(m, isinstance(node.op, ast.And), node.values)


def _boolean(m: Machine, conjunction: bool, nodes: list[ast.expr], k: int = 0) -> Value:
    first = m.eval(nodes[k], none=True)
    if k + 1 == len(nodes):
        return first
    cond = m.truth(first)
    if isinstance(cond, Const):
        return _boolean(m, conjunction, nodes, k + 1) if bool(cond.value) == conjunction else first
    stage = m.stage
    if isinstance(first, Scalar) and first.type is B1:
        before, frame = m.names(), Frame(loop=False, level=len(stage.builder.scopes))
        with stage.region(frame), stage.builder.block("arm") as scope:
            rest = _boolean(m, conjunction, nodes, k + 1)
            plain = isinstance(rest, (bool, np.bool_)) or (isinstance(rest, Scalar) and rest.type is B1)
            other = m.truth(rest) if plain else None
        if _acted(m, before, frame):
            other = None  # the arms of a branch keep what they change apart
        if other is not None:
            if all(isinstance(s, Let) for s in scope.stmts):
                for stmt in scope.stmts:
                    assert isinstance(stmt, Let)
                    stage.builder.declare(stmt.var)
                    stage.builder.emit(stmt)
                return core.wrap(stage.op(a.band if conjunction else a.bor, cond, other))
            with stage.builder.block("arm") as empty:
                pass
            short = core.literal(not conjunction)
            arms = (scope, [other], empty, [short]) if conjunction else (empty, [short], scope, [other])
            return core.wrap(stage.builder.close_if(cond, *arms)[0])
    if isinstance(first, Maybe) and not conjunction:
        first = first.value  # it is kept where it is true
    more: Callable[[], Flow] = lambda: Flow(VALUE, m.settle(_boolean(m, conjunction, nodes, k + 1)))  # noqa: E731
    keep: Callable[[], Flow] = lambda: Flow(VALUE, first)  # noqa: E731
    return branch(m, cond, *((more, keep) if conjunction else (keep, more))).value


def _acted(m: Machine, before: list[tuple[Env, dict[str, Value]]], frame: Frame) -> bool:
    """Whether an expression has assigned or changed something, which is undone."""
    pairs = zip(before, m.names(), strict=True)
    same = all(x.keys() == y.keys() and all(x[k] is y[k] for k in x) for (_, x), (_, y) in pairs)
    for cell, state in frame.changed.values():
        specs.set_state(m.stage, cell, state)
    m.restore(before)
    return not same or bool(frame.changed)


def conditional(m: Machine, node: ast.IfExp) -> Value:
    """x if cond else y"""
    cond = m.truth(m.eval(node.test, none=True))
    if isinstance(cond, Const):
        return m.eval(node.body if cond.value else node.orelse, none=True)
    return branch(
        m,
        cond,
        lambda: Flow(VALUE, m.settle(m.eval(node.body, none=True))),
        lambda: Flow(VALUE, m.settle(m.eval(node.orelse, none=True))),
        live=(m.live_after(m.statement) if m.statement is not None else None) or frozenset(),
    ).value


ANY_ALL = ("builtins.any", "builtins.all")


def call(m: Machine, node: ast.Call) -> Value:
    function = m.eval(node.func)
    first = node.args[0] if node.args else None
    if isinstance(function, Ref) and function.name == "builtins.sum" and isinstance(first, ast.GeneratorExp):
        start = m.eval(node.args[1]) if len(node.args) > 1 else 0
        return total(m, first, start)
    if isinstance(function, Ref) and function.name in ANY_ALL and isinstance(first, ast.GeneratorExp):
        decision = decided(m, first, function.name == "builtins.all")
        if decision is not None:
            return decision
    none = isinstance(function, MAY_GET_NONE)
    args: list[Value] = []
    for arg in node.args:
        if isinstance(arg, ast.Starred):
            args += _spread(m, m.eval(arg.value))
        else:
            args.append(m.eval(arg, none=none))
    fits(m.stage, len(args))
    kwargs: dict[str, Value] = {}
    for keyword in node.keywords:
        value = m.eval(keyword.value, none=none)
        if keyword.arg is None:
            given = value.items if isinstance(value, DictValue) else as_python(value)
            kwargs.update(given)
        else:
            kwargs[keyword.arg] = value
    return m.call(function, args, kwargs)


def _spread(m: Machine, value: Value) -> list[Value]:
    """f(*value): the number of items has to be known; for a parameter array it is taken from the call."""
    items = iteration(m, value)
    if isinstance(items, Sequence):
        return [Spread(value)]
    return items


def tuple_expression(m: Machine, node: ast.Tuple) -> Value:
    return tuple(_display(m, node.elts))


def list_expression(m: Machine, node: ast.List) -> Value:
    """[x, *items, y]: where the number of items is only known at run time, lists are added."""
    if not any(isinstance(element, ast.Starred) for element in node.elts):
        return new_list(m, _display(m, node.elts))
    made: Value = new_list(m, [])
    for element in node.elts:
        if isinstance(element, ast.Starred):
            value = m.eval(element.value)
            items = countable(m, value)
            more = (
                m.call(Ref("builtins.list"), [value]) if isinstance(items, Sequence) else new_list(m, items)
            )
        else:
            more = new_list(m, _display(m, [element]))
        made = binary(m, ast.Add, made, more)
    return made


def _display(m: Machine, nodes: list[ast.expr]) -> list[Value]:
    items: list[Value] = []
    for node in nodes:
        if isinstance(node, ast.Starred):
            more = countable(m, m.eval(node.value))
            if isinstance(more, Sequence):
                m.stage.fail(
                    "the number of items must be known when the objective is compiled",
                    "this has a run-time length",
                    remedy="use np.concatenate",
                )
            items += more
        else:
            items.append(m.settle(m.eval(node, none=True)))
    return items


def set_expression(m: Machine, node: ast.Set) -> Value:
    """{x, y}: a set of what is known when compiling, or given by the data alone."""
    return {key_of(m, item, ITEMS) for item in _display(m, node.elts)}


def dict_expression(m: Machine, node: ast.Dict) -> Value:
    items: dict[Any, Value] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            other = m.eval(value)
            items.update(other.items if isinstance(other, DictValue) else as_python(other))
        else:
            items[key_of(m, m.eval(key))] = m.settle(m.eval(value, none=True))
    made = DictValue(items)
    m.stage.born(made)
    return made


def formatted(m: Machine, node: ast.JoinedStr) -> Value:
    text = ""
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += str(part.value)
        else:
            assert isinstance(part, ast.FormattedValue)
            value = m.eval(part.value)
            if not is_known(value):
                return Undefined("", "it holds numbers that are only known at run time", what="text")
            spec = "" if part.format_spec is None else m.eval(part.format_spec)
            text += format(as_python(value), str(spec))
    return text


def walrus(m: Machine, node: ast.NamedExpr) -> Value:
    value = m.settle(m.eval(node.value, none=True))
    m.assign(node.target.id, value)
    return value


def lambda_expression(m: Machine, node: ast.Lambda) -> Value:
    return define(m, node)


EXPRESSIONS: dict[type, Handler] = {
    ast.Constant: constant,
    ast.Name: name,
    ast.Attribute: attribute_expression,
    ast.Subscript: subscript_expression,
    ast.Slice: slice_expression,
    ast.BinOp: binary_expression,
    ast.UnaryOp: unary_expression,
    ast.Compare: compare_expression,
    ast.BoolOp: boolean,
    ast.IfExp: conditional,
    ast.Call: call,
    ast.Tuple: tuple_expression,
    ast.List: list_expression,
    ast.Dict: dict_expression,
    ast.Set: set_expression,
    ast.SetComp: set_comprehension,
    ast.ListComp: list_comprehension,
    ast.GeneratorExp: list_comprehension,
    ast.DictComp: dict_comprehension,
    ast.JoinedStr: formatted,
    ast.NamedExpr: walrus,
    ast.Lambda: lambda_expression,
}
