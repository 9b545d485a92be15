"""The whole compiler: the only module that knows every stage, one line a stage."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TypeVar

from adfun import deep
from adfun.backend.entry import Emitted, Entry, Slot, Version
from adfun.backend.module import cycles, emit
from adfun.binding import Described
from adfun.diagnostics.errors import TOO_DEEP, TOO_LONG, CompileError, Diagnostic
from adfun.diagnostics.spans import NOWHERE
from adfun.frontend import entry as frontend
from adfun.frontend import survey
from adfun.frontend.origin import Objective
from adfun.ir.nodes import For, Function, KernelCall, Var, While
from adfun.ir.printer import show
from adfun.ir.staged import Staged
from adfun.ir.types import LANES, Shapes
from adfun.ir.walk import length, walk
from adfun.passes.adjoint import adjoint
from adfun.passes.chain import chain
from adfun.passes.checks import hoist_checks
from adfun.passes.collect import collect
from adfun.passes.early import early_sums
from adfun.passes.enclose import enclose
from adfun.passes.expand import expand
from adfun.passes.factor import factor
from adfun.passes.flatten import flatten
from adfun.passes.forward import forward_gradient, gradient_apart, may_go_forward
from adfun.passes.fuse import fuse
from adfun.passes.inline import inline
from adfun.passes.interchange import interchange
from adfun.passes.invariant import hoist
from adfun.passes.limit import limit
from adfun.passes.lower import lower
from adfun.passes.meet import meet
from adfun.passes.narrow import narrow
from adfun.passes.pairs import hessian_by_pairs
from adfun.passes.peel import peel
from adfun.passes.relay import relay
from adfun.passes.settle import settle
from adfun.passes.sever import sever
from adfun.passes.share import share
from adfun.passes.simplify import simplify
from adfun.passes.single import single
from adfun.passes.sink import sink
from adfun.passes.sized import sized, with_sizes
from adfun.passes.slopes import slopes
from adfun.passes.small import matrix_size
from adfun.passes.split import split
from adfun.passes.spread import spread
from adfun.passes.stage import POINT, stage
from adfun.passes.tabulate import tabulate
from adfun.passes.tangent import tangent
from adfun.passes.triangle import triangle
from adfun.passes.unchain import unchain
from adfun.passes.unroll import unroll
from adfun.passes.unwrap import unwrap
from adfun.program import Order
from adfun.records import replace

T = TypeVar("T")

SMALL = (2, 3, 4)
"""The sizes of matrices for which there are versions."""
LONGEST_VERSIONS = 1500
"""Statements of all of them."""
LONGEST = 2500
"""Statements of a Hessian that takes directions one by one: the compiler needs seconds for more."""
GAIN = 1.8
"""What must be gained by directions one by one, for a longer text and sums that fill the registers."""
GAIN_SHARED = 7.0
"""The same where several blocks of directions share what they have in common."""
GAIN_KERNELS = 0.9
"""The same where kernels take all directions of a Hessian at once, or where loops are before blocks alone."""
BLOCKS = 4
"""What is taken for the number of blocks of directions where it is not known."""
FORWARD = 4
"""Parameters of a Hessian for which forward mode alone may be the quickest."""
GAIN_FORWARD = 1.1
"""What must be gained by forward mode by the estimates, and once more by its plain form."""
GAIN_PAIRS = 1.3
"""What may be lost by pairs of directions: in the estimates vectors of eight are two registers everywhere."""
SECOND = ("he", "hvp")
"""Functions that are second derivatives."""


def evaluate(
    objective: Objective,
    data: Mapping[str, Described],
    params: Mapping[str, Described],
    shapes: Shapes | None = None,
) -> frontend.Built:
    """The IR of an objective: for all sizes, or where that is refused for those at hand.

    shapes  of parameters; other ones are of no interest: loops and matrices of known size may be written out
    """
    with uncollected():
        if shapes is not None:
            with suppress(CompileError, RecursionError):
                return deep.run(lambda: frontend.build(objective, data, params, shapes=shapes))
        return _deep(lambda: _built(objective, data, params))


def _built(
    objective: Objective, data: Mapping[str, Described], params: Mapping[str, Described]
) -> frontend.Built:
    try:
        return frontend.build(objective, data, params)
    except CompileError as refusal:
        if refusal.diagnostics[0].title in (TOO_DEEP, TOO_LONG):
            raise  # with known sizes it is found again, after as long a time
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


def _deep(action: Callable[[], T], function: Function | None = None) -> T:
    try:
        return deep.run(action)
    except RecursionError:
        stmts = () if function is None else function.body.stmts
        largest = max(stmts, key=lambda stmt: length((stmt,)), default=None)
        place = NOWHERE if largest is None else largest.span
        remedy = "split it into several statements and functions"
        raise CompileError(Diagnostic(TOO_DEEP, place, "here", remedy=remedy)) from None


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


def compile(order: Order, function: Function, shapes: Shapes | None = None) -> Emitted:
    """The C++ text of the module of one order; a Hessian's may be for parameters of these shapes only."""
    with uncollected():
        return _deep(lambda: emit(entries(order, function, shapes)), function)


def loops(function: Function, *, lanes: bool = True) -> Function:
    """The objective as fused loops: what all orders start from; `lanes`: see `unroll`."""
    function = relay(peel(unroll(simplify(function), lanes=lanes)))
    function = hoist(function)
    function = split(sever(function))
    function = inline(function)
    function = unroll(lower(function), lanes=lanes)
    function = unroll(hoist_checks(function), lanes=lanes)
    function = fuse(unchain(tabulate(function)))
    swapped = interchange(function)
    return flatten(sink(function if swapped is function else fuse(tabulate(swapped))))


def finish(name: str, function: Function, *, drop_reports: bool = True, blocks: bool = False) -> Entry:
    """A function of a module, split into what runs at bind time and in every call.

    blocks  it is called for several blocks of directions in turn: what these share is done before
    """
    function = expand(function, drop_reports=drop_reports)
    function = factor(function)
    function = collect(function)
    function = settle(function)
    function = meet(fuse(function))
    function = share(function)
    shorter = narrow(function)
    function = triangle(settle(function if shorter is function else fuse(shorter)))
    function = chain(unwrap(function))
    staged = stage(early_sums(function) if name in SECOND else function)
    entry = Entry(name, staged.prepare, staged.call, _slots(staged))
    if not blocks:
        return entry
    again = stage(staged.call, POINT)
    return replace(entry, call=again.call, point=again.prepare, behind=_slots(again))


def _slots(staged: Staged) -> tuple[Slot, ...]:
    return tuple(Slot(s.name, s.source, s.target) for s in staged.slots)


def entries(order: Order, function: Function, shapes: Shapes | None = None) -> list[Entry]:
    """The functions of the module of one order."""
    function = function if shapes is None else sized(function, shapes)
    lanes = order != "he"  # there directions are vectors already
    primal = loops(function, lanes=lanes)
    made = _functions(order, primal, shapes)
    size = None if order == "report" else matrix_size(primal)
    if size is None:
        return made
    total = 0
    for count in SMALL:
        known = _functions(order, loops(with_sizes(function, {size: count}), lanes=lanes), shapes)
        total += sum(length(version.call.body.stmts) for version in known)
        if total > LONGEST_VERSIONS or not all(map(_alike, made, known)):
            break
        made = [_with_version(*pair, size, count) for pair in zip(made, known, strict=True)]
    return made


def _alike(entry: Entry, version: Entry) -> bool:
    """Whether both are called in the same way."""
    return entry.unit == version.unit and (entry.point is None) == (version.point is None)


def _with_version(entry: Entry, version: Entry, size: Var, count: int) -> Entry:
    named = replace(version, name=f"{entry.name}_{count}")
    return replace(entry, versions=(*entry.versions, Version(size, count, named)))


def _functions(order: Order, primal: Function, shapes: Shapes | None) -> list[Entry]:
    if order == "report":
        return [finish("report", primal, drop_reports=False)]
    if order == "gr":
        return [finish("fn", primal), _gradient_entry(primal)]
    if order == "hvp":
        return [_hvp_entry(primal)]
    return [_hessian(primal, shapes)]


def _gradient_entry(primal: Function) -> Entry:
    """Value and gradient by reverse mode; by forward mode where few parameters take fewer cycles so."""
    reverse = finish("gr", adjoint(primal))
    if not may_go_forward(primal) or length(reverse.call.body.stmts) > LONGEST:
        return reverse
    found, least = reverse, cycles(reverse.call)
    for local in (True, False):
        forward = finish("gr", forward_gradient(primal, local=local))
        price = cycles(forward.call)
        if GAIN_FORWARD * price < least:
            found, least = forward, price
    return found


def _hvp_entry(primal: Function) -> Entry:
    """The tangent of the adjoint; of few parameters that of tangents, where that takes fewer cycles."""
    found = [_along_one(_gradient(primal))]
    if may_go_forward(primal):
        for local in (True, False):
            gradient = forward_gradient(primal, local=local, again=True)
            found.append(_along_one(simplify(gradient, drop_reports=True)))
    return _quickest(found)


def _along_one(gradient: Function) -> Entry:
    return finish("hvp", slopes(tangent(gradient, last=True), gradient))


def _hessian(primal: Function, shapes: Shapes | None) -> Entry:
    """The tangents of the adjoint; of few parameters those of tangents, where that takes fewer cycles."""
    found = [_tangents(_gradient(primal), shapes)]
    if shapes is None or not 0 < sum(map(math.prod, shapes.values())) <= FORWARD or not _has_loops(primal):
        return found[0]
    gradient = gradient_apart(primal, shapes)
    if gradient is not None:
        found.append(_tangents(simplify(gradient, drop_reports=True), shapes))
    by_pairs = hessian_by_pairs(primal, shapes)
    if by_pairs is None:
        return _quickest(found)
    return _quickest(found, replace(finish("he", by_pairs), unit=True))


def _quickest(forms: Sequence[Entry], by_pairs: Entry | None = None) -> Entry:
    if by_pairs is None and len(forms) == 1:
        return forms[0]
    prices = {entry: cycles(entry.call) for entry in forms}
    if by_pairs is not None:
        prices[by_pairs] = cycles(by_pairs.call) / GAIN_PAIRS
    return min(prices, key=lambda entry: prices[entry])


def _gradient(primal: Function) -> Function:
    return simplify(adjoint(primal), drop_reports=True)


def _has_loops(function: Function) -> bool:
    return any(isinstance(stmt, For | While) for stmt in walk(function.body.stmts))


def _tangents(gradient: Function, shapes: Shapes | None) -> Entry:
    """Directions as vectors; one by one where that lets loops run in lanes, and is worth a longer text."""
    together = _together(gradient, shapes)
    if length(together.call.body.stmts) > LONGEST or not any(map(_has_loops, _parts(together))):
        return together
    count = LANES * BLOCKS if shapes is None else sum(map(math.prod, shapes.values()))
    rounds = max(1, -(-count // LANES))
    width = max(1, -(-count // rounds) if shapes is None else count)
    slope = slopes(tangent(gradient, lanes=True, directions=width, shapes=shapes, apart=True), gradient)
    one_by_one = spread(limit(slope) if shapes is None else single(slope), shapes, directions=width)
    apart = finish("he", one_by_one, blocks=shapes is None and rounds > 1)
    gain = _in_all(together, rounds) / _in_all(apart, rounds if shapes is None else 1)
    if length(apart.call.body.stmts) > LONGEST or gain <= _wanted(together, shapes):
        return together
    return replace(apart, unit=shapes is not None)


def _wanted(together: Entry, shapes: Shapes | None) -> float:
    """What directions one by one must gain by the estimates: these do not see all."""
    kernels = any(isinstance(stmt, KernelCall) for stmt in walk(together.call.body.stmts))
    if shapes is not None:
        return GAIN_KERNELS if kernels or not _has_loops(together.call) else GAIN
    return GAIN_SHARED if together.point is not None and not kernels else GAIN


def _parts(entry: Entry) -> tuple[Function, ...]:
    """What is done in every call."""
    return (entry.call,) if entry.point is None else (entry.call, entry.point)


def _in_all(entry: Entry, blocks: int) -> float:
    """Cycles of a Hessian that is made of so many blocks."""
    return cycles(entry.call) * blocks + (0.0 if entry.point is None else cycles(entry.point))


def _together(gradient: Function, shapes: Shapes | None) -> Entry:
    """Directions as vectors; of few parameters they are the parameters."""
    count = LANES if shapes is None else sum(map(math.prod, shapes.values()))
    if shapes is None or not 0 < count <= LANES:
        return finish("he", limit(slopes(tangent(gradient, lanes=True), gradient)), blocks=True)
    slope = slopes(tangent(gradient, lanes=True, directions=count, shapes=shapes), gradient)
    return replace(finish("he", enclose(slope, shapes)), unit=True)


def shown(function: Function, what: str) -> str:
    """A stage as text: "ir" or "adjoint"."""
    return show(function if what == "ir" else expand(adjoint(loops(function))))
