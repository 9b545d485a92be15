"""Ends the loops over a row of a matrix where its zeros begin.

    alloc q: f64[d, d] = 0                      alloc q: f64[d, d] = 0
    for j in 0..n:                              for j in 0..n:
      q[rows[j], cols[j]] = x[j]                  q[rows[j], cols[j]] = x[j]
    for r in 0..d:                        ->    for r in 0..d:
      s = for c in 0..d with s = 0.0:             s = for c in before[r]..d - behind[r] with s = 0.0:
        next s + q[r, c] * v[c]                     next s + q[r, c] * v[c]

Where elements are stored does not depend on parameters: nor do the numbers of zeros before and behind them
in each row.  Zero times what is not finite is NaN: if some `v[c]` is that, the loop runs as before.  Sums
into an adjoint of which only such elements are read need no such care: the others may be anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from adfun.ir.builder import Builder
from adfun.ir.nodes import (
    Accum,
    Alloc,
    Block,
    Buffer,
    Check,
    Const,
    For,
    Function,
    Let,
    Load,
    Operand,
    Stmt,
    Store,
    Var,
    f64,
    i64,
)
from adfun.ir.types import F64, I64
from adfun.ir.walk import Copier, blocks, defined, from_zero, operands, read, walk, written, written_within
from adfun.passes.dead import eliminate, restrict
from adfun.passes.timing import Timing
from adfun.primitives.arithmetic import (
    add,
    iadd,
    imin,
    imul,
    isfinite,
    isub,
    loose_start,
    loose_stop,
    mul,
    mul0,
    usually,
)
from adfun.records import dataclass

Path = tuple[Stmt, ...]


def narrow(function: Function) -> Function:
    """The same function with shorter loops over the rows of matrices with zeros."""
    plan = _Plan(function)
    if not plan.loops:
        return function
    copier = _Narrower(Builder(), plan)
    yields = copier.block(function.body)
    return eliminate(Function(function.name, function.inputs, copier.builder.finish(*yields)))


@dataclass(frozen=True, slots=True, eq=False)
class _Site:
    """A statement that touches a buffer, and the statements around it."""

    stmt: Load | Store | Accum
    path: Path


@dataclass(frozen=True, slots=True, eq=False)
class _Loop:
    """A loop over a row of a buffer; `factors` are what the row's elements are multiplied with."""

    buffer: Buffer
    row: Operand
    factors: tuple[Operand, ...]
    around: For | None
    """The loop before which the factors are known, and looked at."""


class _Plan:
    """The loops to be shortened, and the statements before which the reach of rows is found out."""

    def __init__(self, function: Function) -> None:
        self.loops: dict[For, _Loop] = {}
        self.profiles: dict[Stmt, list[Buffer]] = {}
        self.traces: dict[Buffer, _Trace] = {}
        survey = _Survey(function)
        if not survey.loops:
            return
        stmts = function.body.stmts
        self.survey = survey
        self.timing = Timing(function)
        self.lets: dict[object, Let] = {s.var: s for s in stmts if isinstance(s, Let)}
        self.known: set[Var | Buffer] = {*function.dimensions(), *(x.item for x in function.inputs)}
        for number, stmt in enumerate(stmts):
            for loop, found in survey.loops.get(stmt, ()):
                if self.traced(found.buffer, stmts[number:]):
                    self.loops[loop] = found
            self.known.update(defined(stmt))

    def traced(self, buffer: Buffer, rest: Sequence[Stmt]) -> bool:
        """Whether the reach of a buffer's rows can be found out before the rest of the statements."""
        if buffer in self.traces:
            return True
        sites = self.survey.sites[buffer]
        if any(self.timing.is_late(site.stmt.index[-2:]) for site in sites):
            return False
        later = any((site.path[0] if site.path else site.stmt) in rest for site in sites)
        if later and any(isinstance(stmt, Check) for stmt in walk(rest)):
            return False  # it may be what keeps their indices in range
        trace = _Trace(buffer, sites)
        if not trace.completed(self.known, self.lets) or self.timing.is_late(trace.free):
            return False
        if not trace.free.isdisjoint(written_within(rest)):
            return False
        self.traces[buffer] = trace
        self.profiles.setdefault(rest[0], []).append(buffer)
        return True


class _Survey:
    """The matrices that are zero but for certain places, and the loops over their rows."""

    def __init__(self, function: Function) -> None:
        self.made: dict[Buffer, Alloc] = {}
        self.touches: dict[Buffer, list[_Site]] = {}
        self.other: set[Buffer] = set()
        """Buffers that something else than loads, stores and sums has to do with."""
        nests: list[tuple[For, Path]] = []
        self.visit(function.body, (), nests)
        self.sites: dict[Buffer, list[_Site]] = {}
        for buffer in self.made:
            self.consider(buffer)
        self.loops: dict[Stmt, list[tuple[For, _Loop]]] = {}
        for loop, path in nests:
            found = self.row(loop, path) if self.sites else None
            if found is not None:
                self.loops.setdefault(path[0] if path else loop, []).append((loop, found))

    def visit(self, block: Block, path: Path, nests: list[tuple[For, Path]]) -> None:
        for stmt in block.stmts:
            match stmt:
                case Alloc() if stmt.zero and stmt.buffer.rank > 1 and stmt.buffer.elem is F64:
                    if stmt.buffer.storage == "alloc":
                        self.made[stmt.buffer] = stmt
                case Load() | Store() | Accum():
                    self.touches.setdefault(stmt.buffer, []).append(_Site(stmt, path))
                case _:
                    self.other.update((*read(stmt), *written(stmt)))
            inside = blocks(stmt)
            if isinstance(stmt, For) and not any(blocks(inner) for inner in stmt.body.stmts):
                nests.append((stmt, path))
            for inner_block in inside:
                self.visit(inner_block, (*path, stmt), nests)

    def consider(self, buffer: Buffer) -> None:
        """Note the places that count: what is stored to, or of sums what is read."""
        touches = self.touches.get(buffer, [])
        if buffer in self.other or any(len(x.stmt.index) != buffer.rank for x in touches):
            return
        stores = [x for x in touches if isinstance(x.stmt, Store)]
        sums = [x for x in touches if isinstance(x.stmt, Accum)]
        loads = [x for x in touches if isinstance(x.stmt, Load)]
        if sums:
            resets = all(isinstance(x.stmt, Store) and _is_zero(x.stmt.value) for x in stores)
            sites = loads if resets else []
        else:
            sites = stores
        if sites and not any(_whole_row(site) for site in sites):
            self.sites[buffer] = sites

    def row(self, loop: For, path: Path) -> _Loop | None:
        """The row that a loop without loops inside runs along, if its zeros add nothing."""
        if not from_zero(loop):
            return None
        return self.sums_into(loop) if not loop.carried else self.sum_over(loop, path)

    def sums_into(self, loop: For) -> _Loop | None:
        """A loop that only adds to a row of which some elements are read."""
        own = {x for stmt in loop.body.stmts for x in defined(stmt)}
        sums = [stmt for stmt in loop.body.stmts if isinstance(stmt, Accum)]
        if not sums or not all(isinstance(stmt, (Let, Load, Accum)) for stmt in loop.body.stmts):
            return None
        first = sums[0]
        for stmt in sums:
            if stmt.buffer is not first.buffer or stmt.index[-2:] != first.index[-2:]:
                return None
        if not self.along(loop, first, own) or not any(
            isinstance(site.stmt, Load) for site in self.sites[first.buffer]
        ):
            return None
        return _Loop(first.buffer, first.index[-2], (), None)

    def sum_over(self, loop: For, path: Path) -> _Loop | None:
        """A loop that adds up products with the elements of a row; the factors do not change around it."""
        around = path[-1] if path else None
        stmts = loop.body.stmts
        if not isinstance(around, For) or not all(isinstance(stmt, (Let, Load)) for stmt in stmts):
            return None
        own = {x for stmt in stmts for x in defined(stmt)}
        rows = [
            s for s in stmts if isinstance(s, Load) and s.buffer in self.sites and self.along(loop, s, own)
        ]
        if len(rows) != 1 or any(isinstance(site.stmt, Load) for site in self.sites[rows[0].buffer]):
            return None
        lets: dict[Operand, Let] = {stmt.var: stmt for stmt in stmts if isinstance(stmt, Let)}
        factors: list[Operand] = []
        for item, value in zip(loop.carried, loop.body.yields, strict=True):
            total = lets.get(value)
            if total is None or total.op is not add or item.param not in total.args:
                return None
            product = lets.get(total.args[total.args[0] is item.param])
            if product is None or product.op not in (mul, mul0) or rows[0].var not in product.args:
                return None
            if product.op is mul or product.args[0] is not rows[0].var:
                factors.append(product.args[product.args[0] is rows[0].var])
        params = {item.param for item in loop.carried}
        needed = _computing(loop, factors)
        inside = _inside(around)
        for stmt in needed:
            used = {*operands(stmt), *read(stmt)}
            if not params.isdisjoint(used) or not (used - own - {loop.index}).isdisjoint(inside):
                return None
            if stmt is rows[0]:
                return None
        return _Loop(rows[0].buffer, rows[0].index[-2], tuple(factors), around if factors else None)

    def along(self, loop: For, stmt: Load | Accum, own: set[Var | Buffer]) -> bool:
        """Whether a statement of a loop goes along one row of a matrix that is considered."""
        buffer, index = stmt.buffer, stmt.index
        return (
            buffer in self.sites
            and index[-1] is loop.index
            and loop.stop is buffer.shape[-1]
            and index[-2] is not loop.index
            and own.isdisjoint(index[:-1])
        )


def _inside(loop: For) -> set[Var | Buffer]:
    """What a loop's iterations have for themselves, or change."""
    found: set[Var | Buffer] = {loop.index, *(item.param for item in loop.carried)}
    for stmt in walk(loop.body.stmts):
        found.update((*defined(stmt), *written(stmt)))
    return found


def _computing(loop: For, values: Iterable[Operand]) -> tuple[Stmt, ...]:
    """The statements of a loop that certain values need."""
    return restrict(loop.body, (x for x in values if isinstance(x, Var)), ()).stmts


def _is_zero(x: Operand) -> bool:
    return isinstance(x, Const) and x.value == 0


def _whole_row(site: _Site) -> bool:
    """Whether a statement goes along rows from end to end."""
    row, column = site.stmt.index[-2:]
    return any(
        isinstance(stmt, For) and stmt.index is column and stmt.stop is site.stmt.buffer.shape[-1]
        for stmt in site.path
        if row is not column
    )


class _Trace:
    """The statements that count the zeros before and behind the elements of each row."""

    def __init__(self, buffer: Buffer, sites: list[_Site]) -> None:
        rows, columns = buffer.shape[-2:]
        builder = Builder()
        self.columns = columns
        self.before, self.behind = (
            builder.alloc(I64, (rows,), zero=False, hint=hint) for hint in ("before", "behind")
        )

        def start(row: Var, _: object) -> list[Operand]:
            for buffer in (self.before, self.behind):
                builder.store(buffer, (row,), columns)
            return []

        builder.for_loop(i64(0), rows, (), start)
        self.free: set[Var | Buffer] = set()
        if any(not isinstance(stmt, For) for site in sites for stmt in site.path):
            self.free.add(self.before)  # known nowhere
            return
        for top in dict.fromkeys(site.path[0] if site.path else site.stmt for site in sites):
            here = {site.stmt for site in sites if (site.path[0] if site.path else site.stmt) is top}
            _Tracer(builder, here, self).stmts((top,))
        body = builder.finish()
        self.stmts = restrict(body, (self.before, self.behind), ()).stmts
        inside = {x for stmt in walk(self.stmts) for x in defined(stmt)}
        for stmt in walk(self.stmts):
            if isinstance(stmt, For):
                inside.update((stmt.index, *(item.param for item in stmt.carried)))
            used = {x for x in operands(stmt) if isinstance(x, Var)} | {*read(stmt), *written(stmt)}
            used.update(x for block in blocks(stmt) for x in block.yields if isinstance(x, Var))
            self.free |= used - inside

    def completed(self, known: set[Var | Buffer], lets: Mapping[object, Let]) -> bool:
        """Add what else has to be computed before; whether all is known then."""
        missing = self.free - known
        while missing:
            let = lets.get(missing.pop())
            if let is None:
                return False
            self.stmts = (let, *self.stmts)
            missing.update(x for x in let.args if isinstance(x, Var) and x not in known)
        return True

    def reach(self, builder: Builder, row: Operand, column: Operand) -> None:
        """There is an element in this column."""
        last = builder.op(iadd, self.columns, i64(-1))
        for buffer, zeros in ((self.before, column), (self.behind, builder.op(isub, last, column))):
            known = builder.load(buffer, (row,))
            builder.store(buffer, (row,), builder.op(imin, known, zeros))


class _Tracer(Copier):
    """Copies a statement with notes of the places in place of what it does."""

    def __init__(self, builder: Builder, sites: set[Load | Store | Accum], trace: _Trace) -> None:
        super().__init__(builder)
        self.sites = sites
        self.trace = trace

    def stmt(self, stmt: Stmt) -> None:
        if stmt in self.sites and isinstance(stmt, (Load, Store, Accum)):
            self.trace.reach(self.builder, *self.operands(stmt.index[-2:]))
        if isinstance(stmt, (Let, Load, For)):
            super().stmt(stmt)


class _Narrower(Copier):
    def __init__(self, builder: Builder, plan: _Plan) -> None:
        super().__init__(builder)
        self.plan = plan
        self.checked: dict[For, list[For]] = {}
        for loop, found in plan.loops.items():
            if found.around is not None:
                self.checked.setdefault(found.around, []).append(loop)
        self.finite: dict[For, Operand] = {}

    def stmt(self, stmt: Stmt) -> None:
        for buffer in self.plan.profiles.get(stmt, ()):
            self.stmts(self.plan.traces[buffer].stmts)
        super().stmt(stmt)

    def for_(self, stmt: For) -> None:
        for loop in self.checked.get(stmt, ()):
            self.finite[loop] = self.all_finite(loop, self.plan.loops[loop].factors)
        found = self.plan.loops.get(stmt)
        if found is not None:
            stmt = self.shorter(stmt, found)
        super().for_(stmt)

    def all_finite(self, loop: For, factors: tuple[Operand, ...]) -> Operand:
        """1 if all that elements of the row are multiplied with is finite, else 0."""
        builder = self.builder

        def body(index: Var, params: tuple[Var, ...]) -> list[Operand]:
            copier = Copier(builder, self.env, self.buffers)
            copier.env[loop.index] = index
            copier.stmts(_computing(loop, factors))
            total: Operand = params[0]
            for factor in dict.fromkeys(copier.operands(factors)):
                total = builder.op(add, total, builder.op(mul, factor, f64(0.0)))
            return [total]

        (total,) = builder.for_loop(i64(0), self.operand(loop.stop), [f64(0.0)], body)
        return builder.op(usually, builder.op(isfinite, total))

    def shorter(self, stmt: For, found: _Loop) -> For:
        builder, trace = self.builder, self.plan.traces[found.buffer]
        row = self.operand(found.row)
        before, behind = (builder.load(self.buffer(x), (row,)) for x in (trace.before, trace.behind))
        finite = self.finite.get(stmt)
        if finite is not None:
            before, behind = (builder.op(imul, finite, x) for x in (before, behind))
        start = builder.op(loose_start, before)
        stop = builder.op(loose_stop, builder.op(isub, self.operand(stmt.stop), behind))
        return For(stmt.index, start, stop, stmt.carried, stmt.body, stmt.span)
