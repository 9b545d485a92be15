"""The state of one staged evaluation: the IR being built, what is known about sizes, where we are."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

import numpy as np

from adfun.diagnostics.errors import TOO_LONG, CompileError, Diagnostic
from adfun.diagnostics.spans import NOWHERE, Source, Span
from adfun.frontend.parse import span_of
from adfun.frontend.recipes import Known, NoExample, Recipe, evaluate
from adfun.frontend.values import (
    Array,
    Elements,
    Foreign,
    Form,
    ListValue,
    RunList,
    Scalar,
    Token,
    Value,
    as_python,
    is_known,
)
from adfun.ir.builder import Builder
from adfun.ir.nodes import Buffer, Const, Error, Input, Let, Operand, constant, i64
from adfun.ir.rows import Primitive
from adfun.ir.types import B1, F64, I64, Shapes, Type
from adfun.primitives import arithmetic as a
from adfun.records import dataclass, field

STEPS = 500_000
"""Expressions and statements that are evaluated for one objective, counted every time."""


class Restart(Exception):
    """The loop under evaluation has to be evaluated again, with `cell` in another form.

    Raised when a body changes something made outside the loop that is not yet in memory (a small array
    held in scalars, a list of known length); the loop catches it, puts it there and starts over.
    """

    def __init__(self, cell: Any) -> None:
        super().__init__(cell)
        self.cell = cell


@dataclass(slots=True)
class Frame:
    """A region whose effects on mutable values must be known: a loop body or the arm of an `if`."""

    loop: bool
    level: int
    """Number of open blocks when the region began."""
    token: Token = None
    """Identifies the loop over all evaluations of its body."""
    given: tuple[Operand, bool] | None = None
    """The condition of an arm, and which value it has there."""
    changed: dict[int, tuple[Any, Any]] = field(default_factory=dict)
    """id -> (cell, its state before the region) of every cell that the region changed."""
    born: set[int] = field(default_factory=set)
    """ids of the cells made inside the region."""
    keep: list[Any] = field(default_factory=list)
    """The cells of `born`, kept alive so that an id is not used again."""


@dataclass(slots=True)
class Guard:
    """A statement inside a `try` that catches errors which numbers decide: LinAlgError, those of `math`.

    catches  whether an error of this name is caught
    failed   holds whether something failed inside a loop or branch of the statement
    """

    level: int
    """Number of open blocks where it stands."""
    catches: Callable[[str], bool]
    failed: Buffer
    inside: bool = False
    """Whether anything was stored in `failed`."""
    oks: list[Operand] = field(default_factory=list)
    """Whether everything else that may fail succeeded."""


NO_SHAPES: Shapes = {}


class Stage:
    """One staged evaluation, from the first line of the objective to its IR."""

    def __init__(self, leaves: Mapping[str, Any]) -> None:
        self.builder = Builder()
        self.leaves = leaves
        """The example data and parameters, by leaf name: gives the values of recipes."""
        self.known, self.shapes = 0, NO_SHAPES
        """What is taken for granted of the arguments (`entry.GENERAL` ...), and the shapes of parameters."""
        self.copies: dict[int, Any] = {}
        """Values that are copies of items of a list, by id, which must not be changed in their place."""
        self.forked: dict[int, tuple[Any, str]] = {}
        """Mutable values, by id, that are or are not what a name stands for: a run-time condition decided."""
        self.steps = 0  # what was evaluated so far: see `spend`
        self.unrolled = 0
        """Syntax nodes times iterations of the loops that could not run as such."""
        self.hidden: list[tuple[Recipe, Input]] = []
        """Data inputs that NumPy computes at bind time."""
        self.bound_arrays: dict[object, Any] = {}  # those among them, by what gives them
        self.assumed: list[tuple[Recipe, Any]] = []
        """What the compiled module takes for granted about the data: recipe and value."""
        self.frames: list[Frame] = []
        self.journal: list[tuple[Any, Any]] | None = None
        """Every change of a mutable value, where it will be undone: (cell, its state before)."""
        self.guards: list[Guard] = []
        self.trail: list[Span] = []
        self.ways: list[int] = [0]
        """For each open call the number of the trail up to it: cheaper to look up by than a long one."""
        self._ways: dict[tuple[int, Span], int] = {}
        self.latest = NOWHERE
        """The piece of source that was evaluated last: what fails between two statements belongs to it."""
        self._same: dict[Operand, Operand] = {}
        self.spilled: dict[Elements, Buffer] = {}
        """Buffers that hold small arrays which were read at a run-time index."""
        self.sizes: set[Operand] = set()
        """Operands known to be the length of an axis, hence not negative."""
        self.chosen: set[Operand] = set()  # those that are any integers of the user's
        self.origins: dict[Operand, Recipe] = {}
        """How integers are computed from the data and the sizes of arguments, where that is known."""
        self.settled: dict[tuple[str, Operand, int], bool] = {}
        """What has been assumed of sizes."""
        self.examples: dict[Operand, int] = {}
        """Sizes with the data and parameters at hand."""
        self.nonnegative: set[Operand] = set()
        """Operands known not to be negative, such as the index of a loop that starts at zero."""
        self.lows: dict[Operand, int] = {}
        """Constant lower bounds of operands, where one is known."""
        self.constants: dict[object, Buffer] = {}
        """Data inputs that hold large arrays known at compile time, by content."""
        self.memo: dict[object, tuple[object, Any]] = {}
        """What was computed from arrays that cannot change: key -> (what the key refers to, result)."""
        self.fills: dict[Buffer, Operand] = {}
        """Immutable buffers all of whose elements are one operand."""
        self.carried: set[Operand] = set()  # integers of all iterations: they may become large
        self.mixed: dict[int, Any] = {}  # arrays, by id, that are a number on one path: see `branches`
        self.distinct: set[Array] = set()
        """Integer arrays known to hold no number twice."""
        self.factored: dict[Array, tuple[Buffer, Buffer, Buffer]] = {}
        """Results of `lu_factor`: the matrix, its factors and its pivots."""
        self.array_bounds: dict[Array, Operand] = {}
        """Integer arrays whose elements are known to lie in 0..bound."""
        self.bounds: dict[Operand, Operand] = {}
        """What operands are known to be less than: the index of a loop is less than its stop."""

    # -- places and errors ----------------------------------------------------------------

    @property
    def span(self) -> Span:
        return self.builder.span

    @contextmanager
    def at(self, source: Source, node: ast.AST) -> Iterator[None]:
        """Everything emitted inside belongs to this piece of source."""
        before = self.builder.span
        self.builder.span = self.latest = span_of(source, node)
        try:
            yield
        finally:
            self.builder.span = before

    def fail(self, title: str, label: str = "", *, reason: str = "", remedy: str = "") -> NoReturn:
        """Refuse the piece of source under evaluation."""
        span = self.latest if self.span is NOWHERE else self.span
        calls = self.trail if len(self.trail) <= 100 else [*self.trail[:20], *self.trail[-80:]]
        trail = tuple(dict.fromkeys(s for s in reversed(calls) if s is not NOWHERE))
        raise CompileError(Diagnostic(title, span, label, reason, remedy, trail))

    @contextmanager
    def called(self) -> Iterator[None]:
        """A call made where we are is evaluated inside."""
        self.trail.append(self.span)
        self.ways.append(self._ways.setdefault((self.ways[-1], self.span), len(self._ways) + 1))
        try:
            yield
        finally:
            self.trail.pop()
            self.ways.pop()

    def spend(self, steps: int) -> None:
        """Count what is evaluated; refuse a program that is never done, or only after minutes."""
        self.steps += steps
        if self.steps > STEPS:
            self.fail(
                TOO_LONG,
                "here, after very many steps",
                reason=f"calls and loops that are followed while compiling may take {STEPS} steps",
                remedy="let a loop over np.arange(n) or over an array do it: it is compiled, not followed",
            )

    # -- scalars --------------------------------------------------------------------------

    def bound(self, index: Operand, length: Operand) -> None:
        """Note that an index lies in 0 .. length - 1."""
        self.nonnegative.add(index)
        self.bounds[index] = length

    def op(self, primitive: Primitive, *args: Operand) -> Operand:
        return self.builder.op(primitive, *args)

    def check(self, cond: Operand, kind: str, message: str, *args: Operand) -> None:
        """Fail at run time unless `cond` holds; fail now when it is known not to, outside any branch."""
        self.builder.check(cond, Error(kind, message), *args)

    def linalg_check(self, ok: Operand, message: str) -> None:
        """Fail as NumPy does when a factorisation did; inside `try` this becomes a jump to the handler."""
        if not self.caught(ok, "LinAlgError"):
            self.check(ok, "LinAlgError", message)

    def guard(self, error: str) -> Guard | None:
        """The statement of a `try` that we are in whose handler catches an error of this name."""
        return next((g for g in reversed(self.guards) if g.catches(error)), None)

    def caught(self, ok: Operand, error: str) -> bool:
        """Have the handler of a `try` run unless `ok` holds, after the statement of it that we are in."""
        guard = self.guard(error)
        if guard is None:
            return False
        if len(self.builder.scopes) == guard.level:
            guard.oks.append(ok)
            return True
        guard.inside = True
        failed = self.builder.load(guard.failed, (i64(0),))
        self.builder.store(guard.failed, (i64(0),), self.op(a.bor, failed, self.op(a.bnot, ok)))
        return True

    def loop_index(self, index: Operand, start: Operand, stop: Operand) -> None:
        """An index runs over start..stop: accesses inside the loop need no check that this proves."""
        self.bounds[index] = stop
        if isinstance(start, Const):
            self.lows[index] = int(start.value)
        elif start in self.nonnegative or start in self.sizes:
            self.nonnegative.add(index)

    def iadd(self, x: Operand, y: Operand) -> Operand:
        return self.op(a.iadd, x, y)

    def isub(self, x: Operand, y: Operand) -> Operand:
        return self.op(a.isub, x, y)

    def imul(self, x: Operand, y: Operand) -> Operand:
        return self.op(a.imul, x, y)

    def convert(self, operand: Operand, type: Type) -> Operand:
        """The operand as another type, as NumPy casts."""
        if operand.type is type:
            return operand
        row = {
            (I64, F64): a.i2f,
            (B1, F64): a.b2f,
            (B1, I64): a.b2i,
            (F64, I64): a.f2i,
        }.get((operand.type, type))
        if row is not None:
            return self.op(row, operand)
        zero = constant(0, operand.type)
        return self.op(a.bnot, self.op(a.eq if operand.type is F64 else a.ieq, operand, zero))

    def known_value(self, value: Value, what: str) -> Any:
        """The value that has to be known at compile time, as a plain Python object.

        A run-time value that depends on the data alone is evaluated with the data at hand; the module then
        assumes it, and other data for which it differs are compiled anew.
        """
        recipe = recipe_of(value)
        if recipe is None:
            self.fail(
                f"{what} must be known when the objective is compiled",
                "this depends on parameters or on the course of the computation",
                remedy="use a constant, a size, or a value that depends on the data alone",
            )
        try:
            result = evaluate(recipe, self.leaves)
        except NoExample as missing:
            self.fail_for_types_alone(what, missing)
        self.assumed.append((recipe, result))
        return result.item() if isinstance(result, np.generic) else result

    def fail_for_types_alone(self, what: str, missing: NoExample) -> NoReturn:
        """Refuse what only example data can tell."""
        self.fail(
            f"{what} depends on what {missing} holds",
            "here",
            reason="only the types of the data are given",
            remedy="precompile with example data",
        )

    # -- sizes ----------------------------------------------------------------------------

    def size(self, operand: Operand) -> Operand:
        """The representative of a size: sizes found equal have the same one."""
        while operand in self._same:
            operand = self._same[operand]
        return operand

    def same_size(self, x: Operand, y: Operand) -> bool:
        return self.size(x) is self.size(y)

    def equate(self, x: Operand, y: Operand) -> None:
        """Take two sizes as equal from here on; a check must have been emitted."""
        x, y = self.size(x), self.size(y)
        if x is y or self.builder.depth_of(x) or self.builder.depth_of(y):
            return
        if isinstance(x, Const):
            x, y = y, x
        if not isinstance(x, Const) and self.unconditional():
            self._same[x] = y

    def fix(self, size: Operand, value: Operand) -> None:
        """Take a size as a constant or another size; the module must have been made to assume it."""
        self._same[self.size(size)] = value

    @contextmanager
    def outermost(self) -> Iterator[None]:
        """What is emitted inside goes before everything that is open: for checks of sizes."""
        scopes = self.builder.scopes
        self.builder.scopes = scopes[:1]
        try:
            yield
        finally:
            self.builder.scopes = scopes

    def example_length(self, value: Any) -> int | None:
        """The length of an array with the data and parameters at hand, where it is a plain size."""
        return self.example(value.shape[0]) if isinstance(value, Array) and value.rank else None

    def example(self, size: Operand) -> int | None:
        """What a size is with the data and parameters at hand."""
        size = self.size(size)
        return int(size.value) if isinstance(size, Const) else self.examples.get(size)

    def is_size(self, operand: Operand) -> bool:
        """Whether an operand is known not to be negative, being the length of an axis."""
        return operand in self.sizes

    def is_one(self, operand: Operand) -> bool:
        """Whether an axis has length one and is repeated by broadcasting."""
        size = self.size(operand)
        return isinstance(size, Const) and size.value == 1

    def in_loop(self) -> bool:
        """Whether the innermost block is inside a loop."""
        return any(scope.kind == "loop" for scope in self.builder.scopes)

    def outside(self, operand: Operand, at: Mapping[Operand, Operand]) -> Operand | None:
        """The same size, computed where the current region began, with loop variables as `at` gives them.

        None when it depends on anything else than integer arithmetic of what is known there.
        """
        found = at.get(operand)
        if found is not None:
            return found
        if isinstance(operand, Const) or self.builder.depth_of(operand) < self.frames[-1].level:
            return operand
        let = self.builder.definition.get(operand)
        if let is None:
            return None
        args = [self.outside(x, at) for x in let.args]
        if any(x is None for x in args):
            return None
        return self.op(let.op, *(x for x in args if x is not None))

    def given(self, cond: Operand) -> bool:
        """Whether a truth value holds by the conditions of the arms we are in."""
        return any(f.given is not None and self._implies(*f.given, cond) for f in self.frames)

    def _implies(self, fact: Operand, truth: bool, cond: Operand) -> bool:
        if fact is cond:
            return truth
        let, wanted = self.builder.definition.get(fact), self.builder.definition.get(cond)
        if let is None:
            return False
        if let.op is a.bnot:
            return self._implies(let.args[0], not truth, cond)
        if let.op is (a.band if truth else a.bor):
            return any(self._implies(part, truth, cond) for part in let.args)
        return wanted is not None and wanted.op is a.ilt and self._exceeds(let, truth, *wanted.args)

    def _exceeds(self, let: Let, truth: bool, low: Operand, index: Operand) -> bool:
        """Whether low < index, low a constant, follows from a comparison that is true or false."""
        if not isinstance(low, Const):
            return False
        x, y = let.args
        if let.op is (a.ine if truth else a.ieq):
            least = self.lows.get(index, 0 if index in self.nonnegative else None)
            return {x, y} == {low, index} and least is not None and least >= int(low.value)
        if let.op not in (a.ilt, a.ile):
            return False
        if not truth:
            x, y = y, x
        strict = (let.op is a.ilt) == truth
        return y is index and isinstance(x, Const) and int(x.value) >= int(low.value) + (not strict)

    def unconditional(self) -> bool:
        """Whether what is emitted now runs whatever branches are taken."""
        return all(scope.kind != "arm" for scope in self.builder.scopes)

    # -- mutable values -------------------------------------------------------------------

    def visible(self, buffer: Buffer) -> bool:
        """Whether a buffer's block is still open."""
        return self.builder.is_open(buffer)

    def forget(self) -> None:
        """Share nothing that was computed before: statements were taken back."""
        self.builder.forget()
        self.spilled.clear()

    def restart(self, cell: Any) -> NoReturn:
        """Have the loop evaluated again, with `cell` in memory."""
        raise Restart(cell)

    def born(self, cell: Any) -> None:
        """A mutable value came into being: changes to it concern no region that contains its birth."""
        if self.frames:
            frame = self.frames[-1]
            frame.born.add(id(cell))
            frame.keep.append(cell)

    def run_list(
        self,
        columns: Array | tuple[Array, ...],
        count: Operand,
        room_for: Token = None,
        form: Form | None = None,
    ) -> RunList:
        """A new list of run-time length: the first `count` rows of arrays that are the list's own."""
        made = RunList(columns if isinstance(columns, tuple) else (columns,), count, room_for, form)
        for column in made.columns:
            self.born(column)
        self.born(made)
        return made

    @contextmanager
    def region(self, frame: Frame) -> Iterator[Frame]:
        """Note what changes inside."""
        self.frames.append(frame)
        try:
            yield frame
        finally:
            self.frames.pop()

    def changing(self, cell: Any) -> None:
        """Refuse to change what may or may not be what another name stands for, or an item of a list."""
        if id(cell) in self.copies:
            self.fail(
                "an item of a list cannot be changed at an index that is only known at run time",
                "this item",
                remedy="use one array, such as np.zeros((n, m)), in place of the list",
            )
        if id(cell) in self.forked:
            name = self.forked[id(cell)][1]
            self.fail(
                f"whether this is what `{name}` stands for is only known at run time",
                "this is changed in place",
                reason="a condition decided between two values, and both are still used",
                remedy="write .copy() where the condition decides",
            )

    def change(self, cell: Any, state: Any) -> None:
        """The user's program changes `cell`; `state` is what it holds now."""
        self.changing(cell)
        self.touch(cell, state)

    def touch(self, cell: Any, state: Any) -> None:
        """`cell` is about to change; `state` is what it holds now."""
        if self.journal is not None:
            self.journal.append((cell, state))
        for frame in self.frames_around(cell):
            frame.changed.setdefault(id(cell), (cell, state))

    def outside_region(self, cell: Any) -> bool:
        """Whether a cell was made outside the innermost loop or branch that is being evaluated."""
        return bool(self.frames) and id(cell) not in self.frames[-1].born

    def local(self, cell: Any) -> bool:
        """Whether a cell was made in the innermost region: changing it there concerns nobody else."""
        return not self.frames or id(cell) in self.frames[-1].born

    def frames_around(self, cell: Any) -> Iterator[Frame]:
        """The open regions that a cell was made outside of, the innermost first."""
        for frame in reversed(self.frames):
            if id(cell) in frame.born:
                return
            yield frame

    def loop_around(self, cell: Any) -> Frame | None:
        """The outermost open loop that the cell was made outside of."""
        loops = [frame for frame in self.frames_around(cell) if frame.loop]
        return loops[-1] if loops else None

    def in_arm(self, cell: Any) -> bool:
        """Whether there is an open arm that the cell was made outside of."""
        return any(not frame.loop for frame in self.frames_around(cell))

    def outside_loop(self, cell: Any) -> bool:
        """Whether a cell was made outside the innermost loop that is being evaluated."""
        return any(frame.loop for frame in self.frames_around(cell))


def recipe_of(value: Value) -> Any:
    """The recipe of a value or of a container of values; None when it depends on more than the data."""
    if is_known(value):
        return Known(as_python(value))
    if isinstance(value, (Scalar, Array, Foreign)):
        return value.recipe
    if isinstance(value, (tuple, ListValue)):
        parts = [recipe_of(v) for v in (value if isinstance(value, tuple) else value.items)]
        if any(p is None for p in parts):
            return None
        return tuple(parts) if isinstance(value, tuple) else parts
    if isinstance(value, slice):
        return recipe_of((value.start, value.stop, value.step)) and slice(
            recipe_of(value.start), recipe_of(value.stop), recipe_of(value.step)
        )
    return None
