"""A loop run for what it counts alone: what it stores goes to copies, what it reports is dropped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from adfun.frontend import specs
from adfun.frontend.arrays import loops
from adfun.frontend.arrays.writing import every
from adfun.frontend.stage import Stage
from adfun.ir.nodes import (
    Accum,
    Alloc,
    Block,
    Buffer,
    Build,
    For,
    Grow,
    If,
    KernelCall,
    Load,
    Report,
    Stmt,
    Store,
    While,
)
from adfun.records import replace


@contextmanager
def undone(stage: Stage, *keep: object) -> Iterator[None]:
    """Mutable values get back what they held, but for those to keep."""
    before, stage.journal = stage.journal, []
    try:
        yield
    finally:
        journal, stage.journal = stage.journal, before
        for cell, state in reversed(journal):
            if not any(cell is k for k in keep):
                specs.set_state(stage, cell, state)


def store_in_copies(stage: Stage, loop: Stmt) -> None:
    """Replace a loop of the innermost block by one that changes copies of the buffers."""
    builder = stage.builder
    stmts = builder.scopes[-1].stmts
    place = next(k for k in range(len(stmts) - 1, -1, -1) if stmts[k] is loop)
    after = stmts[place + 1 :]
    del stmts[place:]
    inside = list(every([loop]))
    own = {s.buffer for s in inside if isinstance(s, Alloc | Build)}
    changed = {s.buffer: None for s in inside if isinstance(s, Store | Accum) and s.buffer not in own}
    copies = {buffer: _copy(stage, buffer) for buffer in changed}
    stmts += [_redirected(loop, copies), *after]


def _copy(stage: Stage, buffer: Buffer) -> Buffer:
    builder = stage.builder
    copy = builder.alloc(buffer.elem, buffer.shape, zero=False, hint="dry")
    loops.for_each(stage, buffer.shape, lambda i: builder.store(copy, i, builder.load(buffer, i)))
    return copy


def _redirected(stmt: Stmt, copies: Mapping[Buffer, Buffer]) -> Stmt:
    def block(old: Block) -> Block:
        return Block(
            tuple(_redirected(s, copies) for s in old.stmts if not isinstance(s, Report)), old.yields
        )

    match stmt:
        case Load() | Store() | Accum() | Grow():
            return replace(stmt, buffer=copies.get(stmt.buffer, stmt.buffer))
        case For() | Build():
            return replace(stmt, body=block(stmt.body))
        case While():
            return replace(stmt, cond=block(stmt.cond), body=block(stmt.body))
        case If():
            return replace(stmt, then=block(stmt.then), orelse=block(stmt.orelse))
        case KernelCall():
            inputs = tuple(copies.get(x, x) if isinstance(x, Buffer) else x for x in stmt.inputs)
            return replace(stmt, inputs=inputs)
        case _:
            return stmt
