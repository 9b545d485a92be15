"""The C++ text of a module: its includes, and two functions for every entry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from adfun.backend.assembly import Assembly
from adfun.backend.chunks.legal import splits
from adfun.backend.entry import Emitted, Entry, FunctionLayout, Layout, Slot
from adfun.backend.exact import Sources, exact_values, lone_products
from adfun.backend.lanes.ahead import Several, make_kept, tiles_of_data, use_kept
from adfun.backend.lanes.cost import Choice, choose, weigh
from adfun.backend.latency import shorten
from adfun.backend.layout import Places, places, sizes_in
from adfun.backend.padding import filled, pad
from adfun.backend.statements import statement
from adfun.backend.steps import in_steps
from adfun.backend.storage import count, taken_by_calls
from adfun.backend.terms import ELEMENT_TYPE, VALUE_TYPE, bare
from adfun.backend.unit import Module, Unit
from adfun.backend.usage import count_reads, crowded
from adfun.backend.waiting import waiting
from adfun.backend.width import NARROW, needs_few
from adfun.ir.nodes import BLOCK, Block, Buffer, Const, Function, Input, Var
from adfun.ir.types import F64, LANES, VEC, Type
from adfun.records import replace

CALL_ARGUMENTS = (
    "const adfun_inputs *in, adfun_workspace *ws, const adfun_slot *state, double *value, double *gradient"
)
MANY = 32
"""Where there are more parameters, what is defined for each stands where it is first used: C++ compilers need
time that grows with the square of the distance, and registers for all of them."""
PREPARE_ARGUMENTS = "const adfun_inputs *in, adfun_workspace *ws, adfun_slot *state"


def emit(entries: Sequence[Entry]) -> Emitted:
    """Write a module; the same entries give the same text."""
    table, module, assembly = places(entries), Module(), Assembly()
    layouts = tuple([_entry(module, table, assembly, entry) for entry in entries])
    headers = ("abi.h", "runtime.h", *(f"{name}.h" for name in sorted(module.headers, key=_rank)))
    every = [x for entry in entries for x in (*(version.entry for version in entry.versions), entry)]
    few = needs_few([f for x in every for f in (x.prepare, x.point, x.call) if f is not None])
    directions = f"#define ADFUN_DIRECTIONS {NARROW}\n" if few else ""
    includes = directions + "".join(f'#include "adfun/{name}"\n' for name in headers)
    layout = Layout(
        tuple(table.params), tuple(table.data), tuple(table.sizes), tuple(table.integers), tuple(table.reals),
        tuple(module.reports), layouts,
    )  # fmt: skip
    return Emitted(f"{includes}\n{assembly.text()}", tuple(module.checks), layout, headers)


def _entry(module: Module, table: Places, assembly: Assembly, entry: Entry) -> FunctionLayout:
    """A function with its versions, if any: then one that calls that for the size at hand."""
    if not entry.versions:
        return _version(module, table, assembly, entry)
    known = {version.length: version.entry for version in entry.versions}
    any_size = replace(entry, name=f"{entry.name}_any", versions=())
    made = [_version(module, table, assembly, version) for version in (*known.values(), any_size)]
    place = sizes_in(table, entry.call.inputs)[entry.versions[0].size]
    cases = {f"case {count}": version.name for count, version in known.items()} | {"default": any_size.name}
    assembly.add_choice(entry.name, "prepare", PREPARE_ARGUMENTS, f"in->ints[{place}]", cases)
    if entry.point is not None:
        assembly.add_choice(entry.name, "point", PREPARE_ARGUMENTS, f"in->ints[{place}]", cases)
    assembly.add_choice(entry.name, "call", CALL_ARGUMENTS, f"in->ints[{place}]", cases)
    slots, growable = max(x.slots for x in made), max(x.growable for x in made)
    return replace(made[-1], name=entry.name, slots=slots, growable=growable)


def _version(module: Module, table: Places, assembly: Assembly, entry: Entry) -> FunctionLayout:
    """The functions of one entry."""
    function = _ordered(entry.call)
    unit = Unit(module, count_reads(function.body), frozenset(), entry.name)
    choice = _analyse(unit, function)
    function, choice = _padded(unit, function, choice)
    tiles = tiles_of_data(entry.prepare, choice.plans.values())
    prepare = _prepare(module, table, entry, tiles)
    assembly.add_prepare(entry.name, PREPARE_ARGUMENTS, prepare.writer.text())
    growable = len(prepare.growable)
    if entry.point is not None:
        point = _point(module, table, entry, entry.point)
        assembly.add_call(point.writer.text(), point.functions)
        growable += len(point.growable)
    call = _call(unit, function, choice, table, entry, tiles)
    assembly.add_call(call.writer.text(), call.functions)
    return FunctionLayout(
        entry.name,
        tuple(_width(y.type) for y in entry.call.body.yields),
        gradient_widths(entry.call),
        _kept_from(entry) + len(tiles),
        growable + len(call.growable),
        entry.unit,
    )


def _rank(header: str) -> tuple[bool, str]:
    """Special functions take on vector forms when the headers of lanes come first."""
    return "/" in header, header


def _analyse(unit: Unit, function: Function) -> Choice:
    """What has to be known of a function before its first line is written."""
    sources = Sources()
    sources.collect(function.body)
    unit.exact = exact_values(sources, through_memory=True)
    unit.lone = lone_products(function.body, exact_values(sources, through_memory=False))
    unit.called = taken_by_calls(function)
    unit.crowded = crowded(function.body)
    choice = weigh(function, unit.reads, unit.padding)
    unit.plans = choice.plans
    return choice


def _padded(unit: Unit, function: Function, choice: Choice) -> tuple[Function, Choice]:
    """The function with longer rows where lanes store to them."""
    function, unit.padding = pad(function, choice.plans)
    if unit.padding.rows:
        unit.reads = count_reads(function.body)
        choice = _analyse(unit, function)
        unit.padding.filled = filled(function, choice.plans, unit.padding)
    return function, choice


def _ordered(function: Function) -> Function:
    """The function with the products of its sequential loops in another order."""
    sources = Sources()
    sources.collect(function.body)
    reads = count_reads(function.body)
    exact = exact_values(sources, through_memory=False)
    return shorten(function, reads, exact, choose(function, reads))


def cycles(function: Function) -> float:
    """Roughly what a call takes, to compare forms of one function."""
    function = _ordered(function)
    choice = weigh(function, count_reads(function.body))
    return choice.cycles + waiting(function.body, choice)


def _width(type: Type) -> int:
    return LANES if type is VEC else 1


def _doubles(entry: Input, param: Input) -> int:
    """Doubles per element of a parameter, in a seed or a gradient: directions are vectors or a last axis."""
    if isinstance(entry.item, Var) or entry.item.elem is VEC:
        return _width(_elem(entry))
    rank = param.item.rank if isinstance(param.item, Buffer) else 0
    width = entry.item.shape[-1] if entry.item.rank > rank else None
    return int(width.value) if isinstance(width, Const) else 1


def _params(function: Function) -> list[Input]:
    return [entry for entry in function.inputs if entry.role == "param"]


def gradient_inputs(function: Function) -> list[Input]:
    """The buffers that together are the flat array `gradient`."""
    return [entry for entry in function.inputs if entry.role in ("gradient", "output")]


def gradient_widths(function: Function) -> tuple[int, ...]:
    """Doubles per parameter of the arrays in `gradient`: one array for each round of parameters."""
    inputs, params = gradient_inputs(function), _params(function)
    return tuple(_doubles(inputs[k], params[0]) for k in range(0, len(inputs), max(1, len(params))))


def _elem(entry: Input) -> Type:
    return entry.item.elem if isinstance(entry.item, Buffer) else entry.item.type


def slot_shape(slot: Slot) -> list[tuple[Var, int]]:
    """The sizes that a prepared buffer brings along: variable of the target, axis."""
    if not isinstance(slot.target.item, Buffer):
        return []
    return [(size, axis) for axis, size in enumerate(slot.target.item.shape) if isinstance(size, Var)]


def slot_count(slots: Iterable[Slot]) -> int:
    """The length of a state: one per slot, and one per size variable of a prepared buffer."""
    return sum(1 + len(slot_shape(slot)) for slot in slots)


def _kept_from(entry: Entry) -> int:
    """Where the tiles of data begin in the state: after all slots."""
    return slot_count((*entry.slots, *entry.behind))


# -- prepare ----------------------------------------------------------------------------------


def _prepare(module: Module, table: Places, entry: Entry, tiles: Sequence[Several]) -> Unit:
    function = entry.prepare
    unit = _leaving(module, function, entry.slots)
    for tile, _ in tiles:
        unit.reads.update((tile.buffer, *(x for x in tile.needs() if isinstance(x, Var))))
    unit.once = True
    _analyse(unit, function)
    with unit.writer.block(f"ADFUN_EXPORT adfun_prepare_{entry.name}({PREPARE_ARGUMENTS})"):
        late = _inputs(unit, table, function.inputs)
        _body(unit, late, function.body)
        make_kept(unit, tiles, _kept_from(entry))
        _leave(unit, entry.slots, 0)
    return unit


def _point(module: Module, table: Places, entry: Entry, function: Function) -> Unit:
    """Like `prepare`, where that has run already."""
    unit = _leaving(module, function, entry.behind)
    _analyse(unit, function)
    with unit.writer.block(f"ADFUN_EXPORT adfun_point_{entry.name}({PREPARE_ARGUMENTS})"):
        late = _inputs(unit, table, function.inputs)
        _slots(unit, entry.slots, function)
        _body(unit, late, function.body)
        _leave(unit, entry.behind, slot_count(entry.slots))
    return unit


def _leaving(module: Module, function: Function, slots: Sequence[Slot]) -> Unit:
    """The unit of a function that leaves slots behind."""
    reads = count_reads(function.body)
    for slot in slots:
        reads[slot.source] += 1
        if isinstance(slot.source, Buffer):
            reads.update(s for s in slot.source.shape if isinstance(s, Var))
    return Unit(module, reads, frozenset(slot.source for slot in slots if isinstance(slot.source, Buffer)))


def _leave(unit: Unit, slots: Sequence[Slot], position: int) -> None:
    """Write slots to the state, from a position on, and return."""
    for slot in slots:
        source = slot.source
        if isinstance(source, Buffer):
            unit.line(f"state[{position}].pointer = (void *){unit.buffer(source)};")
            for _, axis in slot_shape(slot):
                position += 1
                unit.line(f"state[{position}].integer = {unit.term(source.shape[axis])};")
        else:
            field = "real" if source.type is F64 else "integer"
            unit.line(f"state[{position}].{field} = {unit.term(source)};")
        position += 1
    unit.line("return 0;")


# -- call -------------------------------------------------------------------------------------


def _call(
    unit: Unit, function: Function, choice: Choice, table: Places, entry: Entry, tiles: Sequence[Several]
) -> Unit:
    unit.splits = splits(choice, unit.reads)
    head = f"ADFUN_EXPORT adfun_call_{entry.name}({CALL_ARGUMENTS})"
    for buffer in _cleared_alone(function):
        unit.reads.update(size for size in buffer.shape if isinstance(size, Var))
    with unit.writer.block(head):
        late = _inputs(unit, table, function.inputs)
        _slots(unit, (*entry.slots, *entry.behind), function)
        use_kept(unit, tiles, _kept_from(entry))
        _seeds(unit, function.inputs)
        _blocks(unit, table, function.inputs)
        late |= _gradients(unit, table, function)
        starts = [1, *_body(unit, late, function.body)]
        at = 0
        for operand in function.body.yields:
            if operand.type is VEC:
                unit.line(f"*(adfun_vecu *)(value + {at}) = {unit.term(operand)};")
            else:
                unit.line(f"value[{at}] = {bare(unit.term(operand))};")
            at += _width(operand.type)
        unit.line("return 0;")
    lines = unit.writer.lines
    statements = [lines[a:b] for a, b in pairwise([*starts, len(lines) - 1])]
    steps = in_steps(entry.name, head, CALL_ARGUMENTS, statements)
    if steps is not None:
        unit.functions += steps[:-1]
        unit.writer.lines = steps[-1].text.splitlines()
    return unit


def _body(unit: Unit, late: dict[Var | Buffer, str], body: Block) -> list[int]:
    """The statements of a function; each late definition stands before the first one that needs it.

    Returns the line where each starts.
    """
    starts = []
    for stmt in body.stmts:
        starts.append(len(unit.writer.lines))
        if late:
            for item in count_reads(Block((stmt,), ())):
                if item in late:
                    unit.line(late.pop(item))
        statement(unit, stmt)
    starts.append(len(unit.writer.lines))
    for line in late.values():
        unit.line(line)
    return starts


def _inputs(unit: Unit, table: Places, inputs: Sequence[Input]) -> dict[Var | Buffer, str]:
    """Sizes, parameters and data, as far as they are used; of many scalar parameters, lines for later."""
    late: dict[Var | Buffer, str] = {}
    many = sum(e.role == "param" and isinstance(e.item, Var) for e in inputs) > MANY
    for size, place in sizes_in(table, inputs).items():
        if unit.reads[size]:
            unit.line(f"const adfun_i64 {unit.name(size)} = in->ints[{place}];")
    for entry in inputs:
        if not unit.reads[entry.item]:
            continue
        item = entry.item
        if entry.role == "param":
            offset = f"in->offsets[{table.params[entry.name]}]"
            if many and isinstance(item, Var):
                late[item] = f"const double {unit.name(item)} = in->x[{offset}];"
            else:
                _bind(unit, item, f"in->x + {offset}", f"in->x[{offset}]")
        elif entry.role == "data" and isinstance(item, Buffer):
            _bind(unit, item, f"in->data[{table.data[entry.name]}]", None)
        elif entry.role == "data" and isinstance(item, Var):
            is_real = item.type is F64
            place = table.reals[entry.name] if is_real else table.integer_position(entry.name)
            _bind(unit, item, "", f"in->{'reals' if is_real else 'ints'}[{place}]")
    return late


def _bind(unit: Unit, item: Buffer | Var, pointer: str, scalar: str | None) -> None:
    if isinstance(item, Buffer):
        kind = ELEMENT_TYPE[item.elem]
        cast = "" if pointer.startswith("in->x") else f"(const {kind} *)"
        pointer = f"{cast}({pointer})" if cast and " " in pointer else f"{cast}{pointer}"
        unit.line(f"const {kind} *const ADFUN_RESTRICT {unit.buffer(item)} = {pointer};")
    else:
        text = scalar if scalar is not None else f"*(const {ELEMENT_TYPE[item.type]} *)({pointer})"
        unit.line(f"const {VALUE_TYPE[item.type]} {unit.name(item)} = {text};")


def _slots(unit: Unit, slots: Sequence[Slot], function: Function) -> None:
    """Read slots from the state."""
    position = 0
    known = {size for other in function.inputs if other.role in ("param", "data")
             for size in (other.item.shape if isinstance(other.item, Buffer) else ())}  # fmt: skip
    for slot in slots:
        item = slot.target.item
        if unit.reads[item]:
            field = "real" if isinstance(item, Var) and item.type is F64 else "integer"
            _bind(unit, item, f"state[{position}].pointer", f"state[{position}].{field}")
        for size, _ in slot_shape(slot):
            position += 1
            if size not in known and unit.reads[size]:
                unit.line(f"const adfun_i64 {unit.name(size)} = state[{position}].integer;")
            known.add(size)
        position += 1


def _seeds(unit: Unit, inputs: Sequence[Input]) -> None:
    """Directions are laid out as x, so many doubles per parameter as there are directions."""
    params = [entry for entry in inputs if entry.role == "param"]
    for k, entry in enumerate([entry for entry in inputs if entry.role == "seed"]):
        if unit.reads[entry.item]:
            width = _doubles(entry, params[k % len(params)])
            _bind(unit, entry.item, f"in->seed + {_scaled(width, k)[0]}", None)


def _blocks(unit: Unit, table: Places, inputs: Sequence[Input]) -> None:
    """The place of a block of directions in the parameters that ask for it."""
    for entry in inputs:
        if entry.role == "block" and isinstance(entry.item, Var) and unit.reads[entry.item]:
            end, _, param = entry.name.partition("_")
            place = f"in->block[{BLOCK.index(end)}] - in->offsets[{table.params[param]}]"
            unit.line(f"const adfun_i64 {unit.name(entry.item)} = {place};")


def _scaled(factor: int, offset: int) -> list[str]:
    """A multiple of an offset in x; nothing for zero."""
    place = f"in->offsets[{offset}]"
    return [] if factor == 0 else [place if factor == 1 else f"{factor} * {place}"]


def _cleared_alone(function: Function) -> list[Buffer]:
    """What is zeroed by itself in `gradient`, as other arrays there are not: they are stored in full."""
    inputs = gradient_inputs(function)
    full = [x for x in inputs if not x.zeroed and isinstance(x.item, Buffer) and x.item.rank > 0]
    return [x.item for x in inputs if x.zeroed and isinstance(x.item, Buffer)] if full else []


def _gradients(unit: Unit, table: Places, function: Function) -> dict[Var | Buffer, str]:
    """The arrays in `gradient`, zeroed; where there are many, lines for later."""
    late: dict[Var | Buffer, str] = {}
    inputs, params = gradient_inputs(function), len(table.params)
    widths = gradient_widths(function)
    if not inputs:
        return late
    alone = _cleared_alone(function)
    if not alone and any(entry.zeroed for entry in inputs):
        unit.line(f"adfun_clear(gradient, {_scaled(sum(widths), params)[0]}, sizeof(double));")
    for k, entry in enumerate(inputs):
        item = entry.item
        if not isinstance(item, Buffer):
            raise TypeError(f"gradient {entry.name} is not a buffer")
        group, param, kind = k // params, k % params, ELEMENT_TYPE[item.elem]
        offsets = [*_scaled(sum(widths[:group]), params), *_scaled(widths[group], param)]
        place = " + ".join(["gradient", *offsets])
        if item in alone:
            unit.line(f"adfun_clear({place}, {count(unit, item)}, sizeof({kind}));")
        if not unit.reads[item]:
            continue
        place = place if kind == "double" else f"({kind} *)({place})"
        late[item] = f"{kind} *const ADFUN_RESTRICT {unit.buffer(item)} = {place};"
    if len(inputs) > MANY:
        return late
    for line in late.values():
        unit.line(line)
    return {}
