"""Where a buffer's elements live: the stack, the arena of the workspace, or a growable slot."""

from __future__ import annotations

from adfun.backend.terms import ELEMENT_BYTES, ELEMENT_TYPE
from adfun.backend.unit import Unit
from adfun.ir.nodes import Alloc, Block, Buffer, Build, Const, Function, Grow, If, Index, KernelCall, Stmt
from adfun.ir.walk import blocks

STACK_BYTES = 512
"""The largest buffer that becomes a local array."""

MANY = 20
"""Buffers outside loops for which taking room is inlined: with more of them the compiler needs most of its
time for that, and a call is little beside filling a buffer."""

FAIL = "return ADFUN_NO_MEMORY;"


def constant_size(buffer: Buffer) -> int | None:
    """The number of elements when all sizes are literals."""
    size = 1
    for extent in buffer.shape:
        if not isinstance(extent, Const):
            return None
        size *= max(0, int(extent.value))
    return size


def on_stack(unit: Unit, buffer: Buffer) -> bool:
    """Whether a buffer is small, of known size and dead when its block ends."""
    if buffer in unit.escaping or buffer.storage == "growable":
        return False
    size = constant_size(buffer)
    return unit.on_stack(buffer, None if size is None else size * ELEMENT_BYTES[buffer.elem], STACK_BYTES)


def taken_by_calls(function: Function) -> frozenset[Buffer]:
    """The buffers of a function that calls of functions make: those outside loops, if there are many."""
    found: list[Buffer] = []
    open_blocks = [function.body]
    while open_blocks:
        for stmt in open_blocks.pop().stmts:
            if isinstance(stmt, (Alloc, Build)) and constant_size(stmt.buffer) is None:
                found.append(stmt.buffer)
            elif isinstance(stmt, If):
                open_blocks += blocks(stmt)
    return frozenset(found if len(found) > MANY else ())


def takes_arena(unit: Unit, block: Block) -> bool:
    """Whether running a block once leaves something on the arena (loops inside clean up themselves)."""
    return any(_takes(unit, stmt) for stmt in block.stmts)


def _takes(unit: Unit, stmt: Stmt) -> bool:
    match stmt:
        case Alloc() | Build():
            return stmt.buffer.storage != "growable" and not on_stack(unit, stmt.buffer)
        case KernelCall():
            return any(isinstance(o, Buffer) and not on_stack(unit, o) for o in stmt.outputs)
        case If():
            return takes_arena(unit, stmt.then) or takes_arena(unit, stmt.orelse)
        case _:
            return False


def count(unit: Unit, buffer: Buffer) -> str:
    """The number of elements as an expression that saturates instead of overflowing."""
    return count_of(unit, buffer.shape)


def count_of(unit: Unit, shape: Index) -> str:
    """The product of sizes; saturates."""
    known, unknown = 1, []
    for extent in shape:
        if isinstance(extent, Const):
            known *= max(0, int(extent.value))
        else:
            unknown.append(unit.name(extent))
    if known != 1 or not unknown:
        unknown.append(str(known))
    text = unknown[0]
    for factor in unknown[1:]:
        text = f"adfun_times({text}, {factor})"
    return text


def declare(unit: Unit, buffer: Buffer, zero: bool) -> None:
    """Give a new buffer its storage."""
    kind, name = ELEMENT_TYPE[buffer.elem], unit.buffer(buffer)
    ends = not zero and buffer in unit.padding.rows and buffer not in unit.padding.filled
    if buffer.storage == "growable":
        _declare_growable(unit, buffer, kind, name)
    elif on_stack(unit, buffer):
        length = max(1, constant_size(buffer) or 0)
        unit.line(f"{kind} {name}[{length}]{' = {}' if zero or ends else ''};")
    else:
        size = f"{count(unit, buffer)}, sizeof({kind})"
        called = "_call" if buffer in unit.called else ""
        unit.line(f"{kind} *const ADFUN_RESTRICT {name} = ({kind} *)adfun_take{called}(ws, {size});")
        unit.line(f"if (ADFUN_UNLIKELY(!{name})) {FAIL}")
        if zero:
            unit.line(f"adfun_clear{called}({name}, {size});")
        elif ends:
            unit.line(f"adfun_end_rows({name}, {count(unit, buffer)}, {unit.term(buffer.shape[-1])});")


def _declare_growable(unit: Unit, buffer: Buffer, kind: str, name: str) -> None:
    slot = unit.growable.setdefault(buffer, len(unit.growable))
    unit.line(f"adfun_i64 {name}_room = 0;")
    made = f"adfun_grown(ws, {slot}, {count(unit, buffer)}, sizeof({kind}), &{name}_room)"
    unit.line(f"{kind} *{name} = ({kind} *){made};")
    unit.line(f"if (ADFUN_UNLIKELY(!{name})) {FAIL}")


def grow(unit: Unit, stmt: Grow) -> None:
    """Make a growable buffer large enough."""
    kind, name, size = ELEMENT_TYPE[stmt.buffer.elem], unit.buffer(stmt.buffer), unit.term(stmt.size)
    slot = unit.growable[stmt.buffer]
    with unit.writer.block(f"if (ADFUN_UNLIKELY({size} > {name}_room))"):
        unit.line(f"{name} = ({kind} *)adfun_grown(ws, {slot}, {size}, sizeof({kind}), &{name}_room);")
        unit.line(f"if (!{name}) {FAIL}")
