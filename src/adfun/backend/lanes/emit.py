"""A loop in lanes as C++: vector statements for what differs between lanes, plain ones for the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from adfun.backend.jam import shared_by_all, together
from adfun.backend.lanes.fused import Fused, fusions
from adfun.backend.lanes.legal import Plan
from adfun.backend.lanes.memory import Memory
from adfun.backend.lanes.parts import Parts, tile_rows
from adfun.backend.lanes.rows import Along, Dot
from adfun.backend.lanes.shapes import LOOSE, Shapes
from adfun.backend.lanes.table import OPERATORS, WHOLE, has_vector_form, header_of, is_function
from adfun.backend.lanes.values import GROUPS, Values
from adfun.backend.terms import apply, bare
from adfun.backend.unit import Unit
from adfun.backend.usage import in_place
from adfun.diagnostics.internal import assert_never
from adfun.ir.nodes import (
    Accum,
    Alloc,
    Block,
    Build,
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
    i64,
)
from adfun.ir.types import B1, F64, I64
from adfun.ir.walk import walk

COSTLY = 30
"""From this cost on an arm is skipped when no lane takes it."""

LONGEST = 40
"""Statements of a loop inside that is worth being written twice: more need more registers than there are."""

MANY = 16
"""Functions in one pass that are inlined: the compiler needs most of its time for more, and what one of
them takes from being inlined is little in a pass as long as that."""

Scalar = Callable[[Unit, Stmt], None]
"""Writes a statement that is the same in all lanes."""


def lane_loop(unit: Unit, plan: Plan, stop: str, scalar: Scalar) -> None:
    """The iterations that run in lanes; carried values and the index are left for the rest, if any."""
    loop, form = plan.loop, plan.form
    values = Values(unit, plan)
    parts = Parts(unit, plan, values)
    emitter = Emitter(unit, plan, parts, values, scalar)
    emitter.memory.to_the_end = stop == unit.term(loop.stop)
    index, width = unit.name(loop.index), values.spelling.width
    names = [unit.name(item.param) for item in loop.carried]
    unit.module.headers.add(GROUPS.get(form.vectors, "lanes"))
    any_rest = form.rest == "masked" and not form.few
    enough = f"{index} < {stop}" if any_rest else f"{stop} - {index} >= {width}"
    with unit.writer.block(f"if ({enough})"):
        parts.declare(stop)
        for item, part in zip(loop.carried, parts.carried, strict=True):
            unit.rename(item.param, part)
        if form.rest == "masked" and (unit.once or form.short):
            emitter.masked_rest(f"for (; {index} < {stop}; {index} += {width})", index, stop)
        else:
            emitter.memory.declare(stop)
            passes = f"for (; {index} + {width} <= {stop}; {index} += {width})"
            if parts.long:
                with unit.writer.block(f"if ({' && '.join(parts.long.values())}) {passes}"):
                    emitter.iteration("", long=True)
            with unit.writer.block(passes):
                emitter.iteration("")
            emitter.memory.overlaps.finish()
            if form.rest == "masked" and form.vectors > 1:
                rest = parts.of_one_vector()
                for item, part in zip(loop.carried, rest.carried, strict=True):
                    unit.rename(item.param, part)
                one = Emitter(unit, rest.plan, rest, Values(unit, rest.plan), scalar)
                one.masked_rest(f"for (; {index} < {stop}; {index} += ADFUN_W)", index, stop)
            elif form.rest == "masked":
                emitter.masked_rest(f"if ({index} < {stop})", index, stop)
            if form.few:
                unit.line(f"{index} = {stop};")
        for item, name in zip(loop.carried, names, strict=True):
            unit.rename(item.param, name)
        parts.finish()


def pairs(shapes: Shapes, loop: For) -> frozenset[Var] | None:
    """What two iterations of a loop inside have in common; None where they are not written together.

    A ragged loop among them runs until its last lane is through, which is written for one loop alone.
    """
    if any(isinstance(s, For) and not shapes.uniform(s.start, s.stop) for s in walk(loop.body.stmts)):
        return None
    shared = shared_by_all(loop, LONGEST, lambda load: not shapes.varying(load.var))
    return shared if shared is not None and any(shapes.varying(v) for v in shared) else None


def _called(stmt: Stmt) -> bool:
    """Whether a statement is a function that has a form that is not inlined."""
    return isinstance(stmt, Let) and header_of(stmt.op) in ("lanemath", "lanerare")


class Emitter:
    """Writes the body of one lane loop."""

    def __init__(self, unit: Unit, plan: Plan, parts: Parts, values: Values, scalar: Scalar) -> None:
        self.unit = unit
        self.plan = plan
        self.parts = parts
        self.scalar = scalar
        self.values = values
        self.fusions = fusions(plan.shapes, plan.loop.body, unit.reads)
        self.vectors = {
            s.var for s in walk(plan.loop.body.stmts) if isinstance(s, Let) and has_vector_form(s.op)
        }
        """What one expression computes in all lanes."""
        self.memory = Memory(unit, plan, parts, self.values, self.fusions)
        self.mask = ""
        """The lanes that take part in the current branch; all when empty."""
        self.held: frozenset[Var] = frozenset()
        """What is loaded once for both of two iterations."""
        self.asking: dict[For, str] = {}
        """Of loops inside, what asks for memory in every iteration."""
        self.long = False
        """Whether long rows are read as they are."""
        self.rest = False
        """Whether this is the last pass, with some lanes only: it calls functions, to be short."""
        self.many = sum(_called(s) for s in walk(plan.loop.body.stmts)) * len(values.members) > MANY
        """Whether every pass calls functions."""

    def iteration(self, mask: str, long: bool = False) -> None:
        """One pass of all lanes, or of some; `long`: rows are read as they are, without tiles."""
        loop = self.plan.loop
        self.mask, self.long = mask, long
        self.asking = {} if mask or long else self.parts.asked_ahead()
        self.compute_in_place(loop, mask)
        with self.arena(loop.body):
            self.parts.transpose(mask, long)
            self.memory.open_rows()
            self.block(loop.body)
            self.memory.add_rows(mask)
            self.assign([item.param for item in loop.carried], loop.body.yields, mask)
        for let in self.parts.sums:
            self.unit.targets.pop(let.var, None)  # the rest has masks
        self.mask = ""

    def compute_in_place(self, loop: For, mask: str) -> None:
        """Let values become carried values at once, where all lanes take part."""
        unit, shapes = self.unit, self.plan.shapes
        for var, param in in_place(loop, unit.reads, self.taken_in).items():
            unit.targets.pop(var, None)
            vector = shapes.varying(var) and var in self.vectors
            if not mask and (vector or shapes.uniform(var, param)):
                unit.targets[var] = param

    def taken_in(self, stmt: Stmt) -> tuple[Operand, ...]:
        """The factors of the product that a sum takes in: they are read where the sum is."""
        fused = self.fusions.by.get(stmt)
        return () if fused is None else fused.factors

    def masked_rest(self, head: str, index: str, stop: str) -> None:
        """One more pass with the lanes that are left, or all passes like that."""
        unit, mask = self.unit, self.unit.fresh("m")
        self.rest = not self.plan.form.short
        with unit.writer.block(head):
            kind = self.values.spelling.types[B1]
            self.memory.row_mask = mask
            unit.line(f"const {kind} {mask} = {self.values.spelling.call('iota', index, '1')} < {stop};")
            self.iteration(mask)
        self.rest = False

    @contextmanager
    def arena(self, body: Block) -> Iterator[None]:
        """What the statements inside take from the arena they give back."""
        allocs = [s for s in walk(body.stmts) if isinstance(s, Alloc)]
        if not any(not self.memory.on_stack(s.buffer) for s in allocs):
            yield
            return
        mark = self.unit.fresh("mark")
        self.unit.line(f"const adfun_mark {mark} = adfun_top(ws);")
        yield
        self.unit.line(f"adfun_release(ws, {mark});")

    def block(self, block: Block) -> None:
        for stmt in block.stmts:
            self.statement(stmt)

    def statement(self, stmt: Stmt) -> None:
        if not isinstance(stmt, (Let, Load)):
            self.unit.mark_line(stmt.span)
        match stmt:
            case Let():
                self.let(stmt)
            case Load():
                self.load(stmt)
            case Alloc():
                self.memory.alloc(stmt, self.mask)
            case Store():
                self.memory.store(stmt, self.mask)
            case Accum():
                self.memory.accum(stmt, self.mask)
            case For():
                self.loop_inside(stmt)
            case If():
                self.branch(stmt)
            case Check():
                self.check(stmt)
            case Build() | While() | Grow() | KernelCall() | Report():
                raise AssertionError(f"{type(stmt).__name__} in a lane loop")
            case _:
                assert_never(stmt)

    # -- scalars ------------------------------------------------------------------------------

    def define(self, var: Var, text: str) -> None:
        kind = self.values.spelling.types[var.type]
        text = f"adfun_held({bare(text)})" if var in self.held else self.unit.rounded(var, text)
        self.unit.define(kind, var, text)

    def load(self, stmt: Load) -> None:
        if not self.plan.shapes.varying(stmt.var):
            self.scalar(self.unit, stmt)
            return
        self.unit.mark_line(stmt.span)
        self.define(stmt.var, self.memory.load(stmt, self.mask))

    def let(self, stmt: Let) -> None:
        if stmt.op in LOOSE and not self.values.uniform(*stmt.args):
            self.unit.define("adfun_i64", stmt.var, LOOSE[stmt.op].format(self.values.vector(stmt.args[0])))
            return
        if not self.plan.shapes.varying(stmt.var):
            self.scalar(self.unit, stmt)
            return
        self.unit.mark_line(stmt.span)
        if stmt.var in self.fusions.gone:
            return
        name, vector = stmt.op.name, self.values.vector
        fused = self.fusions.by.get(stmt)
        if stmt in self.parts.sums:
            self.add_to_one(stmt, fused)
        elif fused is not None and fused.term is not None:
            self.define(stmt.var, self.values.fused(fused, vector(fused.term)))
        elif name == "div" and stmt.args[1] in self.unit.reciprocals and stmt.var not in self.unit.exact:
            self.define(stmt.var, f"{vector(stmt.args[0])} * {self.unit.reciprocals[stmt.args[1]]}")
        elif name == "div" and stmt.var not in self.unit.exact and self.common_divisor(stmt):
            self.define(stmt.var, f"{vector(stmt.args[0])} * (1.0 / {self.unit.term(stmt.args[1])})")
        elif name in OPERATORS:
            both = not any(self.plan.shapes.varying(x) for x in stmt.args)
            form = vector if both else self.values.mixed
            self.define(stmt.var, OPERATORS[name].format(*[form(x) for x in stmt.args]))
        elif name in WHOLE:
            self.define(stmt.var, WHOLE[name].format(*[vector(x) for x in stmt.args]))
        elif name == "select":
            self.define(stmt.var, self.select(*stmt.args))
        elif is_function(stmt.op):
            self.define(stmt.var, self.function(stmt))
        else:
            self.each_lane(stmt)

    def add_to_one(self, stmt: Let, fused: Fused | None) -> None:
        """Add all vectors to the one that holds a sum."""
        param, term = self.parts.sums[stmt]
        name = self.unit.name(param)
        if fused is not None:
            self.unit.line(f"{name} = {self.values.fused(fused, name)};")
        else:
            sign = "-" if stmt.op.name == "sub" else "+"
            self.unit.line(f"{name} {sign}= {self.values.vector(term)};")
        self.unit.targets[stmt.var] = param

    def common_divisor(self, stmt: Let) -> bool:
        """Whether all lanes are divided by one number: its inverse is one scalar division."""
        return isinstance(stmt.args[1], Var) and self.values.uniform(stmt.args[1])

    def function(self, stmt: Let) -> str:
        """A function of vectors, for each that runs at a time."""
        header, name = header_of(stmt.op), f"adfun_{stmt.op.name}"
        if header is not None:
            self.unit.module.headers |= {"lanemath", header}
            if (self.rest or self.many) and _called(stmt):
                name += "_call"
        given = zip(*(self.values.each(x) for x in stmt.args), strict=True)
        return self.values.together([f"{name}({', '.join(args)})" for args in given])

    def select(self, cond: Operand, yes: Operand, no: Operand) -> str:
        test, x, y = self.unit.term(cond), self.values.vector(yes), self.values.vector(no)
        if self.values.uniform(cond):
            return f"({test} ? {x} : {y})"
        return self.chosen(test, x, y, yes.type is B1)

    def chosen(self, mask: str, yes: str, no: str, truth: bool) -> str:
        """Lane by lane one of two vectors."""
        return f"(({mask} & {yes}) | (~{mask} & {no}))" if truth else f"adfun_select({mask}, {yes}, {no})"

    def each_lane(self, stmt: Let) -> None:
        """A primitive without a vector form, lane by lane."""
        unit, name = self.unit, self.unit.name(stmt.var)
        if stmt.op.header is not None:
            unit.module.headers.add(stmt.op.header)
        args: list[tuple[str, ...]] = []
        for arg in stmt.args:
            if self.values.uniform(arg):
                args.append((unit.term(arg),) * len(self.values.members))
                continue
            text = unit.term(arg)
            if not self.plan.shapes.varying(arg):
                text = unit.fresh("w")
                unit.line(f"const {self.values.spelling.types[arg.type]} {text} = {self.values.vector(arg)};")
            args.append(tuple(f"{text}{member}[l]" for member in self.values.members))
        unit.line(f"{self.values.spelling.types[stmt.var.type]} {name} = {{}};")
        for k, member in enumerate(self.values.members):
            text = apply(stmt.op, [arg[k] for arg in args])
            text = f"-(adfun_i64){text}" if stmt.var.type is B1 else bare(text)
            unit.line(f"ADFUN_EACH(l) {name}{member}[l] = {text};")

    # -- loops and branches ---------------------------------------------------------------------

    def loop_inside(self, stmt: For) -> None:
        """A loop inside: all lanes run it together, though some may be through earlier."""
        unit, values = self.unit, self.values
        self.declare_carried(stmt)
        along = self.plan.along.get(stmt)
        if along is not None and self.long and along.tile in self.parts.long:
            self.along_rows(along, unit.term(stmt.stop))
        elif values.uniform(stmt.start) and values.uniform(stmt.stop):
            self.shared_loop(stmt)
        else:
            self.ragged_loop(stmt)
        for item in stmt.carried:
            unit.rename(item.result, unit.name(item.param))

    def shared_loop(self, stmt: For) -> None:
        """A loop that all lanes run through alike; two iterations together where they have much in common."""
        unit = self.unit
        self.enter(stmt)
        index, start, stop = unit.name(stmt.index), unit.term(stmt.start), unit.term(stmt.stop)
        first = f"adfun_i64 {index} = {start}"
        shared = None if self.rest else pairs(self.plan.shapes, stmt)
        if shared is not None:
            unit.line(f"{first};")
            first = ""
            together(self, stmt, shared, 2, stop)
        with (
            unit.writer.block(f"for ({first}; {index} < {stop}; ++{index})"),
            self.arena(stmt.body),
        ):
            if stmt in self.asking:
                unit.line(self.asking[stmt])
            self.block(stmt.body)
            self.assign([c.param for c in stmt.carried], stmt.body.yields)

    def along_rows(self, along: Along, stop: str) -> None:
        """What a loop does along rows that are read as they are."""
        unit, values = self.unit, self.values
        rows, stride = tile_rows(unit, along.tile)
        for part in along.parts:
            first = f"{unit.buffer(part.buffer)} + {unit.position(part.buffer, (*part.index[:-1], i64(0)))}"
            if isinstance(part, Dot):
                name = unit.name(part.param)
                total = values.spelling.call("rows_dot", rows, stride, first, stop)
                unit.line(f"{name} = {name} {'-' if part.minus else '+'} {total};")
            else:
                factor = f"{'-' if part.minus else ''}{values.vector(part.factor)}"
                unit.line(f"adfun_rows_add({first}, {rows}, {stride}, {factor}, {stop});")

    def enter(self, loop: For) -> None:
        self.memory.ranges[loop.index] = loop
        self.compute_in_place(loop, "")

    def declare_carried(self, stmt: For) -> None:
        """The mutable locals of a loop inside, with their first values."""
        for item in stmt.carried:
            kind, init = self.values.local_type(item.param), self.values.assigned(item.param, item.init)
            self.unit.line(f"{kind} {self.unit.name(item.param)} = {init};")

    def ragged_loop(self, stmt: For) -> None:
        """A loop whose bounds differ between lanes: it runs until the last lane is through."""
        unit, values, outer = self.unit, self.values, self.mask
        types = values.spelling.types
        left, step, mask = unit.fresh("w"), unit.fresh("k"), unit.fresh("m")
        unit.line(f"const {types[I64]} {left} = {values.vector(stmt.stop)} - {values.vector(stmt.start)};")
        active = f"adfun_select({outer}, {left}, {types[I64]}{{}})" if outer else left
        most = unit.fresh("n")
        unit.line(f"const adfun_i64 {most} = adfun_lanes_imax({active});")
        self.compute_in_place(stmt, mask)
        with (
            unit.writer.block(f"for (adfun_i64 {step} = 0; {step} < {most}; ++{step})"),
            self.arena(stmt.body),
        ):
            inside = f"{step} < {left}"
            unit.line(f"const {types[B1]} {mask} = {f'({inside}) & {outer}' if outer else inside};")
            first, index = unit.term(stmt.start), unit.name(stmt.index)
            if values.uniform(stmt.start):
                unit.line(f"const adfun_i64 {index} = {first} + {step};")
            else:
                unit.line(f"const {types[I64]} {index} = {values.vector(stmt.start)} + {step};")
            self.mask = mask
            self.block(stmt.body)
            self.assign([c.param for c in stmt.carried], stmt.body.yields, mask)
            self.mask = outer

    def assign(self, targets: Sequence[Var], values: Sequence[Operand], mask: str = "") -> None:
        """Assign all carried values at once, in the lanes of the mask."""
        unit = self.unit
        done = unit.targets
        pending = [
            (t, v)
            for t, v in zip(targets, values, strict=True)
            if t is not v and not (v in done and done[v] is t)
        ]
        written: set[Operand] = set()
        kept: dict[Operand, str] = {}
        for target, value in pending:
            if isinstance(value, Var) and value in written and value not in kept:
                kept[value] = unit.fresh("old")
                unit.line(f"const {self.values.local_type(value)} {kept[value]} = {unit.name(value)};")
            written.add(target)
        for target, value in pending:
            text = self.values.assigned(target, value)
            if value in kept:
                text = text.replace(unit.term(value), kept[value])
            if mask:
                text = self.chosen(mask, text, unit.name(target), target.type is B1)
            unit.line(f"{unit.name(target)} = {bare(text)};")

    def branch(self, stmt: If) -> None:
        unit = self.unit
        used = [k for k, r in enumerate(stmt.results) if unit.reads[r]]
        for k in used:
            result = stmt.results[k]
            start = "" if self.values.uniform(result) else " = {}"
            unit.line(f"{self.values.local_type(result)} {unit.name(result)}{start};")
        if self.values.uniform(stmt.cond):
            self.uniform_branch(stmt, used)
            return
        yes = self.narrowed(unit.term(stmt.cond))
        no = self.narrowed(f"~{unit.term(stmt.cond)}")
        for mask, body in ((yes, stmt.then), (no, stmt.orelse)):
            if body.stmts or used:
                self.arm(stmt, body, used, mask)

    def narrowed(self, cond: str) -> str:
        """The lanes that are active and take an arm."""
        name = self.unit.fresh("m")
        kind = self.values.spelling.types[B1]
        self.unit.line(f"const {kind} {name} = {cond}{f' & {self.mask}' if self.mask else ''};")
        return name

    def uniform_branch(self, stmt: If, used: Sequence[int]) -> None:
        """All lanes take the same arm."""
        unit = self.unit
        with unit.writer.block(f"if ({bare(unit.term(stmt.cond))})", "} else {"):
            self.finish_arm(stmt, stmt.then, used)
        with unit.writer.otherwise():
            self.finish_arm(stmt, stmt.orelse, used)

    def finish_arm(self, stmt: If, body: Block, used: Sequence[int]) -> None:
        self.block(body)
        for k in used:
            result = stmt.results[k]
            self.unit.line(f"{self.unit.name(result)} = {self.values.assigned(result, body.yields[k])};")

    def arm(self, stmt: If, body: Block, used: Sequence[int], mask: str) -> None:
        """The statements of one arm for the lanes that take it; skipped if there are none."""
        unit, outer = self.unit, self.mask
        guard = any(not isinstance(s, Let) or s.op.cost >= COSTLY for s in body.stmts)
        self.mask = mask
        with unit.writer.block(f"if (adfun_any({mask}))" if guard else ""):
            self.block(body)
            for k in used:
                name, value = unit.name(stmt.results[k]), self.values.vector(body.yields[k])
                text = self.chosen(mask, value, name, stmt.results[k].type is B1)
                unit.line(f"{name} = {bare(text)};")
        self.mask = outer

    def check(self, stmt: Check) -> None:
        """Fails if it fails in an active lane; the arguments are those of the first such lane."""
        unit, values = self.unit, self.values
        if not self.mask and all(values.uniform(x) for x in (stmt.cond, *stmt.args)):
            self.scalar(unit, stmt)
            return
        number, failed = unit.module.check_number(stmt), unit.fresh("m")
        active = f"{self.mask} & " if self.mask else ""
        unit.line(f"const {values.spelling.types[B1]} {failed} = {active}~{values.vector(stmt.cond)};")
        with unit.writer.block(f"if (ADFUN_UNLIKELY(adfun_any({failed})))"):
            for k, arg in enumerate(stmt.args):
                field = "real" if arg.type is F64 else "integer"
                lane = f"({values.vector(arg)})[adfun_first({failed})]"
                text = unit.term(arg) if values.uniform(arg) else lane
                unit.line(f"ws->error[{k}].{field} = {text};")
            unit.line(f"return {number};")
