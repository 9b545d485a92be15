"""Turns the first sums into zeroed buffers into stores, and drops buffers that are copies.

What is stored in full needs no zeros before; nor does a gradient.

    alloc b: f64[n] = 0                 alloc b: f64[n]
    for i in 0..n:                ->    for i in 0..n:
      b[i] += f(x[i])                     b[i] = f(x[i])

    alloc c: f64[n]
    for i in 0..n:                ->    (c is y, a buffer that does not change)
      c[i] = y[i]

The adjoint adds everything up; most of its buffers get only one term for each element.
"""

from __future__ import annotations

from adfun.ir.builder import Builder
from adfun.ir.nodes import Accum, Alloc, Block, Buffer, For, Function, Load, Operand, Stmt, Store, Var
from adfun.ir.walk import Copier, blocks, defined, from_zero, read, written
from adfun.records import dataclass, replace

Path = tuple[Stmt, ...]


@dataclass(slots=True, eq=False)
class _Touch:
    """A statement that reads or changes a buffer, and all that encloses it."""

    stmt: Stmt
    path: Path


def settle(function: Function) -> Function:
    """The same function with fewer sums and copies."""
    found = _Found(function)
    found.block(function.body, ())
    first, same = found.firsts()
    if not first:
        return function
    copier = _Settler(Builder(), first, same)
    yields = copier.block(function.body)
    inputs = [replace(x, zeroed=False) if x.item in copier.unzeroed else x for x in function.inputs]
    return Function(function.name, tuple(inputs), copier.builder.finish(*yields))


class _Found:
    """The zeroed buffers of a function, and everything that touches them."""

    def __init__(self, function: Function) -> None:
        outputs = [
            x.item for x in function.inputs if isinstance(x.item, Buffer) and x.item.storage == "output"
        ]
        self.depth: dict[Buffer, int] = dict.fromkeys(outputs, 0)
        self.touches: dict[Buffer, list[_Touch]] = {buffer: [] for buffer in outputs}
        self.loads: dict[Operand, Load] = {}

    def block(self, block: Block, path: Path) -> None:
        for stmt in block.stmts:
            if isinstance(stmt, Alloc) and stmt.zero and stmt.buffer.storage == "alloc":
                self.depth[stmt.buffer] = len(path)
                self.touches[stmt.buffer] = []
            elif isinstance(stmt, Load) and stmt.buffer.immutable:
                self.loads[stmt.var] = stmt
            for buffer in (*read(stmt), *written(stmt)):
                if buffer in self.touches:
                    self.touches[buffer].append(_Touch(stmt, path))
            inside = blocks(stmt)
            if inside:
                for inner in inside:
                    self.block(inner, (*path, stmt))

    def firsts(self) -> tuple[dict[Stmt, Buffer], dict[Buffer, Buffer]]:
        """The sums and stores that are first, by statement; and the buffers that are copies of others."""
        first: dict[Stmt, Buffer] = {}
        same: dict[Buffer, Buffer] = {}
        for buffer, touches in self.touches.items():
            if touches and self.is_first(buffer, touches):
                first[touches[0].stmt] = buffer
                source = self.copied(buffer, touches) if buffer.storage == "alloc" else None
                if source is not None:
                    same[buffer] = source
        return first, same

    def is_first(self, buffer: Buffer, touches: list[_Touch]) -> bool:
        """Whether the first touch gives every element its first value, before anything else touches it."""
        stmt, path = touches[0].stmt, touches[0].path
        depth = self.depth[buffer]
        if not isinstance(stmt, (Accum, Store)) or not _covers(stmt, path[depth:]):
            return False
        around = path[depth : depth + 1]
        return all(
            touch.path[: len(path)] == path and getattr(touch.stmt, "index", None) == stmt.index
            for touch in touches[1:]
            if around and touch.path[depth : depth + 1] == around
        )

    def copied(self, buffer: Buffer, touches: list[_Touch]) -> Buffer | None:
        """The unchanging buffer whose elements are all that is ever put into this one."""
        stmt = touches[0].stmt
        if not isinstance(stmt, Accum) or any(written(x.stmt) for x in touches[1:]):
            return None
        load = self.loads.get(stmt.value)
        if load is None or load.index != stmt.index or load.buffer.elem is not buffer.elem:
            return None
        agree = all(x is y for x, y in zip(load.buffer.shape, buffer.shape, strict=True))
        return load.buffer if agree and self.lives(load.buffer, touches[0].path, buffer) else None

    def lives(self, source: Buffer, path: Path, buffer: Buffer) -> bool:
        """Whether a buffer is there wherever the other may be read: it is not made inside the nest."""
        nest = path[self.depth[buffer] :]
        return not any(source in _made(loop) for loop in nest)


def _covers(stmt: Accum | Store, nest: Path) -> bool:
    """Whether loops run a statement once for every element of its buffer."""
    sizes: dict[Operand, Operand] = {}
    for loop in nest:
        if not isinstance(loop, For) or not from_zero(loop):
            return False
        sizes[loop.index] = loop.stop
    shape = stmt.buffer.shape
    if not len(nest) == len(stmt.index) == len({*stmt.index}) == len(shape):
        return False
    return all(sizes.get(part) is size for part, size in zip(stmt.index, shape, strict=True))


def _made(loop: Stmt) -> set[Var | Buffer]:
    """What the blocks directly inside a statement define."""
    return {item for block in blocks(loop) for stmt in block.stmts for item in defined(stmt)}


class _Settler(Copier):
    def __init__(self, builder: Builder, first: dict[Stmt, Buffer], same: dict[Buffer, Buffer]) -> None:
        super().__init__(builder)
        self.first = first
        self.same = same
        self.unzeroed = set(first.values())

    def alloc(self, stmt: Alloc) -> None:
        if stmt.buffer not in self.same:
            zero = stmt.zero and stmt.buffer not in self.unzeroed
            super().alloc(Alloc(stmt.buffer, zero, stmt.span))

    def accum(self, stmt: Accum) -> None:
        if stmt not in self.first:
            super().accum(stmt)
            return
        source = self.same.get(stmt.buffer)
        if source is None:
            self.store(Store(stmt.buffer, stmt.index, stmt.value, stmt.span))

    def buffer(self, buffer: Buffer) -> Buffer:
        source = self.same.get(buffer)
        return super().buffer(buffer) if source is None else self.buffer(source)
