"""Small visitors that every pass uses, and the `Copier` that emits statements once more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from adfun.diagnostics.internal import assert_never
from adfun.ir.builder import Builder
from adfun.ir.nodes import (
    Accum,
    Alloc,
    Block,
    Buffer,
    Build,
    Carried,
    Check,
    Const,
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
from adfun.ir.types import I64


def operands(stmt: Stmt) -> tuple[Operand, ...]:
    """The operands a statement names itself: its blocks and their yields are not looked into."""
    match stmt:
        case Let():
            return stmt.args
        case Load():
            return stmt.index
        case Store() | Accum():
            return (*stmt.index, stmt.value)
        case Build() | Alloc():
            return stmt.buffer.shape
        case Grow():
            return (stmt.size,)
        case For():
            return (stmt.start, stmt.stop, *(c.init for c in stmt.carried))
        case While():
            return tuple(c.init for c in stmt.carried)
        case If():
            return (stmt.cond,)
        case Check():
            return (stmt.cond, *stmt.args)
        case KernelCall():
            given = tuple(x for x in stmt.inputs if not isinstance(x, Buffer))
            return given + tuple(s for x in stmt.outputs if isinstance(x, Buffer) for s in x.shape)
        case Report():
            return stmt.value.shape if isinstance(stmt.value, Buffer) else (stmt.value,)
        case _:
            assert_never(stmt)


LEAVES = frozenset((Let, Load, Alloc, Store, Accum, Grow, Check, KernelCall, Report))
"""The kinds of statements without blocks."""


def blocks(stmt: Stmt) -> tuple[Block, ...]:
    """The blocks directly inside a statement."""
    if type(stmt) in LEAVES:  # most are: this is the innermost loop of every pass
        return ()
    match stmt:
        case For() | Build():
            return (stmt.body,)
        case If():
            return (stmt.then, stmt.orelse)
        case While():
            return (stmt.cond, stmt.body)
        case Let() | Load() | Alloc() | Store() | Accum() | Grow() | Check() | KernelCall() | Report():
            return ()
        case _:
            assert_never(stmt)


def inner_vars(stmt: Stmt) -> tuple[Var, ...]:
    """The variables that a statement's header defines for its blocks: indices and carried values."""
    match stmt:
        case For():
            return (stmt.index, *(c.param for c in stmt.carried))
        case While():
            return tuple(c.param for c in stmt.carried)
        case Build():
            return stmt.indices
        case _:
            return ()


def defined(stmt: Stmt) -> tuple[Var | Buffer, ...]:
    """The variables and buffers that a statement adds to the block it stands in."""
    match stmt:
        case Let() | Load():
            return (stmt.var,)
        case Build() | Alloc():
            return (stmt.buffer,)
        case For() | While():
            return tuple(c.result for c in stmt.carried)
        case If():
            return stmt.results
        case KernelCall():
            return stmt.outputs
        case Store() | Accum() | Grow() | Check() | Report():
            return ()
        case _:
            assert_never(stmt)


def read(stmt: Stmt) -> tuple[Buffer, ...]:
    """The buffers whose elements a statement reads itself (an accumulation does not count)."""
    match stmt:
        case Load():
            return (stmt.buffer,)
        case KernelCall():
            return tuple(x for x in stmt.inputs if isinstance(x, Buffer))
        case Report():
            return (stmt.value,) if isinstance(stmt.value, Buffer) else ()
        case _:
            return ()


def written(stmt: Stmt) -> tuple[Buffer, ...]:
    """The buffers a statement changes itself; making a buffer (Alloc, Build, KernelCall) is no change."""
    match stmt:
        case Store() | Accum() | Grow():
            return (stmt.buffer,)
        case _:
            return ()


def from_zero(loop: For) -> bool:
    """Whether a loop is known to start at 0."""
    return isinstance(loop.start, Const) and loop.start.value == 0


def length(stmts: Iterable[Stmt]) -> int:
    """The number of statements at any depth."""
    return sum(1 for _ in walk(stmts))


def walk(stmts: Iterable[Stmt]) -> Iterator[Stmt]:
    """Every statement at any depth, in program order, an outer one before those inside it."""
    stack = [iter(stmts)]
    while stack:
        for stmt in stack[-1]:
            yield stmt
            inside = blocks(stmt)
            if inside:
                stack.extend(iter(b.stmts) for b in reversed(inside))
                break
        else:
            stack.pop()


def written_within(stmts: Iterable[Stmt]) -> set[Buffer]:
    """The buffers that statements change at any depth."""
    return {buffer for stmt in walk(stmts) for buffer in written(stmt)}


class Copier:
    """Emits statements again through a builder, with variables and buffers replaced, so that
    folding, sharing and hoisting are applied to the copy.

    What has no entry in `env` or `buffers` stays itself: copy a whole function with fresh tables,
    or a block into a place where its free variables are visible.  A pass overrides the methods of
    the statements it cares for.  Every copy makes fresh variables and buffers.
    """

    def __init__(
        self,
        builder: Builder,
        env: Mapping[Var, Operand] | None = None,
        buffers: Mapping[Buffer, Buffer] | None = None,
    ) -> None:
        self.builder = builder
        self.env: dict[Var, Operand] = dict(env or {})
        self.buffers: dict[Buffer, Buffer] = dict(buffers or {})

    # -- what stands for what ------------------------------------------------------------------

    def operand(self, operand: Operand) -> Operand:
        return operand if isinstance(operand, Const) else self.env.get(operand, operand)

    def operands(self, operands: Sequence[Operand]) -> tuple[Operand, ...]:
        env = self.env
        return tuple([x if isinstance(x, Const) else env.get(x, x) for x in operands])

    def buffer(self, buffer: Buffer) -> Buffer:
        return self.buffers.get(buffer, buffer)

    def item(self, item: Operand | Buffer) -> Operand | Buffer:
        return self.buffer(item) if isinstance(item, Buffer) else self.operand(item)

    def bind(self, olds: Sequence[Var], news: Sequence[Operand]) -> None:
        """From now on each of `olds` stands for its new operand."""
        self.env.update(zip(olds, news, strict=True))

    # -- blocks and statements -----------------------------------------------------------------

    def block(self, block: Block) -> tuple[Operand, ...]:
        """Emit a block's statements into the innermost open block; what its yields have become."""
        self.stmts(block.stmts)
        return self.operands(block.yields)

    def stmts(self, stmts: Iterable[Stmt]) -> None:
        for stmt in stmts:
            self.builder.span = stmt.span
            self.stmt(stmt)

    def stmt(self, stmt: Stmt) -> None:
        """Emit one statement."""
        match stmt:
            case Let():
                self.let(stmt)
            case Load():
                self.load(stmt)
            case Store():
                self.store(stmt)
            case Accum():
                self.accum(stmt)
            case For():
                self.for_(stmt)
            case If():
                self.if_(stmt)
            case Build():
                self.build(stmt)
            case Alloc():
                self.alloc(stmt)
            case Check():
                self.check(stmt)
            case While():
                self.while_(stmt)
            case KernelCall():
                self.call(stmt)
            case Grow():
                self.grow(stmt)
            case Report():
                self.report(stmt)
            case _:
                assert_never(stmt)

    # -- one method per statement ---------------------------------------------------------------

    def let(self, stmt: Let) -> None:
        self.env[stmt.var] = self.builder.op(stmt.op, *self.operands(stmt.args), hint=stmt.var.hint)

    def load(self, stmt: Load) -> None:
        buffer, index = self.buffer(stmt.buffer), self.operands(stmt.index)
        self.env[stmt.var] = self.builder.load(buffer, index, stmt.var.hint)

    def store(self, stmt: Store) -> None:
        index = self.operands(stmt.index)
        self.builder.store(self.buffer(stmt.buffer), index, self.operand(stmt.value))

    def accum(self, stmt: Accum) -> None:
        index = self.operands(stmt.index)
        self.builder.accum(self.buffer(stmt.buffer), index, self.operand(stmt.value))

    def grow(self, stmt: Grow) -> None:
        self.builder.grow(self.buffer(stmt.buffer), self.operand(stmt.size))

    def alloc(self, stmt: Alloc) -> None:
        buffer = self.fresh(stmt.buffer)
        self.builder.declare(buffer)
        self.builder.emit(Alloc(buffer, stmt.zero, stmt.span))

    def build(self, stmt: Build) -> None:
        builder = self.builder
        indices = tuple([Var(I64, v.hint) for v in stmt.indices])
        with builder.block("loop") as scope:
            builder.declare(*indices)
            self.bind(stmt.indices, indices)
            for index, size in zip(indices, stmt.buffer.shape, strict=True):
                self.enter(index, i64(0), self.operand(size))
            yields = self.block(stmt.body)
        buffer = self.fresh(stmt.buffer)
        builder.declare(buffer)
        builder.emit(Build(buffer, indices, Block(tuple(scope.stmts), yields), stmt.span))

    def for_(self, stmt: For) -> None:
        builder = self.builder
        start, stop = self.operand(stmt.start), self.operand(stmt.stop)
        inits = self.operands([c.init for c in stmt.carried])
        index, params = Var(I64, stmt.index.hint), fresh_params(stmt.carried)
        self.forget(stmt)
        with builder.block("loop") as scope:
            builder.declare(index, *params)
            self.env[stmt.index] = index
            self.bind([c.param for c in stmt.carried], params)
            self.enter(index, start, stop)
            self.opened(stmt)
            yields = self.block(stmt.body)
        builder.span = stmt.span
        builder.close_for(index, start, stop, params, inits, scope, yields)
        self.closed(stmt.carried)

    def forget(self, *loops: Stmt) -> None:
        """Tell an exact builder what loops about to be opened change."""
        if self.builder.exact:
            for buffer in written_within(loops):
                self.builder.touch(self.buffer(buffer))

    def enter(self, index: Var, start: Operand, stop: Operand) -> None:
        """Called when a new loop's body is open, for passes that care for the range of its index."""

    def opened(self, loop: For | While) -> None:
        """Called when the carried values of a loop that is being copied have their new names."""

    def closed(self, carried: Sequence[Carried]) -> None:
        """Called when the loop that is now the last statement was made: binds the old results."""
        made = self.builder.scopes[-1].stmts[-1]
        if isinstance(made, For | While):
            self.bind([c.result for c in carried], [c.result for c in made.carried])

    def while_(self, stmt: While) -> None:
        builder = self.builder
        inits, params = self.operands([c.init for c in stmt.carried]), fresh_params(stmt.carried)
        self.bind([c.param for c in stmt.carried], params)
        self.forget(stmt)
        self.opened(stmt)
        with builder.block("arm") as test:
            builder.declare(*params)
            (go_on,) = self.block(stmt.cond)
        with builder.block("arm") as scope:
            builder.declare(*params)
            yields = self.block(stmt.body)
        builder.span = stmt.span
        builder.close_while(params, inits, test, go_on, scope, yields)
        self.closed(stmt.carried)

    def if_(self, stmt: If) -> None:
        cond = self.operand(stmt.cond)
        values = self.builder.if_else(cond, lambda: self.block(stmt.then), lambda: self.block(stmt.orelse))
        self.bind(stmt.results, values)

    def check(self, stmt: Check) -> None:
        self.builder.check(self.operand(stmt.cond), stmt.error, *self.operands(stmt.args))

    def call(self, stmt: KernelCall) -> None:
        inputs = tuple([self.item(x) for x in stmt.inputs])
        outputs = tuple([self.fresh(x) if isinstance(x, Buffer) else self.fresh_var(x) for x in stmt.outputs])
        self.builder.declare(*outputs)
        self.builder.emit(KernelCall(stmt.kernel, inputs, outputs, stmt.span))

    def report(self, stmt: Report) -> None:
        self.builder.report(stmt.name, self.item(stmt.value))

    def fresh_var(self, var: Var) -> Var:
        """The variable that takes the place of an old one."""
        new = Var(var.type, var.hint)
        self.env[var] = new
        return new

    def fresh(self, buffer: Buffer) -> Buffer:
        """The buffer that takes the place of an old one, of the same kind."""
        new = Buffer(buffer.elem, self.operands(buffer.shape), buffer.storage, buffer.hint)
        self.buffers[buffer] = new
        return new


def fresh_params(carried: Sequence[Carried]) -> tuple[Var, ...]:
    """New variables for the carried values of a loop inside its body."""
    return tuple([Var(c.param.type, c.param.hint) for c in carried])


def emit_block(
    builder: Builder,
    block: Block,
    env: Mapping[Var, Operand] | None = None,
    buffers: Mapping[Buffer, Buffer] | None = None,
) -> tuple[Operand, ...]:
    """Emit a copy of a block with variables and buffers replaced; returns what it yields."""
    return Copier(builder, env, buffers).block(block)
