"""Checks that a function keeps the rules of the IR (the docstring of `nodes`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

from adfun.diagnostics.internal import InternalError, assert_never
from adfun.diagnostics.spans import NOWHERE
from adfun.ir.nodes import (
    Accum,
    Alloc,
    Block,
    Buffer,
    Build,
    Check,
    Const,
    For,
    Function,
    Grow,
    If,
    Index,
    Input,
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
from adfun.ir.printer import show, show_stmt
from adfun.ir.types import B1, I64, Type
from adfun.ir.walk import defined


def check(function: Function, stage: str = "") -> Function:
    """The function itself, when it is well formed; otherwise InternalError names the statement."""
    checker = _Checker(function, stage)
    checker.inputs()
    checker.block(function.body)
    return function


class _Checker:
    def __init__(self, function: Function, stage: str) -> None:
        self.function = function
        self.stage = stage
        self.current: Stmt | None = None
        self.visible: set[Var | Buffer] = set()
        self.ever: set[Var | Buffer] = set()
        self.filled: dict[Buffer, tuple[Block | None, set[Index]]] = {}
        """Built buffers, the block whose stores fill them, and where."""
        self.inside: Block | None = None

    # -- failing ---------------------------------------------------------------------------

    def fail(self, rule: str) -> NoReturn:
        stmt = self.current
        where = f"\n  in: {show_stmt(stmt)}" if stmt is not None else ""
        span = stmt.span if stmt is not None else NOWHERE
        raise InternalError(rule + where, span, self.stage, show(self.function))

    def require(self, holds: bool, rule: str) -> None:
        if not holds:
            self.fail(rule)

    # -- scopes ----------------------------------------------------------------------------

    @contextmanager
    def scope(self, *items: Var | Buffer) -> Iterator[None]:
        outer = self.visible
        self.visible = set(outer)
        self.define(items)
        yield
        self.visible = outer

    def define(self, items: Sequence[Var | Buffer]) -> None:
        for item in items:
            self.require(item not in self.ever, f"{item!r} is defined twice")
            self.ever.add(item)
            self.visible.add(item)

    def use(self, operands: Sequence[Operand | Buffer]) -> None:
        for operand in operands:
            if not isinstance(operand, Const):
                self.require(operand in self.visible, f"{operand!r} is not visible here")

    def typed(self, operands: Sequence[Operand], types: Sequence[Type]) -> None:
        self.use(operands)
        found = tuple(x.type for x in operands)
        self.require(found == tuple(types), f"types {found} where {tuple(types)} belong")

    # -- function and blocks ---------------------------------------------------------------

    def inputs(self) -> None:
        for size in self.function.dimensions():
            self.require(size.type is I64, "a dimension is not i64")
            self.define([size])
        for entry in self.function.inputs:
            self.input(entry)

    def input(self, entry: Input) -> None:
        item = entry.item
        if isinstance(item, Var) and item in self.visible:
            return  # a scalar input that is the size of another input as well
        self.define([item])
        if isinstance(item, Buffer):
            storage = "output" if entry.role in ("gradient", "output") else "input"
            self.require(item.storage == storage, f"{entry.role} {entry.name!r} has storage {item.storage}")

    def block(self, block: Block, types: Sequence[Type] | None = None) -> None:
        outer, self.inside = self.inside, block
        for stmt in block.stmts:
            self.current = stmt
            self.stmt(stmt)
            self.current = stmt
            self.define(defined(stmt))
        self.inside = outer
        self.use(block.yields)
        if types is not None:
            found = tuple(x.type for x in block.yields)
            self.require(found == tuple(types), f"a block yields {found} where {tuple(types)} belong")

    # -- statements ------------------------------------------------------------------------

    def stmt(self, stmt: Stmt) -> None:
        match stmt:
            case Let():
                self.let(stmt)
            case Load():
                self.element(stmt.buffer, stmt.index)
                self.require(stmt.var.type is stmt.buffer.elem, "a Load of another type")
            case Store() | Accum():
                self.write(stmt)
            case Build():
                self.build(stmt)
            case Alloc():
                self.alloc(stmt.buffer)
            case Grow():
                self.use([stmt.buffer])
                self.require(stmt.buffer.storage == "growable", "Grow of a buffer that is not growable")
                self.typed([stmt.size], [I64])
            case For():
                self.for_(stmt)
            case While():
                self.while_(stmt)
            case If():
                self.if_(stmt)
            case Check():
                self.typed([stmt.cond], [B1])
                self.use(stmt.args)
            case KernelCall():
                self.call(stmt)
            case Report():
                self.use([stmt.value])
            case _:
                assert_never(stmt)

    def let(self, stmt: Let) -> None:
        if stmt.op.name != "select":
            self.typed(stmt.args, stmt.op.args)
            self.require(stmt.var.type is stmt.op.result, "a Let of another type than its primitive's")
            return
        self.require(len(stmt.args) == 3, "select takes three operands")
        type = stmt.var.type
        self.typed(stmt.args, (B1, type, type))

    def element(self, buffer: Buffer, index: Index) -> None:
        self.use([buffer])
        self.require(len(index) in (1, buffer.rank), f"index of length {len(index)}, rank {buffer.rank}")
        self.typed(index, (I64,) * len(index))

    def write(self, stmt: Store | Accum) -> None:
        buffer = stmt.buffer
        self.element(buffer, stmt.index)
        self.typed([stmt.value], [buffer.elem])
        self.require(buffer.storage != "input", "an input is changed")
        if buffer.storage == "built":
            block, places = self.filled.setdefault(buffer, (self.inside, set()))
            once = isinstance(stmt, Store) and block is self.inside and stmt.index not in places
            self.require(once, "a built buffer is changed after it was built")
            places.add(stmt.index)

    def shape(self, buffer: Buffer) -> None:
        self.typed(buffer.shape, (I64,) * buffer.rank)

    def build(self, stmt: Build) -> None:
        self.shape(stmt.buffer)
        self.require(stmt.buffer.storage == "built", "a Build of a buffer that is not built")
        self.require(len(stmt.indices) == stmt.buffer.rank, "a Build needs one index per axis")
        self.filled[stmt.buffer] = (None, set())
        with self.scope(*stmt.indices):
            self.block(stmt.body, [stmt.buffer.elem])

    def alloc(self, buffer: Buffer) -> None:
        self.shape(buffer)
        self.require(buffer.storage in ("alloc", "growable", "built"), f"Alloc of storage {buffer.storage}")
        self.require(buffer.storage != "growable" or buffer.rank == 1, "a growable buffer has rank 1")

    def for_(self, stmt: For) -> None:
        self.typed([stmt.start, stmt.stop], [I64, I64])
        types = [c.init.type for c in stmt.carried]
        self.use([c.init for c in stmt.carried])
        with self.scope(stmt.index, *(c.param for c in stmt.carried)):
            self.block(stmt.body, types)
        self.carried(stmt, types)

    def while_(self, stmt: While) -> None:
        types = [c.init.type for c in stmt.carried]
        self.use([c.init for c in stmt.carried])
        with self.scope(*(c.param for c in stmt.carried)):
            params = self.visible
            self.visible = set(params)
            self.block(stmt.cond, [B1])
            self.visible = params
            self.block(stmt.body, types)
        self.carried(stmt, types)

    def carried(self, stmt: For | While, types: Sequence[Type]) -> None:
        self.current = stmt
        for c, type in zip(stmt.carried, types, strict=True):
            self.require(c.param.type is type and c.result.type is type, "a carried value changes its type")

    def if_(self, stmt: If) -> None:
        self.typed([stmt.cond], [B1])
        types = [v.type for v in stmt.results]
        for arm in (stmt.then, stmt.orelse):
            with self.scope():
                self.block(arm, types)

    def call(self, stmt: KernelCall) -> None:
        self.use(stmt.inputs)
        for output in stmt.outputs:
            if isinstance(output, Buffer):
                self.shape(output)
                self.require(output.storage == "built", "a kernel fills built buffers")
                self.filled[output] = (None, set())
