"""Emits IR, and keeps it small while it does: constants fold, equal values are shared, and what
does not change inside a loop is emitted outside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

import numpy as np

from adfun.diagnostics.spans import NOWHERE, Span
from adfun.ir.nodes import (
    Accum,
    Alloc,
    Block,
    Buffer,
    Build,
    Carried,
    Check,
    Const,
    Error,
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
    constant,
)
from adfun.ir.rows import Kernel, Primitive
from adfun.ir.types import I64, VEC, Type

ScopeKind = Literal["body", "loop", "arm"]
"""What may be emitted outside a scope: anything pure leaves a loop, only i64 arithmetic an arm."""


class Scope:
    """A block under construction."""

    __slots__ = ("depth", "kind", "stmts")

    def __init__(self, kind: ScopeKind, depth: int) -> None:
        self.kind = kind
        self.depth = depth
        self.stmts: list[Stmt] = []


class Builder:
    """A stack of open blocks; every method emits into the innermost one (or further out)."""

    def __init__(self, *, exact: bool = False) -> None:
        self.exact = exact
        """Loads of mutable buffers are shared across blocks: whoever opens a loop must first `touch`
        the buffers that it changes, as `Copier` does."""
        self.scopes: list[Scope] = [Scope("body", 0)]
        self.span: Span = NOWHERE
        self.definition: dict[Operand, Let] = {}
        """What computed a variable: algebraic identities look one step back."""
        self._known: dict[object, tuple[Scope, Operand]] = {}
        """Values already computed, and where, by what computed them; in one table, however deep."""
        self._home: dict[Var | Buffer, Scope] = {}
        self._epoch: dict[Buffer, int] = {}
        """How often something has been stored in a buffer."""
        self._elsewhere: dict[Buffer, int] = {}
        """How often at a place that may be any."""
        self._clock = 0
        self.makers: dict[Buffer, Kernel] = {}
        """The kernels that have made buffers."""

    # -- blocks ---------------------------------------------------------------------------

    @contextmanager
    def block(self, kind: ScopeKind) -> Iterator[Scope]:
        """Open a block: statements emitted inside the `with` are collected in its `stmts`.

        An exception inside drops the block, and everything in it.
        """
        height = len(self.scopes)
        scope = Scope(kind, height)
        self.scopes.append(scope)
        self._clock += 1  # loads of mutable buffers are not shared across a block's border
        try:
            yield scope
        finally:
            del self.scopes[height:]
            self._clock += 1

    @contextmanager
    def reopen(self, scope: Scope) -> Iterator[None]:
        """Emit at the end of a block that was collected and is not yet part of a statement."""
        self.scopes.append(scope)
        self._clock += 1
        try:
            yield
        finally:
            self.scopes.pop()
            self._clock += 1

    def declare(self, *items: Var | Buffer) -> None:
        """Make variables known that a header defines (loop indices, carried values)."""
        for item in items:
            self._home[item] = self.scopes[-1]

    def forget(self) -> None:
        """Share nothing that was computed before: statements were taken back."""
        self._known.clear()
        self._clock += 1

    def depth_of(self, operand: Operand | Buffer) -> int:
        """The number of the open block that defines an operand; 0 for constants and inputs."""
        home = None if isinstance(operand, Const) else self._home.get(operand)
        return 0 if home is None else home.depth

    def is_open(self, item: Var | Buffer) -> bool:
        """Whether the block that defines an item is still open, so that the item may be used."""
        home = self._home.get(item)
        return home is None or self._is_open(home)

    def _is_open(self, scope: Scope) -> bool:
        return scope.depth < len(self.scopes) and self.scopes[scope.depth] is scope

    @contextmanager
    def further_out(self, needed: Sequence[Operand]) -> Iterator[None]:
        """What is emitted inside goes as far out as these operands are known."""
        scopes, depth = self.scopes, max([self.depth_of(x) for x in needed], default=0)
        self.scopes = scopes[: self._outward(depth, laziness=False) + 1]
        try:
            yield
        finally:
            self.scopes = scopes

    def emit(self, stmt: Stmt) -> None:
        """Append a statement as it is to the innermost block."""
        self.scopes[-1].stmts.append(stmt)

    # -- scalars --------------------------------------------------------------------------

    def op(self, primitive: Primitive, *args: Operand, hint: str = "") -> Operand:
        """Apply a primitive: folded, simplified, shared or emitted as far out as it may be."""
        if primitive.simplify is not None:
            simpler = primitive.simplify(self, args)
            if simpler is not None:
                return simpler
        folded = _fold(primitive, args)
        if folded is not None:
            return folded
        shared = self.shared(primitive, *args)
        if shared is not None:
            return shared
        type = primitive.result
        if primitive.name == "select":
            type = args[1].type
        level = self._level(args, type)
        var = Var(type, hint)
        scope = self.scopes[level]
        self._home[var] = scope
        let = Let(var, primitive, args, self.span)
        self.definition[var] = let
        scope.stmts.append(let)
        self._known[_application(primitive, args)] = scope, var
        return var

    def shared(self, primitive: Primitive, *args: Operand) -> Operand | None:
        """The result of an application that was emitted before and may be used here."""
        return self._lookup(_application(primitive, args))

    def load(
        self, buffer: Buffer, index: Sequence[Operand], hint: str = "", safe_level: int | None = None
    ) -> Operand:
        """Read one element; `index` has the buffer's rank, or one row-major position.

        `safe_level`: the number of the outermost open block where the index is known to be in range;
        an immutable buffer is then read as far out as an arithmetic value would be.
        """
        key = self._element(buffer, index)
        shared = self._lookup(key)
        if shared is not None:
            return shared
        level = len(self.scopes) - 1
        if safe_level is not None and buffer.immutable:
            level = self._outward(max(safe_level, self.depth_of(buffer)), laziness=True)
        var = Var(buffer.elem, hint or buffer.hint)
        scope = self.scopes[level]
        self._home[var] = scope
        scope.stmts.append(Load(var, buffer, tuple(index), self.span))
        self._known[key] = scope, var
        return var

    def known(self, buffer: Buffer, index: Sequence[Operand]) -> Operand | None:
        """The present value of an element, when it was loaded or stored here before."""
        return self._lookup(self._element(buffer, index))

    def untouched(self, buffer: Buffer) -> bool:
        """Whether a buffer is as it was allocated; only an exact builder can tell."""
        return self.exact and buffer not in self._epoch

    def _element(self, buffer: Buffer, index: Sequence[Operand]) -> object:
        """What stands for the present value of an element."""
        if buffer.immutable:
            return buffer, tuple(index), 0
        epochs = self._elsewhere if _is_known(buffer, index) else self._epoch
        return buffer, tuple(index), (epochs.get(buffer, 0), 0 if self.exact else self._clock)

    def _lookup(self, key: object) -> Operand | None:
        scope, value = self._known.get(key, (None, None))
        return value if scope is not None and self._is_open(scope) else None

    def _level(self, args: Sequence[Operand], type: Type) -> int:
        if len(self.scopes) == 1:
            return 0
        needed = max([self.depth_of(a) for a in args], default=0)
        return self._outward(needed, laziness=type is not I64)

    def _outward(self, needed: int, *, laziness: bool) -> int:
        """The outermost block, from `needed` inwards, that something pure may move to.

        With `laziness` it stays inside the arm that it stands in.
        """
        level = len(self.scopes) - 1
        while level > needed:
            kind = self.scopes[level].kind
            if kind == "body" or (kind == "arm" and laziness):
                break
            level -= 1
        return level

    # -- buffers --------------------------------------------------------------------------

    def alloc(
        self, elem: Type, shape: Sequence[Operand], *, zero: bool, hint: str = "", growable: bool = False
    ) -> Buffer:
        """A new mutable buffer of this block."""
        buffer = Buffer(elem, tuple(shape), "growable" if growable else "alloc", hint)
        self.declare(buffer)
        self.emit(Alloc(buffer, zero, self.span))
        return buffer

    def build(
        self,
        elem: Type,
        shape: Sequence[Operand],
        element: Callable[[tuple[Var, ...]], Operand],
        hint: str = "",
    ) -> Buffer:
        """A new immutable buffer; `element` emits the value at the given indices."""
        buffer = Buffer(elem, tuple(shape), "built", hint)
        indices = tuple(Var(I64, name) for name, _ in zip("ijklmn", shape, strict=False))
        with self.block("loop") as scope:
            self.declare(*indices)
            value = element(indices)
        self.declare(buffer)
        self.emit(Build(buffer, indices, Block(tuple(scope.stmts), (value,)), self.span))
        return buffer

    def store(self, buffer: Buffer, index: Sequence[Operand], value: Operand) -> None:
        """buffer[index] = value; a load of the same element that follows is that value."""
        if _is_known(buffer, index):
            self._epoch[buffer] = self._epoch.get(buffer, 0) + 1
        else:
            self.touch(buffer)
        self.emit(Store(buffer, tuple(index), value, self.span))
        self._known[self._element(buffer, index)] = self.scopes[-1], value

    def accum(self, buffer: Buffer, index: Sequence[Operand], value: Operand) -> None:
        """buffer[index] += value"""
        self.touch(buffer)
        self.emit(Accum(buffer, tuple(index), value, self.span))

    def grow(self, buffer: Buffer, size: Operand) -> None:
        """Make a growable buffer hold at least `size` elements."""
        self.emit(Grow(buffer, size, self.span))

    def touch(self, buffer: Buffer) -> None:
        """What was known of a buffer's elements holds no longer."""
        self._epoch[buffer] = self._epoch.get(buffer, 0) + 1
        self._elsewhere[buffer] = self._elsewhere.get(buffer, 0) + 1

    # -- control flow ---------------------------------------------------------------------

    def for_loop(
        self,
        start: Operand,
        stop: Operand,
        inits: Sequence[Operand],
        body: Callable[[Var, tuple[Var, ...]], Sequence[Operand]],
        hint: str = "i",
    ) -> tuple[Var, ...]:
        """for index in start..stop; `body` gets the index and the carried values, returns the next."""
        index = Var(I64, hint)
        params = tuple(Var(init.type, getattr(init, "hint", "")) for init in inits)
        with self.block("loop") as scope:
            self.declare(index, *params)
            yields = tuple(body(index, params))
        return self.close_for(index, start, stop, params, inits, scope, yields)

    def close_for(
        self,
        index: Var,
        start: Operand,
        stop: Operand,
        params: Sequence[Var],
        inits: Sequence[Operand],
        scope: Scope,
        yields: Sequence[Operand],
    ) -> tuple[Var, ...]:
        """Emit the `For` whose body was collected in `scope`; returns the results."""
        results = tuple(Var(p.type, p.hint) for p in params)
        carried = tuple(Carried(p, i, r) for p, i, r in zip(params, inits, results, strict=True))
        self.declare(*results)
        self.emit(For(index, start, stop, carried, Block(tuple(scope.stmts), tuple(yields)), self.span))
        return results

    def while_loop(
        self,
        inits: Sequence[Operand],
        cond: Callable[[tuple[Var, ...]], Operand],
        body: Callable[[tuple[Var, ...]], Sequence[Operand]],
    ) -> tuple[Var, ...]:
        """while cond(carried): carried = body(carried)"""
        params = tuple(Var(init.type, getattr(init, "hint", "")) for init in inits)
        with self.block("arm") as test:
            self.declare(*params)
            go_on = cond(params)
        with self.block("arm") as scope:
            self.declare(*params)
            yields = tuple(body(params))
        return self.close_while(params, inits, test, go_on, scope, yields)

    def close_while(
        self,
        params: Sequence[Var],
        inits: Sequence[Operand],
        test: Scope,
        go_on: Operand,
        scope: Scope,
        yields: Sequence[Operand],
    ) -> tuple[Var, ...]:
        """Emit the `While` whose condition and body were collected; returns the results."""
        results = tuple(Var(p.type, p.hint) for p in params)
        carried = tuple(Carried(p, i, r) for p, i, r in zip(params, inits, results, strict=True))
        self.declare(*results)
        cond = Block(tuple(test.stmts), (go_on,))
        self.emit(While(carried, cond, Block(tuple(scope.stmts), tuple(yields)), self.span))
        return results

    def if_else(
        self,
        cond: Operand,
        then: Callable[[], Sequence[Operand]],
        orelse: Callable[[], Sequence[Operand]],
    ) -> tuple[Operand, ...]:
        """Evaluate one arm; both return the same number of operands of the same types."""
        if isinstance(cond, Const):
            return tuple(then() if cond.value else orelse())
        with self.block("arm") as yes:
            yes_values = tuple(then())
        with self.block("arm") as no:
            no_values = tuple(orelse())
        return self.close_if(cond, yes, yes_values, no, no_values)

    def close_if(
        self,
        cond: Operand,
        yes: Scope,
        yes_values: Sequence[Operand],
        no: Scope,
        no_values: Sequence[Operand],
    ) -> tuple[Var, ...]:
        """Emit the `If` whose arms were collected; returns the results."""
        results = tuple(Var(v.type, getattr(v, "hint", "")) for v in yes_values)
        self.declare(*results)
        then = Block(tuple(yes.stmts), tuple(yes_values))
        orelse = Block(tuple(no.stmts), tuple(no_values))
        self.emit(If(cond, then, orelse, results, self.span))
        return results

    # -- the rest -------------------------------------------------------------------------

    def check(self, cond: Operand, error: Error, *args: Operand) -> None:
        """Fail with `error` unless cond holds; a check that holds by itself is not emitted."""
        if isinstance(cond, Const) and cond.value:
            return
        key = ("check", cond, error.kind)
        if self._lookup(key) is None:
            self.emit(Check(cond, error, args, self.span))
            self._known[key] = self.scopes[-1], cond

    def call(
        self,
        kernel: Kernel,
        inputs: Sequence[Buffer | Operand],
        outputs: Sequence[tuple[Type, tuple[Operand, ...]] | Type],
    ) -> tuple[Buffer | Var, ...]:
        """Call a kernel; each output is given as (element type, shape), or the type of a scalar."""
        made: list[Buffer | Var] = []
        for spec in outputs:
            if isinstance(spec, Type):
                made.append(Var(spec, kernel.name))
            else:
                made.append(buffer := Buffer(spec[0], spec[1], "built", kernel.name))
                self.makers[buffer] = kernel
        self.declare(*made)
        self.emit(KernelCall(kernel, tuple(inputs), tuple(made), self.span))
        return tuple(made)

    def report(self, name: str, value: Buffer | Operand) -> None:
        """Hand a named intermediate to the caller."""
        self.emit(Report(name, value, self.span))

    def finish(self, *yields: Operand) -> Block:
        """The outermost block; the builder is done."""
        return Block(tuple(self.scopes[0].stmts), yields)


def _is_known(buffer: Buffer, index: Sequence[Operand]) -> bool:
    """Whether an index is no other than those that differ from it."""
    return len(index) == buffer.rank and all(isinstance(part, Const) for part in index)


def _application(primitive: Primitive, args: tuple[Operand, ...]) -> object:
    """What stands for an application; only this, and no printed IR, may depend on addresses."""
    if primitive.commutative and id(args[0]) > id(args[1]):
        return primitive, (args[1], args[0])
    return primitive, args


def _fold(primitive: Primitive, args: tuple[Operand, ...]) -> Operand | None:
    if primitive.result is VEC:
        return None
    values = []
    for arg in args:
        if not isinstance(arg, Const):
            return None
        values.append(arg.value)
    with np.errstate(all="ignore"):
        wrapped = [np.float64(v) if isinstance(v, float) else v for v in values]
        value = primitive.reference(*wrapped)
    type = args[1].type if primitive.name == "select" else primitive.result
    return constant(np.asarray(value).item(), type)
