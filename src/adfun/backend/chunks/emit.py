"""A loop as a function of its chunks, and the call that runs them.

struct adfun_gr_loop1 { adfun_split split; ... what the loop reads; buffers to add to; carried values };
static adfun_i32 adfun_gr_chunk1(void *, adfun_workspace *ws, adfun_i64 k) { ... iterations of chunk k ... }
"""

from __future__ import annotations

import re
from collections.abc import Callable

from adfun.backend.assembly import Chunk
from adfun.backend.chunks.legal import Split
from adfun.backend.lanes.parts import join
from adfun.backend.lanes.reduction import IDENTITY
from adfun.backend.storage import FAIL, count
from adfun.backend.terms import ELEMENT_BYTES, ELEMENT_TYPE, VALUE_TYPE, bare
from adfun.backend.unit import Unit
from adfun.backend.usage import count_reads
from adfun.ir.nodes import Buffer, Carried, For, Var
from adfun.ir.types import VEC
from adfun.ir.walk import defined, inner_vars, walk, written_within
from adfun.records import dataclass

SHADOW = 48
"""How many doubles the vector of a shadow is worth."""

Iterations = Callable[[Unit, For, str, str], None]
"""Writes a part of a loop, from a start to a stop."""


@dataclass(frozen=True, slots=True)
class Field:
    """What a chunk is given: its type in the struct and its declaration inside."""

    kind: str
    local: str
    name: str


def split_loop(unit: Unit, split: Split, iterations: Iterations) -> None:
    """The function of the chunks, the call, and the sums over chunks; the carried locals hold the results."""
    number = len(unit.functions) + 1
    struct, function = f"adfun_{unit.title}_loop{number}", f"adfun_{unit.title}_chunk{number}"
    body = _body(unit, split, iterations)
    fields = _fields(unit, split, body)
    unit.functions.append(_function(unit, split, struct, function, fields, body))
    _call(unit, split, struct, function, fields)


# -- the function of the chunks -----------------------------------------------------------------


def _body(unit: Unit, split: Split, iterations: Iterations) -> list[str]:
    """The lines of the iterations first .. stop."""
    with unit.function() as writer, writer.block(""):
        iterations(unit, split.loop, "first", "stop")
    return writer.lines[1:-1]


def _fields(unit: Unit, split: Split, body: list[str]) -> list[Field]:
    """What the loop reads of the function around it."""
    loop = split.loop
    written = written_within(loop.body.stmts)
    inside: set[Var | Buffer] = {loop.index, *(item.param for item in loop.carried)}
    for stmt in walk(loop.body.stmts):
        inside.update((*inner_vars(stmt), *defined(stmt)))
    used = set(re.findall(r"\w+", "\n".join(body)))
    fields: dict[str, Field] = {}
    for item in count_reads(loop.body):
        if item in inside or item in split.copied:
            continue
        if isinstance(item, Buffer):
            kind = f"{'' if item in written else 'const '}{ELEMENT_TYPE[item.elem]} *"
            made = [Field(kind, f"{kind}const ADFUN_RESTRICT ", unit.buffer(item))]
        else:
            kind = f"{VALUE_TYPE[item.type]} "
            made = [Field(kind, f"const {kind}", unit.name(item))]
            if item in unit.reciprocals:
                made.append(Field("double ", "const double ", unit.reciprocals[item]))
        fields.update((field.name, field) for field in made if field.name in used)
    for kept in (x for x in unit.kept.values() if x.name in used):
        kind = f"const {kept.kind} *"
        fields[kept.name] = Field(kind, f"{kind}const ADFUN_RESTRICT ", kept.name)
    return list(fields.values())


def _function(
    unit: Unit, split: Split, struct: str, function: str, fields: list[Field], body: list[str]
) -> Chunk:
    with unit.function() as types, types.block(f"struct {struct}", "};"):
        unit.line("adfun_split split;")
        for field in fields:
            unit.line(f"{field.kind}{field.name};")
        for buffer in split.copied:
            name, kind = unit.buffer(buffer), ELEMENT_TYPE[buffer.elem]
            unit.line(f"{kind} *{name}, *{name}_copies;")
            unit.line(f"adfun_i64 {name}_count;")
        for item in split.loop.carried:
            unit.line(f"{VALUE_TYPE[item.param.type]} *{unit.name(item.param)};")
    head = f"adfun_i32 {function}(void *arguments, adfun_workspace *ws, adfun_i64 k)"
    with unit.function() as writer, writer.block(head):
        unit.line(f"const {struct} *const a = (const {struct} *)arguments;")
        unit.line("const adfun_i64 first = a->split.start + k * a->split.step;")
        unit.line("const adfun_i64 stop = adfun_least(first + a->split.step, a->split.stop);")
        for field in fields:
            unit.line(f"{field.local}{field.name} = a->{field.name};")
        _start(unit, split)
        writer.lines += body
        for item in split.loop.carried:
            name = unit.name(item.param)
            unit.line(f"a->{name}[k] = {name};")
        unit.line("return 0;")
    return Chunk(types.text(), head, writer.text())


def _start(unit: Unit, split: Split) -> None:
    """The first chunk goes on from what there is, the others start their own sums."""
    for buffer in split.copied:
        name, kind = unit.buffer(buffer), ELEMENT_TYPE[buffer.elem]
        own = f"a->{name}_copies + (k - 1) * a->{name}_count"
        unit.line(f"{kind} *const ADFUN_RESTRICT {name} = k == 0 ? a->{name} : {own};")
        unit.line(f"if (k > 0) adfun_clear({name}, a->{name}_count, sizeof({kind}));")
    for item, op in zip(split.loop.carried, split.reductions, strict=True):
        name, kind = unit.name(item.param), VALUE_TYPE[item.param.type]
        unit.line(f"{kind} {name} = k == 0 ? a->{name}[0] : {_identity(item, op)};")


def _identity(item: Carried, op: str) -> str:
    return IDENTITY["vadd"] if item.param.type is VEC else IDENTITY[op]


# -- the call -------------------------------------------------------------------------------------


def _call(unit: Unit, split: Split, struct: str, function: str, fields: list[Field]) -> None:
    carried = [unit.name(item.param) for item in split.loop.carried]
    for item, name in zip(split.loop.carried, carried, strict=True):
        unit.line(f"{VALUE_TYPE[item.param.type]} {name}_parts[ADFUN_CHUNKS];")
        unit.line(f"{name}_parts[0] = {bare(unit.term(item.init))};")
    start, stop = unit.term(split.loop.start), unit.term(split.loop.stop)
    sizes = {buffer: count(unit, buffer) for buffer in split.copied}
    plan = unit.plans.get(split.loop)
    shadowed = {buffer for buffer, _ in plan.shadows} if plan is not None else set()
    shared = " + ".join(_doubles(x, size, x in shadowed) for x, size in sizes.items()) or "0"
    given = [
        f"adfun_cut({start}, {stop}, {split.price.text(unit.term)}, {shared})",
        *(f.name for f in fields),
    ]
    for buffer, size in sizes.items():
        given += [unit.buffer(buffer), "nullptr", size]
    given += [f"{name}_parts" for name in carried]
    loop = unit.fresh("loop")
    unit.line(f"{struct} {loop} = {{{', '.join(given)}}};")
    chunks, mark, failed = f"{loop}.split.count", unit.fresh("mark"), unit.fresh("failed")
    if sizes:
        unit.line(f"const adfun_mark {mark} = adfun_top(ws);")
        with unit.writer.block(f"if ({chunks} > 1)"):
            for buffer, size in sizes.items():
                _take(
                    unit, buffer, f"{loop}.{unit.buffer(buffer)}_copies", f"adfun_times({chunks} - 1, {size})"
                )
    unit.line(f"const adfun_i32 {failed} = adfun_run(ws, {function}, &{loop}, {chunks});")
    unit.line(f"if (ADFUN_UNLIKELY({failed} != 0)) return {failed};")
    _add_up(unit, split, loop)
    if sizes:
        unit.line(f"adfun_release(ws, {mark});")


def _take(unit: Unit, buffer: Buffer, name: str, size: str) -> None:
    kind = ELEMENT_TYPE[buffer.elem]
    unit.line(f"{name} = ({kind} *)adfun_take(ws, {size}, sizeof({kind}));")
    unit.line(f"if (ADFUN_UNLIKELY(!{name})) {FAIL}")


def _doubles(buffer: Buffer, size: str, shadowed: bool) -> str:
    """How much is cleared and added up for a chunk; of a shadow every lane."""
    width = ELEMENT_BYTES[buffer.elem] // 8 * (SHADOW if shadowed else 1)
    return size if width <= 1 else f"adfun_times({size}, {width})"


def _add_up(unit: Unit, split: Split, loop: str) -> None:
    """The sums of all chunks, in their order."""
    carried = split.loop.carried
    for item in carried:
        name = unit.name(item.param)
        unit.line(f"{VALUE_TYPE[item.param.type]} {name} = {name}_parts[0];")
    if not carried and not split.copied:
        return
    k, j = unit.fresh("k"), unit.fresh("k")
    if any(op in ("minimum", "maximum") for op in split.reductions):
        unit.module.headers.add("scalar")
    with unit.writer.block(f"for (adfun_i64 {k} = 1; {k} < {loop}.split.count; ++{k})"):
        for item, op in zip(carried, split.reductions, strict=True):
            name = unit.name(item.param)
            unit.line(f"{name} = {join(op, name, f'{name}_parts[{k}]')};")
        for buffer in split.copied:
            name = unit.buffer(buffer)
            size = f"{loop}.{name}_count"
            add = f"{name}[{j}] += {loop}.{name}_copies[({k} - 1) * {size} + {j}];"
            unit.line(f"for (adfun_i64 {j} = 0; {j} < {size}; ++{j}) {add}")
