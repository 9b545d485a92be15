"""Statements of the IR as plain C++."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from adfun.backend.chunks.emit import split_loop
from adfun.backend.exact import divisors
from adfun.backend.jam import shared_by_all, together
from adfun.backend.lanes.ahead import tiles_ahead
from adfun.backend.lanes.emit import lane_loop
from adfun.backend.storage import FAIL, declare, grow, takes_arena
from adfun.backend.terms import ELEMENT_TYPE, VALUE_TYPE, apply, bare
from adfun.backend.unit import Unit
from adfun.backend.usage import in_place
from adfun.diagnostics.internal import assert_never
from adfun.ir.nodes import (
    Accum,
    Alloc,
    Block,
    Buffer,
    Build,
    Carried,
    Check,
    For,
    Grow,
    If,
    KernelCall,
    Let,
    Load,
    Operand,
    Report,
    Stmt,
    Store,
    Var,
    While,
)
from adfun.ir.types import B1, F64, I64, VEC

JAMMED = 4
"""Iterations that are written together: the sums of so many chains do not wait for each other."""
LONGEST = 160
"""Statements of a loop that is worth being written so often."""
ELEMENT_CODE = {F64: 0, I64: 1, B1: 2}


def block(unit: Unit, body: Block) -> None:
    """The statements of a block, without its yields."""
    for stmt in body.stmts:
        statement(unit, stmt)


def statement(unit: Unit, stmt: Stmt) -> None:
    """One statement."""
    if not isinstance(stmt, (Let, Load)):
        unit.mark_line(stmt.span)
    match stmt:
        case Let():
            let(unit, stmt)
        case Load():
            kind = VALUE_TYPE[stmt.var.type]
            unit.line(f"const {kind} {unit.name(stmt.var)} = {unit.element(stmt.buffer, stmt.index)};")
        case Build():
            build(unit, stmt)
        case Alloc():
            declare(unit, stmt.buffer, stmt.zero)
        case Store():
            unit.line(f"{unit.element(stmt.buffer, stmt.index)} = {bare(unit.term(stmt.value))};")
        case Accum():
            unit.line(f"{unit.element(stmt.buffer, stmt.index)} += {bare(unit.term(stmt.value))};")
        case Grow():
            grow(unit, stmt)
        case For():
            for_loop(unit, stmt)
        case While():
            while_loop(unit, stmt)
        case If():
            branch(unit, stmt)
        case Check():
            check(unit, stmt)
        case KernelCall():
            kernel(unit, stmt)
        case Report():
            report(unit, stmt)
        case _:
            assert_never(stmt)


def let(unit: Unit, stmt: Let) -> None:
    """A scalar value."""
    unit.mark_line(stmt.span)
    if stmt.op.header is not None:
        unit.module.headers.add(stmt.op.header)
    args = [unit.term(a) for a in stmt.args]
    if stmt.op.name == "div" and stmt.args[1] in unit.reciprocals and stmt.var not in unit.exact:
        text = f"{args[0]} * {unit.reciprocals[stmt.args[1]]}"
    elif stmt.var in unit.crowded:
        text = f"adfun_mul0({', '.join(args)})"
    else:
        text = apply(stmt.op, args)
    if stmt.var in unit.lone or stmt.var in unit.crowded:
        unit.module.headers.add("scalar")
    unit.define(VALUE_TYPE[stmt.var.type], stmt.var, unit.rounded(stmt.var, text))


# -- loops and branches -----------------------------------------------------------------------


@contextmanager
def iteration(unit: Unit, body: Block) -> Iterator[None]:
    """What an iteration takes from the arena it gives back."""
    if not takes_arena(unit, body):
        yield
        return
    mark = unit.fresh("mark")
    unit.line(f"const adfun_mark {mark} = adfun_top(ws);")
    yield
    unit.line(f"adfun_release(ws, {mark});")


def for_loop(unit: Unit, stmt: For) -> None:
    """A counted loop; carried values are mutable locals, and the results after it."""
    outer = dict(unit.reciprocals)
    for divisor in divisors(stmt, unit.exact):
        if divisor not in outer:
            name = unit.reciprocals[divisor] = unit.fresh("r")
            unit.line(f"const double {name} = 1.0 / {unit.name(divisor)};")
    split = unit.splits.get(stmt)
    if split is None:
        declare_carried(unit, stmt.carried)
        iterations(unit, stmt, unit.term(stmt.start), unit.term(stmt.stop))
    else:
        split_loop(unit, split, iterations)
    finish_carried(unit, stmt.carried)
    unit.reciprocals = outer


def iterations(unit: Unit, stmt: For, start: str, stop: str) -> None:
    """The loop itself, or a part of it, after what is taken out of it."""
    index, plan = unit.name(stmt.index), unit.plans.get(stmt)
    if plan is None:
        first = f"adfun_i64 {index} = {start}"
    else:
        first = ""
        unit.line(f"adfun_i64 {index} = {start};")
        lane_loop(unit, plan, stop, statement)
        if plan.form.rest == "masked" and not plan.form.few:
            return
    shared = None if plan is not None else _shared(stmt)
    if shared is not None:
        unit.line(f"{first};")
        first = ""
        together(Plain(unit), stmt, shared, JAMMED, stop)
    unit.targets.update(in_place(stmt, unit.reads))
    with (
        tiles_ahead(unit, stmt),
        unit.writer.block(f"for ({first}; {index} < {stop}; ++{index})"),
        iteration(unit, stmt.body),
    ):
        block(unit, stmt.body)
        assign(unit, [c.param for c in stmt.carried], stmt.body.yields)


def _shared(stmt: For) -> frozenset[Var] | None:
    """What iterations that add up directions in loops inside have in common, if that is all they do."""
    sums = (c.param.type for inner in stmt.body.stmts if isinstance(inner, For) for c in inner.carried)
    return shared_by_all(stmt, LONGEST, lambda _: True) if VEC in sums else None


class Plain:
    """Writes the statements of iterations together."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.held: frozenset[Var] = frozenset()

    def statement(self, stmt: Stmt) -> None:
        statement(self.unit, stmt)

    def enter(self, loop: For) -> None:
        self.unit.targets.update(in_place(loop, self.unit.reads))

    def declare_carried(self, stmt: For) -> None:
        declare_carried(self.unit, stmt.carried)

    def assign(self, targets: Sequence[Var], values: Sequence[Operand]) -> None:
        assign(self.unit, targets, values)


def while_loop(unit: Unit, stmt: While) -> None:
    """A loop whose condition is a block: it leaves from the middle."""
    declare_carried(unit, stmt.carried)
    with (
        tiles_ahead(unit, stmt),
        unit.writer.block("for (;;)"),
        iteration(unit, Block(stmt.cond.stmts + stmt.body.stmts)),
    ):
        block(unit, stmt.cond)
        unit.line(f"if (!{unit.term(stmt.cond.yields[0])}) break;")
        block(unit, stmt.body)
        assign(unit, [c.param for c in stmt.carried], stmt.body.yields)
    finish_carried(unit, stmt.carried)


def declare_carried(unit: Unit, carried: Sequence[Carried]) -> None:
    """The mutable locals of a loop, with their first values."""
    for item in carried:
        kind = VALUE_TYPE[item.param.type]
        unit.line(f"{kind} {unit.name(item.param)} = {bare(unit.term(item.init))};")


def finish_carried(unit: Unit, carried: Sequence[Carried]) -> None:
    """After the loop its locals are its results."""
    for item in carried:
        unit.rename(item.result, unit.name(item.param))


def assign(unit: Unit, targets: Sequence[Var], values: Sequence[Operand]) -> None:
    """Assign all values at once: a target that a later value reads is kept in a temporary."""
    done = unit.targets
    pending = [
        (t, v)
        for t, v in zip(targets, values, strict=True)
        if t is not v and not (v in done and done[v] is t)
    ]
    written: set[Var] = set()
    kept: dict[Var, str] = {}
    for target, value in pending:
        if isinstance(value, Var) and value in written:
            kept[value] = ""
        written.add(target)
    for value in kept:
        kept[value] = unit.fresh("old")
        unit.line(f"const {VALUE_TYPE[value.type]} {kept[value]} = {unit.name(value)};")
    for target, value in pending:
        text = kept[value] if isinstance(value, Var) and value in kept else bare(unit.term(value))
        unit.line(f"{unit.name(target)} = {text};")


def branch(unit: Unit, stmt: If) -> None:
    """One arm is evaluated; results are locals that both arms assign."""
    used = [k for k, r in enumerate(stmt.results) if unit.reads[r]]
    for k in used:
        result = stmt.results[k]
        unit.line(f"{VALUE_TYPE[result.type]} {unit.name(result)};")
    then, orelse = (bool(arm.stmts) or bool(used) for arm in (stmt.then, stmt.orelse))
    if then:
        with unit.writer.block(f"if ({bare(unit.term(stmt.cond))})", "} else {" if orelse else "}"):
            arm(unit, stmt, stmt.then, used)
        if orelse:
            with unit.writer.otherwise():
                arm(unit, stmt, stmt.orelse, used)
    elif orelse:
        with unit.writer.block(f"if (!{unit.term(stmt.cond)})"):
            arm(unit, stmt, stmt.orelse, used)


def arm(unit: Unit, stmt: If, body: Block, used: Sequence[int]) -> None:
    """The statements of one arm and its results."""
    block(unit, body)
    for k in used:
        unit.line(f"{unit.name(stmt.results[k])} = {bare(unit.term(body.yields[k]))};")


def build(unit: Unit, stmt: Build) -> None:
    """Storage and a loop nest that fills it."""
    declare(unit, stmt.buffer, zero=False)
    fill(unit, stmt, 0)


def fill(unit: Unit, stmt: Build, axis: int) -> None:
    """The loops of a build from one axis on."""
    if axis < len(stmt.indices):
        index, size = unit.name(stmt.indices[axis]), unit.term(stmt.buffer.shape[axis])
        with unit.writer.block(f"for (adfun_i64 {index} = 0; {index} < {size}; ++{index})"):
            fill(unit, stmt, axis + 1)
        return
    with iteration(unit, stmt.body):
        block(unit, stmt.body)
        target = unit.element(stmt.buffer, stmt.indices)
        unit.line(f"{target} = {bare(unit.term(stmt.body.yields[0]))};")


# -- checks, kernels, reports -----------------------------------------------------------------


def check(unit: Unit, stmt: Check) -> None:
    """Return the check's number, and its arguments in the workspace, unless it holds."""
    number = unit.module.check_number(stmt)
    with unit.writer.block(f"if (ADFUN_UNLIKELY(!{unit.term(stmt.cond)}))"):
        for k, arg in enumerate(stmt.args):
            field = "real" if arg.type is F64 else "integer"
            unit.line(f"ws->error[{k}].{field} = {bare(unit.term(arg))};")
        unit.line(f"return {number};")


def shaped(unit: Unit, buffer: Buffer) -> list[str]:
    """A buffer as arguments: its pointer, then its sizes."""
    return [unit.buffer(buffer), *(unit.term(size) for size in buffer.shape)]


def kernel(unit: Unit, stmt: KernelCall) -> None:
    """A call of the runtime: workspace, inputs, outputs; a buffer is followed by its sizes."""
    unit.module.headers.add(stmt.kernel.header)
    args = ["ws"]
    for item in stmt.inputs:
        args += shaped(unit, item) if isinstance(item, Buffer) else [bare(unit.term(item))]
    for output in stmt.outputs:
        if isinstance(output, Buffer):
            declare(unit, output, zero=False)
            args += shaped(unit, output)
        else:
            unit.line(f"{VALUE_TYPE[output.type]} {unit.name(output)};")
            args.append(f"&{unit.name(output)}")
    call = f"adfun_{stmt.kernel.name}({', '.join(args)})"
    unit.line(f"if (ADFUN_UNLIKELY({call} != 0)) {FAIL}")


def report(unit: Unit, stmt: Report) -> None:
    """Hand a value to the caller, who copies it."""
    number, value = unit.module.report_number(stmt.name), stmt.value
    if isinstance(value, Buffer):
        shape = ", ".join(unit.term(size) for size in value.shape)
        elem, rank, data = value.elem, value.rank, unit.buffer(value)
    else:
        shape, elem, rank, data = "", value.type, 0, unit.fresh("r")
    with unit.writer.block(""):
        unit.line(f"const adfun_i64 shape[] = {{{shape or '0'}}};")
        if not isinstance(value, Buffer):
            unit.line(f"const {ELEMENT_TYPE[elem]} {data} = {bare(unit.term(value))};")
            data = f"&{data}"
        code = 3 if elem is VEC else ELEMENT_CODE[elem]
        unit.line(f"ws->report(ws, {number}, {code}, {rank}, shape, {data});")
