"""The whole compiler: the only module that knows every stage, one line a stage."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

from adfun import deep
from adfun.backend.entry import Emitted, Entry, Slot
from adfun.backend.module import cycles, emit
from adfun.binding import Described
from adfun.diagnostics.errors import CompileError, Diagnostic
from adfun.diagnostics.spans import NOWHERE
from adfun.frontend import entry as frontend
from adfun.frontend import survey
from adfun.frontend.origin import Objective
from adfun.ir.nodes import For, Function
from adfun.ir.printer import show
from adfun.ir.walk import walk
from adfun.passes.adjoint import adjoint
from adfun.passes.checks import hoist_checks
from adfun.passes.expand import expand
from adfun.passes.factor import factor
from adfun.passes.forward import forward_gradient, prefers_forward
from adfun.passes.fuse import fuse
from adfun.passes.inline import inline
from adfun.passes.invariant import hoist
from adfun.passes.lower import lower
from adfun.passes.settle import settle
from adfun.passes.share import share
from adfun.passes.simplify import simplify
from adfun.passes.slopes import slopes
from adfun.passes.split import split
from adfun.passes.spread import spread
from adfun.passes.stage import stage
from adfun.passes.tangent import tangent
from adfun.program import Order

T = TypeVar("T")

LONGEST = 1200
"""Statements of a Hessian that takes directions one by one: the compiler needs seconds for more."""


def evaluate(
    objective: Objective, data: Mapping[str, Described], params: Mapping[str, Described]
) -> frontend.Built:
    """The IR of an objective: for all sizes, or where that is refused for those at hand."""
    with uncollected():
        return _deep(lambda: _built(objective, data, params))


def _built(
    objective: Objective, data: Mapping[str, Described], params: Mapping[str, Described]
) -> frontend.Built:
    try:
        return frontend.build(objective, data, params)
    except CompileError as refusal:
        for known in (frontend.SIZES, frontend.NUMBERS):
            try:
                return frontend.build(objective, data, params, known)
            except CompileError:
                continue
        raise CompileError(*_all_refused(objective, data, params, refusal)) from None


def _all_refused(
    objective: Objective,
    data: Mapping[str, Described],
    params: Mapping[str, Described],
    first: CompileError,
) -> Sequence[Diagnostic]:
    """The refusal met first, and what else is wrong independently of it."""
    found = survey.refusals(objective, data, params, frontend.GENERAL)
    return found if first.diagnostics[0] in found else first.diagnostics


def _deep(action: Callable[[], T]) -> T:
    try:
        return deep.run(action)
    except RecursionError:
        title, remedy = "this is nested too deeply", "split it into several statements and functions"
        raise CompileError(Diagnostic(title, NOWHERE, "here", remedy=remedy)) from None


@contextmanager
def uncollected() -> Iterator[None]:
    """Without cyclic garbage collection: compiling makes many objects and few cycles."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def compile(order: Order, function: Function) -> Emitted:
    """The C++ text of the module of one order."""
    with uncollected():
        return _deep(lambda: emit(entries(order, function)))


def loops(function: Function) -> Function:
    """The objective as fused loops: what all orders start from."""
    function = simplify(function)
    function = hoist(function)
    function = split(function)
    function = inline(function)
    function = lower(function)
    function = hoist_checks(function)
    return fuse(function)


def finish(name: str, function: Function, *, drop_reports: bool = True) -> Entry:
    """A function of a module, split into what runs at bind time and in every call."""
    function = expand(function, drop_reports=drop_reports)
    function = factor(function)
    function = settle(function)
    function = fuse(function)
    function = share(function)
    staged = stage(function)
    slots = tuple(Slot(s.name, s.source, s.target) for s in staged.slots)
    return Entry(name, staged.prepare, staged.call, slots)


def entries(order: Order, function: Function) -> list[Entry]:
    """The functions of the module of one order."""
    primal = loops(function)
    if order == "report":
        return [finish("report", primal, drop_reports=False)]
    if order == "gr":
        gradient = forward_gradient(primal) if prefers_forward(primal) else adjoint(primal)
        return [finish("fn", primal), finish("gr", gradient)]
    gradient = simplify(adjoint(primal), drop_reports=True)
    if order == "hvp":
        return [finish(order, slopes(tangent(gradient), gradient))]
    together = slopes(tangent(gradient, lanes=True), gradient)
    entry = finish(order, together)
    if not may_prefer_apart(entry.call):
        return [entry]
    apart = finish(order, spread(together, unit=True))
    return [apart if prefers_apart(entry.call, apart.call) else entry]


def may_prefer_apart(together: Function) -> bool:
    """Whether directions one by one, which take a longer text, are worth a look: there are loops."""
    stmts = list(walk(together.body.stmts))
    return len(stmts) <= LONGEST and any(isinstance(stmt, For) for stmt in stmts)


def prefers_apart(together: Function, apart: Function) -> bool:
    """Whether directions one by one are worth a longer text: where that lets loops run in lanes."""
    if sum(1 for _ in walk(apart.body.stmts)) > LONGEST:
        return False
    return cycles(apart) < 0.5 * cycles(together)


def shown(function: Function, what: str) -> str:
    """A stage as text: "ir" or "adjoint"."""
    return show(function if what == "ir" else expand(adjoint(loops(function))))
