"""A loop in lanes as C++: vector statements for what differs between lanes, plain ones for the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import assert_never

from adfun.backend.lanes.legal import Plan
from adfun.backend.lanes.reduction import IDENTITY
from adfun.backend.lanes.shapes import UNIFORM, Shape, Stride, Varying, is_one
from adfun.backend.lanes.table import OPERATORS, WHOLE, header_of, is_function
from adfun.backend.lanes.tiles import Key, key_of, slab
from adfun.backend.storage import FAIL, constant_size, count, count_of
from adfun.backend.terms import VALUE_TYPE, apply, bare
from adfun.backend.unit import Unit
from adfun.ir.nodes import (
    Accum,
    Alloc,
    Block,
    Buffer,
    Build,
    Check,
    For,
    Grow,
    If,
    Index,
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
from adfun.ir.types import B1, F64, I64, Type
from adfun.ir.walk import walk

VECTOR_TYPE = {F64: "adfun_v", I64: "adfun_l", B1: "adfun_m"}
SCALAR_CAST = {F64: "", I64: "(adfun_i64)", B1: "(bool)"}
COSTLY = 30
"""From this cost on an arm is skipped when no lane takes it."""

Scalar = Callable[[Unit, Stmt], None]


def lane_loop(unit: Unit, plan: Plan, scalar: Scalar) -> None:
    """As many iterations as fill vectors; carried values and the index are left for the rest."""
    index, stop = unit.name(plan.loop.index), unit.term(plan.loop.stop)
    unit.module.headers.add("lanes")
    with unit.writer.block(f"if ({stop} - {index} >= ADFUN_W)"):
        Emitter(unit, plan, scalar).run(index, stop)


class Emitter:
    """Writes the vector part of one loop."""

    def __init__(self, unit: Unit, plan: Plan, scalar: Scalar) -> None:
        self.unit = unit
        self.plan = plan
        self.shapes = plan.shapes
        self.scalar = scalar
        self.mask = ""
        self.registers: dict[tuple[Buffer, Index], str] = {}
        self.shadows: dict[Buffer, str] = {}
        self.tile_names: dict[Key, str] = {}
        self.in_memory: dict[Operand, str] = {}
        """Vectors of integers that were just loaded, and from where."""
        self.mark = ""

    # -- the loop ---------------------------------------------------------------------------

    def run(self, index: str, stop: str) -> None:
        """Partial results per lane, the vector loop, and their sums."""
        unit, loop = self.unit, self.plan.loop
        names = [unit.name(item.param) for item in loop.carried]
        parts: list[str] = []
        for item, op in zip(loop.carried, self.plan.reductions, strict=True):
            parts.append(self.part(item.param.type, op))
            unit.rename(item.param, parts[-1])
        shadows = self.uniform_sums()
        takes = bool(shadows or self.plan.tiles)
        if takes:
            self.mark = unit.fresh("mark")
            unit.line(f"const adfun_mark {self.mark} = adfun_top(ws);")
        for buffer in shadows:
            self.take(buffer, self.shadows[buffer], count(unit, buffer), zero=True)
        for key in self.plan.tiles:
            name = self.tile_names[key] = unit.fresh("tile")
            self.take(key[0], name, count_of(unit, slab(key)), zero=False)
        with (
            unit.writer.block(f"for (; {index} + ADFUN_W <= {stop}; {index} += ADFUN_W)"),
            self.arena(loop.body),
        ):
            self.make_tiles()
            self.block(loop.body)
            self.assign([c.param for c in loop.carried], loop.body.yields)
        for item, op, name, part in zip(loop.carried, self.plan.reductions, names, parts, strict=True):
            unit.rename(item.param, name)
            unit.line(f"{name} = {join(op, name, f'adfun_lanes_{op}({part})')};")
        self.add_up()
        if takes:
            unit.line(f"adfun_release(ws, {self.mark});")

    def make_tiles(self) -> None:
        """Transpose the slabs of this pass."""
        for key, name in self.tile_names.items():
            buffer, head = key
            first = self.unit.position(buffer, (*head, *(i64(0) for _ in slab(key))))
            size = count_of(self.unit, slab(key))
            self.unit.line(f"adfun_tile({name}, {self.unit.buffer(buffer)} + {first}, {size}, {size});")

    def part(self, type: Type, op: str) -> str:
        name = self.unit.fresh("s")
        self.unit.line(f"{VECTOR_TYPE[type]} {name} = adfun_splat({SCALAR_CAST[type]}{IDENTITY[op]});")
        return name

    def uniform_sums(self) -> list[Buffer]:
        """Prepare for `buffer[index] += value` where all lanes have the same element.

        A register collects it when the index is known before the loop; otherwise a shadow of the
        whole buffer, with one vector per element: these are returned.
        """
        for stmt in walk(self.plan.loop.body.stmts):
            if not isinstance(stmt, Accum) or stmt.buffer in self.shapes.local:
                continue
            if self.shapes.position(stmt.buffer, stmt.index) != UNIFORM:
                continue
            key = (stmt.buffer, stmt.index)
            if not self.plan.outside(*stmt.index):
                self.shadows.setdefault(stmt.buffer, self.unit.fresh("shadow"))
            elif key not in self.registers:
                self.registers[key] = self.part(stmt.value.type, "add" if stmt.value.type is F64 else "iadd")
        return list(self.shadows)

    def take(self, buffer: Buffer, name: str, count: str, *, zero: bool) -> None:
        """Vectors on the arena."""
        unit, kind = self.unit, VECTOR_TYPE[buffer.elem]
        unit.line(f"{kind} *const ADFUN_RESTRICT {name} = ({kind} *)adfun_take(ws, {count}, sizeof({kind}));")
        unit.line(f"if (ADFUN_UNLIKELY(!{name})) {FAIL}")
        if zero:
            unit.line(f"adfun_clear({name}, {count}, sizeof({kind}));")

    def add_up(self) -> None:
        """Add the partial sums to the elements they stand for."""
        unit = self.unit
        for (buffer, index), part in self.registers.items():
            op = "add" if buffer.elem is F64 else "iadd"
            unit.line(f"{unit.element(buffer, index)} += adfun_lanes_{op}({part});")
        for buffer, name in self.shadows.items():
            op, k = "add" if buffer.elem is F64 else "iadd", unit.fresh("k")
            with unit.writer.block(f"for (adfun_i64 {k} = 0; {k} < {count(unit, buffer)}; ++{k})"):
                unit.line(f"{unit.buffer(buffer)}[{k}] += adfun_lanes_{op}({name}[{k}]);")

    # -- operands ---------------------------------------------------------------------------

    def shape(self, operand: Operand) -> Shape:
        return self.shapes.shape(operand)

    def vector(self, operand: Operand) -> str:
        """An operand as a vector."""
        shape = self.shape(operand)
        text = self.unit.term(operand)
        if isinstance(shape, Varying):
            return text
        if shape == UNIFORM:
            return f"adfun_splat({SCALAR_CAST[operand.type]}{text})"
        return f"adfun_iota({text}, {self.stride(shape)})"

    def mixed(self, operand: Operand) -> str:
        """An operand for an operator whose other side is a vector."""
        return self.unit.term(operand) if self.shape(operand) == UNIFORM else self.vector(operand)

    def stride(self, stride: Stride) -> str:
        """A stride as C++."""
        terms = []
        for variables, factor in stride.items():
            names = [self.unit.name(v) for v in variables]
            terms.append(" * ".join([*([str(factor)] if factor != 1 or not names else []), *names]))
        return " + ".join(terms)

    def positions(self, buffer: Buffer, index: Index) -> str:
        """The positions of all lanes as an integer vector, or where they stand in memory."""
        if len(index) == 1 and index[0] in self.in_memory:
            return self.in_memory[index[0]]
        text = self.vector(index[0])
        if len(index) == buffer.rank:
            for size, part in zip(buffer.shape[1:], index[1:], strict=True):
                text = f"({text} * {self.unit.term(size)} + {self.mixed(part)})"
        return bare(text)

    # -- statements -------------------------------------------------------------------------

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
                self.alloc(stmt)
            case Store():
                self.store(stmt)
            case Accum():
                self.accum(stmt)
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

    def define(self, var: Var, text: str) -> None:
        self.unit.line(f"const {VECTOR_TYPE[var.type]} {self.unit.name(var)} = {bare(text)};")

    def let(self, stmt: Let) -> None:
        if not self.shapes.varying(stmt.var):
            self.scalar(self.unit, stmt)
            return
        self.unit.mark_line(stmt.span)
        name = stmt.op.name
        if name in OPERATORS:
            both = all(not self.shapes.varying(x) for x in stmt.args)
            form = self.vector if both else self.mixed
            self.define(stmt.var, OPERATORS[name].format(*[form(x) for x in stmt.args]))
        elif name in WHOLE:
            self.define(stmt.var, WHOLE[name].format(*[self.vector(x) for x in stmt.args]))
        elif name == "select":
            self.define(stmt.var, self.select(*stmt.args))
        elif is_function(stmt.op):
            header = header_of(stmt.op)
            if header is not None:
                self.unit.module.headers |= {"lanemath", header}
            self.define(stmt.var, f"adfun_{name}({', '.join(self.vector(x) for x in stmt.args)})")
        else:
            self.each_lane(stmt)

    def select(self, cond: Operand, yes: Operand, no: Operand) -> str:
        if self.shape(cond) == UNIFORM:
            return f"({self.unit.term(cond)} ? {self.vector(yes)} : {self.vector(no)})"
        if yes.type is B1:
            test = self.unit.term(cond)
            return f"(({test} & {self.vector(yes)}) | (~{test} & {self.vector(no)}))"
        return f"adfun_select({self.unit.term(cond)}, {self.vector(yes)}, {self.vector(no)})"

    def each_lane(self, stmt: Let) -> None:
        """A primitive without a vector form, lane by lane."""
        unit, name = self.unit, self.unit.name(stmt.var)
        if stmt.op.header is not None:
            unit.module.headers.add(stmt.op.header)
        args = []
        for arg in stmt.args:
            if self.shape(arg) == UNIFORM:
                args.append(unit.term(arg))
            elif self.shapes.varying(arg):
                args.append(f"{unit.term(arg)}[l]")
            else:
                temporary = unit.fresh("w")
                unit.line(f"const adfun_l {temporary} = {self.vector(arg)};")
                args.append(f"{temporary}[l]")
        text = apply(stmt.op, args)
        text = f"-(adfun_i64){text}" if stmt.var.type is B1 else bare(text)
        unit.line(f"{VECTOR_TYPE[stmt.var.type]} {name};")
        unit.line(f"ADFUN_EACH(l) {name}[l] = {text};")

    # -- memory -----------------------------------------------------------------------------

    def alloc(self, stmt: Alloc) -> None:
        """A private buffer: one vector per element."""
        unit, buffer = self.unit, stmt.buffer
        kind, name = VECTOR_TYPE[buffer.elem], unit.buffer(buffer)
        size = constant_size(buffer)
        if size is not None and size * 64 <= PRIVATE_STACK_BYTES:
            unit.line(f"{kind} {name}[{max(1, size)}]{' = {}' if stmt.zero else ''};")
            return
        self.take(buffer, name, count(unit, buffer), zero=stmt.zero)

    @contextmanager
    def arena(self, body: Block) -> Iterator[None]:
        """What one pass takes from the arena it gives back."""
        takes = any(isinstance(s, Alloc) and not self.on_stack(s.buffer) for s in walk(body.stmts))
        if not takes:
            yield
            return
        mark = self.unit.fresh("mark")
        self.unit.line(f"const adfun_mark {mark} = adfun_top(ws);")
        yield
        self.unit.line(f"adfun_release(ws, {mark});")

    def on_stack(self, buffer: Buffer) -> bool:
        size = constant_size(buffer)
        return size is not None and size * 64 <= PRIVATE_STACK_BYTES

    def load(self, stmt: Load) -> None:
        unit, buffer = self.unit, stmt.buffer
        if not self.shapes.varying(stmt.var):
            self.scalar(unit, stmt)
            return
        unit.mark_line(stmt.span)
        if buffer in self.shapes.local:
            self.define(stmt.var, unit.element(buffer, stmt.index))
            return
        text = self.read(buffer, stmt.index)
        if buffer.elem is I64 and buffer.immutable and text.startswith("adfun_load(") and not self.mask:
            self.in_memory[stmt.var] = text[len("adfun_load(") : -1]
        self.define(stmt.var, text)

    def read(self, buffer: Buffer, index: Index) -> str:
        """The elements of all lanes as a vector."""
        unit = self.unit
        key = key_of(self.shapes, buffer, index)
        if key is not None and key in self.tile_names:
            return f"{self.tile_names[key]}[{unit.flat(slab(key), index[len(key[1]) :])}]"
        shape, name = self.shapes.position(buffer, index), unit.buffer(buffer)
        mask = f"{self.mask}, " if self.mask else ""
        if isinstance(shape, Varying):
            return f"adfun_gather({mask}{name}, {self.positions(buffer, index)})"
        at = f"{name} + {unit.position(buffer, index)}"
        if is_one(shape):
            return f"adfun_load({mask}{at})"
        return f"adfun_strided({mask}{at}, {self.stride(shape)})"

    def store(self, stmt: Store) -> None:
        unit, buffer, value = self.unit, stmt.buffer, self.vector(stmt.value)
        if buffer in self.shapes.local:
            target = unit.element(buffer, stmt.index)
            text = f"adfun_select({self.mask}, {value}, {target})" if self.mask else value
            unit.line(f"{target} = {text};")
            return
        shape, name = self.shapes.position(buffer, stmt.index), unit.buffer(buffer)
        if is_one(shape) and not self.mask:
            unit.line(f"adfun_store({name} + {unit.position(buffer, stmt.index)}, {value});")
        else:
            self.scatter("adfun_scatter", buffer, stmt.index, value)

    def scatter(self, function: str, buffer: Buffer, index: Index, value: str) -> None:
        mask = f"{self.mask}, " if self.mask else ""
        where = self.positions(buffer, index)
        self.unit.line(f"{function}({mask}{self.unit.buffer(buffer)}, {where}, {value});")

    def accum(self, stmt: Accum) -> None:
        unit, buffer = self.unit, stmt.buffer
        shape = self.shapes.position(buffer, stmt.index)
        private = buffer in self.shapes.local
        if not private and shape != UNIFORM and (self.mask or not is_one(shape)):
            self.scatter("adfun_scatter_add", buffer, stmt.index, self.vector(stmt.value))
            return
        value = self.vector(stmt.value)
        if self.mask:
            value = f"adfun_select({self.mask}, {value}, {VECTOR_TYPE[stmt.value.type]}{{}})"
        if private:
            unit.line(f"{unit.element(buffer, stmt.index)} += {value};")
        elif (buffer, stmt.index) in self.registers:
            unit.line(f"{self.registers[buffer, stmt.index]} += {value};")
        elif shape == UNIFORM:
            unit.line(f"{self.shadows[buffer]}[{unit.position(buffer, stmt.index)}] += {value};")
        else:
            at = f"{unit.buffer(buffer)} + {unit.position(buffer, stmt.index)}"
            unit.line(f"adfun_store({at}, adfun_load({at}) + {value});")

    # -- control ----------------------------------------------------------------------------

    def local(self, var: Var) -> str:
        """The type of a mutable local."""
        return VECTOR_TYPE[var.type] if self.shapes.shape(var) else VALUE_TYPE[var.type]

    def value(self, target: Var, operand: Operand) -> str:
        """An operand as the target holds it."""
        return self.vector(operand) if self.shapes.shape(target) else bare(self.unit.term(operand))

    def loop_inside(self, stmt: For) -> None:
        """A loop that all lanes run together."""
        unit = self.unit
        for item in stmt.carried:
            unit.line(
                f"{self.local(item.param)} {unit.name(item.param)} = {self.value(item.param, item.init)};"
            )
        index, start, stop = unit.name(stmt.index), unit.term(stmt.start), unit.term(stmt.stop)
        head = f"for (adfun_i64 {index} = {start}; {index} < {stop}; ++{index})"
        with unit.writer.block(head), self.arena(stmt.body):
            self.block(stmt.body)
            self.assign([c.param for c in stmt.carried], stmt.body.yields)
        for item in stmt.carried:
            unit.rename(item.result, unit.name(item.param))

    def assign(self, targets: Sequence[Var], values: Sequence[Operand]) -> None:
        """Assign all carried values at once."""
        unit = self.unit
        pending = [(t, v) for t, v in zip(targets, values, strict=True) if t is not v]
        written: set[Operand] = set()
        kept: dict[Operand, str] = {}
        for target, value in pending:
            if isinstance(value, Var) and value in written and value not in kept:
                kept[value] = unit.fresh("old")
                unit.line(f"const {self.local(value)} {kept[value]} = {unit.name(value)};")
            written.add(target)
        for target, value in pending:
            text = self.value(target, value)
            if value in kept:
                text = text.replace(unit.term(value), kept[value])
            unit.line(f"{unit.name(target)} = {text};")

    def branch(self, stmt: If) -> None:
        unit = self.unit
        used = [k for k, r in enumerate(stmt.results) if unit.reads[r]]
        for k in used:
            result = stmt.results[k]
            unit.line(
                f"{self.local(result)} {unit.name(result)}{' = {}' if self.shapes.shape(result) else ''};"
            )
        if self.shape(stmt.cond) == UNIFORM:
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
        self.unit.line(f"const adfun_m {name} = {cond}{f' & {self.mask}' if self.mask else ''};")
        return name

    def uniform_branch(self, stmt: If, used: Sequence[int]) -> None:
        unit = self.unit
        with unit.writer.block(f"if ({bare(unit.term(stmt.cond))})", "} else {"):
            self.finish_arm(stmt, stmt.then, used)
        with unit.writer.otherwise():
            self.finish_arm(stmt, stmt.orelse, used)

    def finish_arm(self, stmt: If, body: Block, used: Sequence[int]) -> None:
        self.block(body)
        for k in used:
            result = stmt.results[k]
            self.unit.line(f"{self.unit.name(result)} = {self.value(result, body.yields[k])};")

    def arm(self, stmt: If, body: Block, used: Sequence[int], mask: str) -> None:
        """The statements of one arm for the lanes that take it."""
        unit, outer = self.unit, self.mask
        guard = any(not isinstance(s, Let) or s.op.cost >= COSTLY for s in body.stmts)
        self.mask = mask
        with unit.writer.block(f"if (adfun_any({mask}))" if guard else ""):
            self.block(body)
            for k in used:
                result = stmt.results[k]
                name, value = unit.name(result), self.vector(body.yields[k])
                if result.type is B1:
                    unit.line(f"{name} = ({mask} & {value}) | (~{mask} & {name});")
                else:
                    unit.line(f"{name} = adfun_select({mask}, {value}, {name});")
        self.mask = outer

    def check(self, stmt: Check) -> None:
        if self.shape(stmt.cond) == UNIFORM and not self.mask:
            self.scalar(self.unit, stmt)
            return
        unit = self.unit
        number = unit.module.check_number(stmt)
        failed = unit.fresh("m")
        active = f"{self.mask} & " if self.mask else ""
        unit.line(f"const adfun_m {failed} = {active}~{self.vector(stmt.cond)};")
        with unit.writer.block(f"if (ADFUN_UNLIKELY(adfun_any({failed})))"):
            for k, arg in enumerate(stmt.args):
                field = "real" if arg.type is F64 else "integer"
                text = (
                    unit.term(arg)
                    if self.shape(arg) == UNIFORM
                    else f"({self.vector(arg)})[adfun_first({failed})]"
                )
                unit.line(f"ws->error[{k}].{field} = {text};")
            unit.line(f"return {number};")


PRIVATE_STACK_BYTES = 4096


def join(op: str, x: str, y: str) -> str:
    """Two scalars combined by a reduction."""
    match op:
        case "add" | "iadd":
            return f"{x} + {y}"
        case "mul" | "imul":
            return f"{x} * {y}"
        case "imin":
            return f"{x} < {y} ? {x} : {y}"
        case "imax":
            return f"{x} > {y} ? {x} : {y}"
        case "band":
            return f"{x} & {y}"
        case "bor":
            return f"{x} | {y}"
        case _:
            return f"adfun_{op}({x}, {y})"
