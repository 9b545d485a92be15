"""List comprehensions and generator expressions."""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence as Seq
from typing import NoReturn

import numpy as np

from adfun.diagnostics.errors import CompileError
from adfun.frontend import analysis, rows, specs
from adfun.frontend.arrays import core, extent
from adfun.frontend.keys import ITEMS, key_of, refuse_key
from adfun.frontend.lists import promote
from adfun.frontend.loops import Loop, acts, run
from adfun.frontend.machine import Env, Machine
from adfun.frontend.operators import binary, new_list
from adfun.frontend.refs import Ref
from adfun.frontend.sequences import countable, either, iteration, known_or_refused, taken_one_by_one, uniform
from adfun.frontend.stage import Frame, Restart
from adfun.frontend.statements import UNROLL, assign_target
from adfun.frontend.values import Array, Buffered, DictValue, ListValue, RangeValue, RunList, Sequence, Value
from adfun.ir.builder import Scope
from adfun.ir.nodes import Block, Buffer, Build, Const, Operand, Var, i64
from adfun.ir.types import I64

Comprehension = ast.ListComp | ast.GeneratorExp
HOLDER = "%list"
TOTAL = "%total"
ITEM = "%item"
FUNCTION = "%function"


def list_comprehension(m: Machine, node: Comprehension) -> Value:
    """[element for target in items ...]: a list, or a run-time list."""
    with m.within(Env({}, m.env, None, _bound_outside(node)), m.source):
        return _evaluate(m, node)


def _bound_outside(node: ast.expr) -> set[str]:
    """Names that `:=` in a comprehension binds: in the function around it."""
    return {n.target.id for n in ast.walk(node) if isinstance(n, ast.NamedExpr)}


def _evaluate(m: Machine, node: Comprehension) -> Value:
    first = node.generators[0]
    items = iteration(m, m.eval(first.iter))
    if isinstance(items, list):
        sequence = _worth_a_loop(m, node, items)
        if sequence is None:
            return _unrolled(m, node, items)
        return either(
            m,
            lambda: _run_time(m, node, sequence),
            lambda: _unrolled(m, node, items),
            len(items),
        )
    return known_or_refused(
        m,
        items,
        analysis.weight(node),
        lambda: _run_time(m, node, items),
        lambda found: _unrolled(m, node, found),
    )


def _worth_a_loop(m: Machine, node: Comprehension, items: list[Value]) -> Sequence | None:
    if len(items) <= 3 or analysis.weight(node) * len(items) <= UNROLL:
        return None
    return uniform(m, items)


def _run_time(m: Machine, node: Comprehension, items: Sequence) -> Value:
    if len(node.generators) == 1 and not node.generators[0].ifs:
        found = _direct(m, node, items)
        if found is not None:
            return found
    return _appended(m, node, items)


def _unrolled(m: Machine, node: Comprehension, items: list[Value]) -> Value:
    """Every element, one after the other; a run-time list where conditions or lengths are not known."""
    made, results = new_list(m, []), []
    generator, *inner = node.generators
    for k, item in enumerate(items):
        assign_target(m, generator.target, m.settle(item))
        holds = _condition(m, generator.ifs)
        if holds is None:
            sequence = uniform(m, items if k == 0 else [item])
            if sequence is None:
                _refuse_condition(m, generator.ifs[0])
            part = _run_time(m, node, sequence)
            if k == 0:
                return part
        elif not holds:
            continue
        elif inner:
            part = _of_inner(m, node, countable(m, m.eval(inner[0].iter)))
        else:
            results.append(m.settle(m.eval(node.elt)))
            continue
        if isinstance(part, ListValue):
            results += part.items
        else:
            made, results = binary(m, ast.Add, binary(m, ast.Add, made, new_list(m, results)), part), []
    return binary(m, ast.Add, made, new_list(m, results)) if results else made


def _of_inner(m: Machine, node: Comprehension, items: list[Value] | Sequence) -> Value:
    """What the generators after the first one give, for one item of that."""
    rest = ast.copy_location(ast.ListComp(node.elt, node.generators[1:]), node)
    return _unrolled(m, rest, items) if isinstance(items, list) else _run_time(m, rest, items)


def _condition(m: Machine, ifs: list[ast.expr]) -> bool | None:
    """Whether all conditions hold; None where that is only known at run time."""
    for node in ifs:
        cond = m.truth(m.eval(node))
        if not isinstance(cond, Const):
            return None
        if not cond.value:
            return False
    return True


def _refuse_condition(m: Machine, node: ast.expr) -> NoReturn:
    m.stage.fail(
        "a condition in a comprehension over known items must be known too",
        "this is only known at run time",
        remedy="use a loop with append",
    )


def _direct(m: Machine, node: Comprehension, items: Sequence) -> RunList | None:
    """One element per item: a loop that fills an array of that length.

    None where an iteration changes what the next ones see: that takes a loop with carried values.
    """
    stage, builder = m.stage, m.stage.builder
    length = extent.range_length(stage, RangeValue(items.start, items.stop, 1))
    while True:
        saved, mark = m.names(), (len(builder.scopes), len(stage.frames))
        frame = Frame(loop=True, level=len(builder.scopes), token=(node, m.env, None))
        stage.frames.append(frame)
        index = Var(I64, "i")
        try:
            with builder.block("loop") as scope:
                builder.declare(index)
                stage.loop_index(index, items.start, items.stop)
                assign_target(m, node.generators[0].target, m.settle(items.item(index)))
                bound = m.names()
                element = m.settle(m.eval(node.elt))
            stage.frames.pop()
            if acts(m, frame, scope, bound):
                m.restore(saved)
                put_back(m, frame)
                return None
            break
        except Restart as restart:
            del builder.scopes[mark[0] :]
            del stage.frames[mark[1] :]
            m.restore(saved)
            promote(m, restart)
    if core.is_number(element) or isinstance(element, (Array, ListValue, np.ndarray, RunList)):
        return m.stage.run_list(_column(m, items, index, scope, element, length), length)
    return _columns(m, items, index, scope, element, length)


def put_back(m: Machine, frame: Frame) -> None:
    """Let objects be as they were before an evaluation that is given up."""
    for cell, state in frame.changed.values():
        specs.set_state(m.stage, cell, state)


def _column(m: Machine, items: Sequence, index: Var, scope: Scope, element: Value, length: Operand) -> Array:
    """The array of all elements, filled by the loop whose body was collected."""
    stage, builder = m.stage, m.stage.builder
    if not (core.is_number(element) or isinstance(element, Array)):
        with builder.reopen(scope):
            element = core.as_array(stage, element, "an element of this list")
    starts_at_zero = isinstance(items.start, Const) and items.start.value == 0
    if core.is_number(element) and starts_at_zero:
        with builder.reopen(scope):
            value = core.operand(stage, element)
        buffer = Buffer(value.type, (length,), "built", "list")
        builder.declare(buffer)
        builder.emit(Build(buffer, (index,), Block(tuple(scope.stmts), (value,)), stage.span))
        return Array(value.type, (length,), Buffered(buffer))
    array = core.as_array(stage, element)
    if not all(builder.is_open(s) for s in array.shape if isinstance(s, Var)):
        stage.fail("the arrays of a list must all have one shape", "their size is only known inside")
    buffer = builder.alloc(array.elem, (length, *array.shape), zero=False)
    with builder.reopen(scope):
        row = stage.isub(index, items.start)
        core.fill(stage, buffer, array, array.elem, lambda i: (row, *i))
    builder.close_for(index, items.start, items.stop, (), (), scope, ())
    return Array(array.elem, buffer.shape, Buffered(buffer))


def _columns(
    m: Machine, items: Sequence, index: Var, scope: Scope, element: Value, length: Operand
) -> RunList:
    """The list of all elements that are tuples, dicts or objects: a column for every part of one."""
    stage, builder = m.stage, m.stage.builder
    with builder.reopen(scope):
        spec = specs.spec_of(stage, element)
    if not rows.storable(stage, spec):
        stage.fail(
            "the items of a list of run-time length must be numbers or arrays of one shape, or tuples",
            f"this is {core.describe(element)}",
        )
    made = rows.columns(stage, spec, length)
    buffers = [core.mutable(stage, column) for column in made]
    with builder.reopen(scope):
        row = stage.isub(index, items.start)
        for buffer, value in zip(buffers, rows.taken_apart(spec, element), strict=True):
            core.fill(stage, buffer, core.as_array(stage, value), buffer.elem, lambda i: (row, *i))
    builder.close_for(index, items.start, items.stop, (), (), scope, ())
    return stage.run_list(made, length, form=rows.form_of(spec))


def _appended(m: Machine, node: Comprehension, items: Sequence) -> Value:
    """With conditions or several ranges: a loop that appends."""
    m.env.names[HOLDER] = new_list(m, [])
    call = ast.Call(ast.Attribute(ast.Name(HOLDER, ast.Load()), "append", ast.Load()), [node.elt], [])
    _loop(m, node.generators, items, ast.Expr(call), node)
    return m.env.names[HOLDER]


def listed(m: Machine, items: Sequence) -> Value:
    """[item for item in items], for items whose making changes objects."""
    target = ast.comprehension(ast.Name(ITEM, ast.Store()), ast.Constant(None), [], 0)
    node = ast.ListComp(ast.Name(ITEM, ast.Load()), [target])
    place = ast.Expr(ast.Constant(None), lineno=m.stage.span.line, col_offset=0)
    with m.within(Env({}, m.env, None, set()), m.source):
        return _appended(m, ast.fix_missing_locations(ast.copy_location(node, place)), items)


def total(m: Machine, node: ast.GeneratorExp, start: Value) -> Value:
    """sum(element for ...) as a loop that adds."""
    env = Env({TOTAL: m.settle(start)}, m.env, None, _bound_outside(node))
    with m.within(env, m.source):
        items = iteration(m, m.eval(node.generators[0].iter))
        if isinstance(items, list):
            sequence = _worth_a_loop(m, node, items)
            if sequence is None:
                return _summed(m, env, _unrolled(m, node, items))
            return either(
                m,
                lambda: _looped_total(m, node, sequence, env),
                lambda: _summed(m, env, _unrolled(m, node, items)),
                len(items),
            )
        return known_or_refused(
            m,
            items,
            analysis.weight(node),
            lambda: _looped_total(m, node, items, env),
            lambda found: _summed(m, env, _unrolled(m, node, found)),
        )


def _summed(m: Machine, env: Env, found: Value) -> Value:
    """The start of a sum, and elements that were made one by one."""
    if isinstance(found, ListValue):
        return _added(m, env, found.items)
    return binary(m, ast.Add, env.names[TOTAL], m.call(Ref("numpy.sum"), [found], {"axis": 0}))


def _looped_total(m: Machine, node: ast.GeneratorExp, items: Sequence, env: Env) -> Value:
    add = ast.Assign(
        [ast.Name(TOTAL, ast.Store())], ast.BinOp(ast.Name(TOTAL, ast.Load()), ast.Add(), node.elt)
    )
    _loop(m, node.generators, items, add, node)
    return env.names[TOTAL]


def decided(m: Machine, node: ast.GeneratorExp, conjunction: bool) -> Value | None:
    """any(element for ...) or all(...), as a loop that ends with the element that decides.

    None where no element may change anything: then all of them can be made.
    """
    if not _may_act(m, node):
        return None
    env = Env({TOTAL: conjunction}, m.env, None, _bound_outside(node))
    held: ast.expr = ast.Name(TOTAL, ast.Load())
    test = ast.UnaryOp(ast.Not(), node.elt) if conjunction else node.elt
    over = ast.UnaryOp(ast.Not(), held) if conjunction else held
    decide = ast.Assign([ast.Name(TOTAL, ast.Store())], ast.Constant(not conjunction))
    found = ast.If(test, [decide, ast.Break()], [])
    loop = _nested(node.generators, found, [ast.If(over, [ast.Break()], [])], node)
    with m.within(env, m.source):
        m.exec_block([loop])
    return env.names[TOTAL]


def _may_act(m: Machine, node: ast.GeneratorExp) -> bool:
    """Whether something is bound, or called that is no function of a library."""
    return any(
        isinstance(x, ast.NamedExpr) or (isinstance(x, ast.Call) and not _of_a_library(m, x.func))
        for x in ast.walk(node)
    )


def _of_a_library(m: Machine, function: ast.expr) -> bool:
    root = function
    while isinstance(root, ast.Attribute):
        root = root.value
    if not isinstance(root, ast.Name):
        return False
    try:
        return isinstance(m.eval(function), Ref)
    except CompileError:  # a name that the expression binds itself
        return False


def folded(m: Machine, function: Value, items: Sequence, initial: Seq[Value]) -> Value:
    """functools.reduce over a run-time sequence, as a loop."""
    start = items.start
    if not initial:
        initial = (items.item(start),)
        start = m.stage.iadd(start, i64(1))
    env = Env({TOTAL: m.settle(initial[0]), FUNCTION: function}, m.env, None, set())
    call = ast.Call(
        ast.Name(FUNCTION, ast.Load()), [ast.Name(TOTAL, ast.Load()), ast.Name(ITEM, ast.Load())], []
    )
    body: list[ast.stmt] = [ast.Assign([ast.Name(TOTAL, ast.Store())], call)]
    node = ast.fix_missing_locations(ast.For(ast.Name(ITEM, ast.Store()), ast.Constant(None), body, []))
    with m.within(env, m.source):

        def enter(index: Var) -> None:
            assign_target(m, node.target, m.settle(items.item(index)))

        run(m, Loop(node, start, items.stop, enter))
    return env.names[TOTAL]


def _added(m: Machine, env: Env, values: list[Value]) -> Value:
    total: Value = env.names[TOTAL]
    for value in values:
        total = m.settle(binary(m, ast.Add, total, value))
    return total


def _nested(
    generators: Seq[ast.comprehension], innermost: ast.stmt, after: list[ast.stmt], place: ast.expr
) -> ast.For:
    """Loops for all ranges of a comprehension around one statement; `after` follows every loop inside."""
    body: list[ast.stmt] = [innermost]
    for generator in reversed(generators):
        for condition in reversed(generator.ifs):
            body = [ast.If(condition, body, [])]
        loop = ast.For(generator.target, generator.iter, body, [])
        body = [loop, *copy.deepcopy(after)]
    for made in ast.walk(loop):
        if not hasattr(made, "lineno"):
            ast.copy_location(made, place)
    return loop


def _loop(
    m: Machine, generators: Seq[ast.comprehension], items: Sequence, innermost: ast.stmt, place: ast.expr
) -> None:
    """The loops of a comprehension around one statement; the outermost runs over these items."""
    node = _nested(generators, innermost, [], place)

    def enter(index: Var) -> None:
        assign_target(m, node.target, m.settle(items.item(index)))

    run(m, Loop(node, items.start, items.stop, enter))


def dict_comprehension(m: Machine, node: ast.DictComp) -> Value:
    """{key: value for ...} over known items."""
    pair = ast.copy_location(ast.Tuple([node.key, node.value], ast.Load()), node)
    pairs = _known_items(m, ast.ListComp(pair, node.generators))
    made = DictValue({key_of(m, k): v for k, v in pairs})
    m.stage.born(made)
    return made


def set_comprehension(m: Machine, node: ast.SetComp) -> Value:
    """{item for ...} over known items."""
    return {key_of(m, item, ITEMS) for item in _known_items(m, ast.ListComp(node.elt, node.generators))}


def _known_items(m: Machine, node: ast.ListComp) -> list[Value]:
    """The elements of a comprehension that has to be run through now."""
    with m.within(Env({}, m.env, None, _bound_outside(node)), m.source):
        items = iteration(m, m.eval(node.generators[0].iter))
        if isinstance(items, Sequence):
            known = taken_one_by_one(items)
            if known is None:
                refuse_key(m, None)
            items = known()
        made = _unrolled(m, node, items)
        return made.items if isinstance(made, ListValue) else refuse_key(m, None)
