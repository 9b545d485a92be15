"""Statements: assignment, control flow, errors, imports."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from functools import partial, reduce
from types import FunctionType
from typing import Any

import numpy as np

from adfun.diagnostics.errors import CompileError
from adfun.diagnostics.spans import NOWHERE, Span
from adfun.frontend import analysis, messages
from adfun.frontend.arrays import assign as array_assign
from adfun.frontend.branches import branch, guarded
from adfun.frontend.calls import attribute
from adfun.frontend.classes import assign_attribute, class_definition
from adfun.frontend.containers import assign_item, delete_item, extend, subscript
from adfun.frontend.exhausted import refuse_second_use
from adfun.frontend.functions import FunctionValue, define
from adfun.frontend.handlers import CATCHABLE, catches, caught
from adfun.frontend.iterated import refuse_changes
from adfun.frontend.lists import promote
from adfun.frontend.loops import Loop, run
from adfun.frontend.machine import (
    BREAK,
    CONTINUE,
    GO_ON,
    NEXT,
    RAISED,
    RETURN,
    Env,
    Flow,
    Handler,
    Machine,
    Raised,
)
from adfun.frontend.operators import BINARY, augmented, binary
from adfun.frontend.refs import MODULES, Ref, member, public_names
from adfun.frontend.sequences import UNROLLED, either, iteration, known_or_refused, uniform, unpack
from adfun.frontend.stage import Guard, Restart
from adfun.frontend.values import Array, Cursor, DictValue, ListValue, RunList, Scalar, Undefined, Value
from adfun.frontend.values import Sequence as RunSequence
from adfun.ir.nodes import Const, Operand, Var, b1, i64
from adfun.ir.types import B1
from adfun.primitives import arithmetic as a

UNROLL = 160
"""A loop over known items is unrolled while items times syntax nodes stay below this."""


def exec_block(m: Machine, stmts: Sequence[ast.stmt]) -> Flow:
    """Run statements in order; what follows a conditional exit goes into the arm that goes on."""
    level, m.level = m.level, len(m.stage.builder.scopes)
    frames = len(m.stage.frames)
    try:
        return _exec_all(m, stmts)
    except Raised as raised:
        del m.stage.builder.scopes[m.level :]
        del m.stage.frames[frames:]
        if raised.unbound is not None:
            m.stage.builder.span = raised.span
            m.check_bound(raised.unbound, b1(False))
        return Flow(RAISED)
    finally:
        m.level = level


def _exec_all(m: Machine, stmts: Sequence[ast.stmt]) -> Flow:
    for k, stmt in enumerate(stmts):
        rest = stmts[k + 1 :]
        if isinstance(stmt, ast.If):
            with m.stage.at(m.source, stmt.test):
                cond = m.truth(m.eval(stmt.test, none=True))
            if isinstance(cond, Const):
                flow = exec_block(m, stmt.body if cond.value else stmt.orelse)
            else:
                flow, finished = _run_time_if(m, stmt, cond, rest)
                if finished:
                    return flow
        elif isinstance(stmt, ast.Try):
            return _try(m, stmt, rest)
        else:
            flow = _simple(m, stmt)
        if flow.code == NEXT and isinstance(flow.code, int):
            continue
        if isinstance(flow.code, int):
            return flow
        return guarded(m, flow, lambda rest=rest: exec_block(m, rest))  # type: ignore[misc]
    return GO_ON


def _simple(m: Machine, stmt: ast.stmt) -> Flow:
    """Run a statement; once more when something it changes had first to be put in memory."""
    m.statement = stmt
    while True:
        try:
            return m.exec(stmt)
        except Restart as restart:
            if isinstance(stmt, (ast.For, ast.While)) or m.stage.outside_region(restart.cell):
                raise
            with m.stage.at(m.source, stmt):
                promote(m, restart)


def _run_time_if(m: Machine, stmt: ast.If, cond: Operand, rest: Sequence[ast.stmt]) -> tuple[Flow, bool]:
    """An `if` on a run-time condition; whether the rest of the block was run inside it."""
    yes, no = analysis.leaves(stmt.body), analysis.leaves(stmt.orelse)
    then = [*stmt.body, *rest] if no and not yes else stmt.body
    orelse = [*stmt.orelse, *rest] if yes and not no else stmt.orelse
    local = _read_inside_only(m, stmt)
    live = m.live_after(stmt) or frozenset()
    arms = lambda: exec_block(m, then), lambda: exec_block(m, orelse)
    return branch(m, cond, *arms, local, live, stmt.test), yes != no


def _read_inside_only(m: Machine, stmt: ast.If) -> set[str]:
    """Names that an `if` assigns and that nothing outside of it, nor its next run in a loop, reads."""
    live = m.live_after(stmt)
    return set() if live is None else analysis.assigned([*stmt.body, *stmt.orelse]) - live


# -- assignment -------------------------------------------------------------------------------


def assign_statement(m: Machine, node: ast.Assign) -> None:
    refuse_second_use(m, node)
    value = m.settle(m.eval(node.value, none=True))
    for target in node.targets:
        assign_target(m, target, value)


def annotated(m: Machine, node: ast.AnnAssign) -> None:
    if node.value is not None:
        assign_target(m, node.target, m.settle(m.eval(node.value, none=True)))


def assign_target(m: Machine, target: ast.expr, value: Value) -> None:
    """Bind a name, an item, or the parts of a tuple."""
    with m.stage.at(m.source, target):
        match target:
            case ast.Name():
                m.assign(target.id, value)
            case ast.Tuple() | ast.List():
                _unpack(m, target.elts, value)
            case ast.Subscript():
                owner = m.eval(target.value)
                assign_item(m, owner, m.eval(target.slice), value)
            case ast.Starred():
                assign_target(m, target.value, value)
            case ast.Attribute():
                assign_attribute(m, m.eval(target.value), target.attr, value)
            case _:
                m.refuse(target)


def _unpack(m: Machine, targets: Sequence[ast.expr], value: Value) -> None:
    stars = [k for k, t in enumerate(targets) if isinstance(t, ast.Starred)]
    parts = unpack(m, value, len(targets), stars[0] if stars else None)
    for target, part in zip(targets, parts, strict=True):
        assign_target(m, target, m.settle(part))


def augmented_assign(m: Machine, node: ast.AugAssign) -> None:
    operator = type(node.op)
    target = node.target
    if isinstance(target, ast.Name):
        now = m.read(target.id)
        value = m.eval(node.value)
        if isinstance(now, (ListValue, RunList)) and operator is ast.Add:
            extend(m, now, value)
        else:
            m.assign(target.id, augmented(m, operator, now, value))
    elif isinstance(target, ast.Subscript):
        owner = m.eval(target.value)
        index = m.eval(target.slice)
        value = m.eval(node.value)
        if isinstance(owner, Array):
            array_assign.augment(m.stage, owner, index, BINARY[operator][0], value)
        else:
            now = subscript(m, owner, index)
            assign_item(m, owner, index, m.settle(binary(m, operator, now, value)))
    elif isinstance(target, ast.Attribute):
        owner = m.eval(target.value)
        now = attribute(m, owner, target.attr)
        value = m.eval(node.value)
        if isinstance(now, (ListValue, RunList)) and operator is ast.Add:
            extend(m, now, value)
        else:
            assign_attribute(m, owner, target.attr, augmented(m, operator, now, value))
    else:
        m.refuse(target)


def delete(m: Machine, node: ast.Delete) -> None:
    for target in node.targets:
        if isinstance(target, ast.Name):
            m.read(target.id)
            m.env.names[target.id] = Undefined(target.id, "it was deleted")
        elif isinstance(target, ast.Subscript):
            delete_item(m, m.eval(target.value), m.eval(target.slice))
        else:
            m.refuse(target)


# -- control flow -----------------------------------------------------------------------------


def for_statement(m: Machine, node: ast.For) -> Flow:
    iterable = m.eval(node.iter)
    if isinstance(iterable, Cursor) and analysis.may_exit_loop(node.body):
        m.stage.fail(
            "leaving a loop over an iterator is not supported",
            "this may have items left",
            remedy="loop over the list or array itself",
        )
    refuse_changes(m, node)
    items = iteration(m, iterable)
    if isinstance(items, RunSequence):
        return known_or_refused(
            m,
            items,
            analysis.weight(node),
            lambda: _run_time_for(m, node, items),
            lambda found: _unrolled(m, node, found),
        )
    if len(items) > 3 and analysis.weight(node) * len(items) > UNROLL:
        as_sequence = uniform(m, items)
        if as_sequence is not None:
            return _looped_or_unrolled(m, node, items, as_sequence)
    return _unrolled(m, node, items)


def _looped_or_unrolled(m: Machine, node: ast.For, items: list[Value], sequence: RunSequence) -> Flow:
    """A long loop over known numbers runs as a loop, unless its body needs to know them."""
    return either(m, lambda: _run_time_for(m, node, sequence), lambda: _unrolled(m, node, items), len(items))


def _run_time_for(m: Machine, node: ast.For, items: RunSequence) -> Flow:
    def enter(index: Var) -> None:
        assign_target(m, node.target, m.settle(items.item(index)))

    return run(m, Loop(node, items.start, items.stop, enter))


def _unrolled(m: Machine, node: ast.For, items: list[Value]) -> Flow:
    return _unroll(m, node, items, 0)


def _unroll(m: Machine, node: ast.For, items: list[Value], start: int) -> Flow:
    """Run the iterations one after the other, from the given one on."""
    for k in range(start, len(items)):
        assign_target(m, node.target, items[k])
        flow = m.exec_block(node.body)
        if isinstance(flow.code, int):
            if flow.code in (NEXT, CONTINUE):
                continue
            return GO_ON if flow.code == BREAK else flow
        return _conditional_exit(m, node, flow, lambda k=k: _unroll(m, node, items, k + 1))  # type: ignore[misc]
    return m.exec_block(node.orelse)


def _conditional_exit(m: Machine, node: ast.For | ast.While, flow: Flow, more: Callable[[], Flow]) -> Flow:
    """Go on with the next iterations where the code is NEXT or CONTINUE; after a break, after the loop."""
    assert not isinstance(flow.code, int)
    code = flow.code
    goes_on = one_of(m, code, (NEXT, CONTINUE))
    if not analysis.may_return(node.body):
        return branch(m, goes_on, more, lambda: GO_ON)
    leaves = one_of(m, code, (RETURN,))
    return branch(
        m,
        goes_on,
        more,
        lambda: branch(m, leaves, lambda: Flow(RETURN, flow.value), lambda: GO_ON),
    )


def while_statement(m: Machine, node: ast.While) -> Flow:
    """A loop; where that is refused, and the conditions are known, one iteration after the other."""
    refusals: list[CompileError] = []

    def looped() -> Flow:
        try:
            return run(m, Loop(node, i64(0), None, None, node.test))
        except CompileError as error:
            refusals.append(error)
            raise

    return either(m, looped, lambda: _unrolled_while(m, node, refusals), 0)


def _unrolled_while(m: Machine, node: ast.While, refusals: list[CompileError]) -> Flow:
    """The iterations of a `while` whose conditions are known; else what refused the loop is raised."""
    with m.stage.at(m.source, node.test):
        cond = m.truth(m.eval(node.test, none=True))
    m.stage.unrolled += analysis.weight(node)
    if not isinstance(cond, Const) or m.stage.unrolled > UNROLLED:
        raise refusals[0]
    if not cond.value:
        return m.exec_block(node.orelse)
    flow = m.exec_block(node.body)
    if not isinstance(flow.code, int):
        more = lambda: _unrolled_while(m, node, refusals)  # noqa: E731
        return _conditional_exit(m, node, flow, more)
    if flow.code in (NEXT, CONTINUE):
        return _unrolled_while(m, node, refusals)
    return GO_ON if flow.code == BREAK else flow


def return_statement(m: Machine, node: ast.Return) -> Flow:
    return Flow(RETURN, None if node.value is None else m.settle(m.eval(node.value, none=True)))


def with_statement(m: Machine, node: ast.With) -> Flow:
    for item in node.items:
        context = item.context_expr
        function = m.eval(context.func) if isinstance(context, ast.Call) else m.eval(context)
        if not (isinstance(function, Ref) and function.name in _CONTEXTS):
            m.stage.fail(
                "`with` is not supported here",
                "this context manager",
                reason="only np.errstate and warnings.catch_warnings are known, and ignored",
                remedy="remove the `with`",
            )
        for keyword in context.keywords if isinstance(context, ast.Call) else ():
            if isinstance(keyword.value, ast.Constant) and keyword.value.value in ("raise", "call"):
                m.stage.fail(
                    "floating-point errors are not raised in an objective",
                    f"{keyword.value.value!r} has no effect here",
                    reason="compiled code goes on with infinity or NaN, as NumPy does unless told otherwise",
                    remedy="check the operands yourself: `if x == 0: raise ...`",
                )
    return m.exec_block(node.body)


_CONTEXTS = ("numpy.errstate", "warnings.catch_warnings", "numpy.printoptions")


# -- errors -----------------------------------------------------------------------------------


def assert_statement(m: Machine, node: ast.Assert) -> None:
    cond = m.truth(m.eval(node.test))
    _message_check(m, cond, "AssertionError", node.msg)


def _message_check(m: Machine, cond: Operand, kind: str, message: ast.expr | None) -> None:
    text, args = messages.message(m, message)
    m.stage.check(cond, kind, text, *args)


def one_of(m: Machine, code: Operand, codes: tuple[int, ...]) -> Operand:
    """Whether a run-time flow code is one of these."""
    found: Operand = b1(False)
    for value in codes:
        found = m.stage.op(a.bor, found, m.stage.op(a.ieq, code, i64(value)))
    return found


def raise_statement(m: Machine, node: ast.Raise) -> Flow:
    kind, message = "RuntimeError", None
    if node.exc is not None and _no_error(m, node.exc):
        m.stage.check(b1(False), "TypeError", "exceptions must derive from BaseException")
        m.raised_at = _users_place(m)
        return Flow(RAISED)
    match node.exc:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args):
            kind, message = name, (args[0] if args else None)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            kind = name
        case _:
            pass
    if node in m.caught:
        m.refuse_in_try(node)
    if kind == "LinAlgError" and m.stage.guard(kind) is not None:
        m.stage.linalg_check(b1(False), "")
        return GO_ON
    _message_check(m, b1(False), kind, message)
    m.raised_at = _users_place(m)
    return Flow(RAISED)


def _no_error(m: Machine, raised: ast.expr) -> bool:
    """Whether something is raised that is no error: a number, an array, a text, a function."""
    if isinstance(raised, ast.Call):
        return False  # what it makes is taken for an error: only its name is used
    if isinstance(raised, ast.Name) and raised.id in ("NotImplemented", "Ellipsis"):
        return True
    try:
        value = m.eval(raised)
    except CompileError:
        return False  # such as a class of errors that has no other use here
    kinds = (type(None), bool, int, float, str, bytes, tuple, np.ndarray, Array, Scalar, ListValue, RunList)
    return isinstance(value, (*kinds, DictValue, FunctionValue, FunctionType))


def _users_place(m: Machine) -> Span:
    """The line under evaluation, or the user's that called the library function it is in."""
    lines = (m.stage.span, *reversed(m.stage.trail))
    library: str = m.tables.library_path
    users = (s for s in lines if s is not NOWHERE and not s.source.name.startswith(library))
    return next(users, m.stage.span)


def _try(m: Machine, node: ast.Try, rest: Sequence[ast.stmt]) -> Flow:
    """`try` around factorisations: where one fails, the handler runs instead of what follows it.

    A `finally` after code that has raised, or has returned from the objective, changes nothing that can be
    seen; after a helper's `return` it may.
    """
    m.caught.update(caught(node))
    if node.finalbody:
        if analysis.leaves(node.finalbody) or analysis.may_return(node.finalbody):
            with m.stage.at(m.source, node.finalbody[0]):
                m.stage.fail(
                    "leaving a `finally` is not supported",
                    "here",
                    reason="it would replace what the `try` returns or raises",
                    remedy="put it after the `try`",
                )
        handled = [s for h in node.handlers for s in h.body]
        if m.depth > 1 and analysis.may_return([*node.body, *handled, *node.orelse]):
            inner = ast.copy_location(ast.Try(node.body, node.handlers, node.orelse, []), node)
            flow = _try(m, inner, ())
            if flow.code == RAISED:
                return flow
            exec_block(m, node.finalbody)
            return guarded(m, flow, lambda: exec_block(m, rest))
        rest = [*node.finalbody, *rest]
    handler = next((h for h in node.handlers if _catches(m, h)), None)
    if handler is None:
        return exec_block(m, [*node.body, *node.orelse, *rest])
    return _guard(m, [*node.body, *node.orelse], len(node.body), handler, rest)


def _catches(m: Machine, handler: ast.ExceptHandler) -> bool:
    return any(catches(handler, error) for error in CATCHABLE)


def _guard(
    m: Machine, body: Sequence[ast.stmt], protected: int, handler: ast.ExceptHandler, rest: Sequence[ast.stmt]
) -> Flow:
    """Run `body`; after each statement in which something may have failed, branch."""
    for k, stmt in enumerate(body):
        if k >= protected:
            break
        before = m.names()
        flag = m.stage.builder.alloc(B1, (i64(1),), zero=True, hint="failed")
        guard = Guard(len(m.stage.builder.scopes), partial(catches, handler), flag)
        m.stage.guards.append(guard)
        try:
            flow = exec_block(m, [stmt])
        finally:
            m.stage.guards.pop()
        more = [*body[k + 1 :]]
        if guard.inside:
            guard.oks.append(m.stage.op(a.bnot, m.stage.builder.load(flag, (i64(0),))))
        if guard.oks:
            ok = reduce(lambda x, y: m.stage.op(a.band, x, y), guard.oks)
            left = protected - k - 1

            def go_on(flow: Flow = flow, more: list[ast.stmt] = more, left: int = left) -> Flow:
                return guarded(m, flow, lambda: _guard(m, more, left, handler, rest))

            def failed(before: list[tuple[Env, dict[str, Value]]] = before) -> Flow:
                m.restore(before)
                if handler.name:
                    m.env.names[handler.name] = Undefined(handler.name, "the error is not an object here")
                return exec_block(m, [*handler.body, *rest])

            return branch(m, ok, go_on, failed)
        if not (isinstance(flow.code, int) and flow.code == NEXT):
            left = protected - k - 1
            return guarded(m, flow, lambda more=more, left=left: _guard(m, more, left, handler, rest))  # type: ignore[misc]
    return exec_block(m, [*body[protected:], *rest])


# -- definitions and imports ------------------------------------------------------------------


def function_definition(m: Machine, node: ast.FunctionDef) -> None:
    value: Value = define(m, node)
    for decorator in reversed(node.decorator_list):
        function = m.eval(decorator.func if isinstance(decorator, ast.Call) else decorator)
        if isinstance(function, Ref) and function.name in _TRANSPARENT:
            continue
        if isinstance(decorator, ast.Call):
            function = m.eval(decorator)
        value = m.call(function, [value])
    m.assign(node.name, value)


_TRANSPARENT = ("functools.lru_cache", "functools.cache", "functools.wraps", "numpy.errstate")


def import_statement(m: Machine, node: ast.Import) -> None:
    for alias in node.names:
        name = alias.name if alias.asname else alias.name.split(".")[0]
        _importable(m, alias.name)
        m.assign(alias.asname or name, Ref(name))


def import_from(m: Machine, node: ast.ImportFrom) -> None:
    module = node.module or ""
    if module == "__future__":
        return
    _importable(m, module)
    for alias in node.names:
        if alias.name == "*":
            _import_all(m, module)
            continue
        value = member(Ref(module), alias.name)
        m.assign(alias.asname or alias.name, value)


def _import_all(m: Machine, module: str) -> None:
    """Bind every public name of a library's module."""
    for name in public_names(Ref(module)):
        m.assign(name, member(Ref(module), name))


def _importable(m: Machine, name: str) -> None:
    if name not in MODULES and name.split(".")[0] not in ("numpy", "scipy"):
        m.stage.fail(
            f"module {name!r} cannot be used in an objective",
            "here",
            reason="an objective is made of Python, NumPy, SciPy, math and functions of your own",
            remedy="compute what it gives beforehand and pass it as data",
        )


def nothing(m: Machine, node: ast.stmt) -> None:
    """A statement without effect."""


def expression(m: Machine, node: ast.Expr) -> None:
    if not isinstance(node.value, ast.Constant):
        m.eval(node.value, none=True)


def leave(code: int) -> Handler:
    def handler(m: Machine, node: Any) -> Flow:
        return Flow(code)

    return handler


def nonlocal_statement(m: Machine, node: ast.Nonlocal) -> None:
    m.env.nonlocals.update(node.names)


def global_statement(m: Machine, node: ast.Global) -> None:
    """Names of the module, for reading."""
    body = getattr(m.env.function, "body", [])
    changed = sorted(analysis.assigned(body) & set(node.names))
    if changed:
        m.stage.fail(
            f"the global name {changed[0]!r} cannot be assigned",
            "here",
            reason="an objective must not change anything outside itself",
            remedy="return the value, or pass it as an argument",
        )
    for name in node.names:
        m.env.names[name] = m.read_global(name)


STATEMENTS: dict[type, Handler] = {
    ast.Assign: assign_statement,
    ast.AnnAssign: annotated,
    ast.AugAssign: augmented_assign,
    ast.Delete: delete,
    ast.For: for_statement,
    ast.While: while_statement,
    ast.Return: return_statement,
    ast.With: with_statement,
    ast.Assert: assert_statement,
    ast.Raise: raise_statement,
    ast.FunctionDef: function_definition,
    ast.ClassDef: class_definition,
    ast.Import: import_statement,
    ast.ImportFrom: import_from,
    ast.Pass: nothing,
    ast.Break: leave(BREAK),
    ast.Continue: leave(CONTINUE),
    ast.Expr: expression,
    ast.Nonlocal: nonlocal_statement,
    ast.Global: global_statement,
}
