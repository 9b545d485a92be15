"""Random well-formed functions: nested loops, arms, stores, gathers and checks over a few small arrays."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

from adfun.ir.builder import Builder
from adfun.ir.nodes import Buffer, Error, Function, Operand, Var, f64, i64
from adfun.ir.rows import Kernel
from adfun.ir.types import F64, I64
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e
from tests.passes.ir_programs import Case, Draft, size


def _running(x: Any, start: Any) -> tuple[Any, ...]:
    sums = np.sin(start + np.cumsum(x))
    return sums, int(np.sum(sums > 0.0))


RUNNING = Kernel("running", _running, agreeing=lambda _: ())
MAX_DEPTH = 3
NEVER = Error("ValueError", "this check holds for every input of the test")


class Program:
    """A function that grows statement by statement; `values` and `arrays` are what is visible."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.draft = Draft("random")
        self.b: Builder = self.draft.b
        n, m = size("n"), size("m")
        d = self.draft
        self.sizes: list[Operand] = [n, m]
        self.values: list[Operand] = [d.scalar("p"), d.scalar("q"), d.scalar("d", role="data"), f64(0.75)]
        self.arrays: list[Buffer] = [
            d.buffer("x", n),
            d.buffer("A", n, m),
            d.buffer("u", m, role="param"),
        ]
        self.groups = d.buffer("g", n, elem=I64)
        self.gradient = d.buffer("gu", m, role="gradient")
        self.loops: list[tuple[Var, Operand]] = []
        self.mutable: list[Buffer] = []
        self.depth = 0
        self.reports = 0

    # -- choosing --------------------------------------------------------------------------------

    def value(self) -> Operand:
        return self.random.choice(self.values[-8:] if self.random.random() < 0.8 else self.values)

    def datum(self) -> Operand:
        """A value that depends on data alone, to steer with."""
        b = self.b
        return b.op(e.sin, b.op(a.add, b.load(self.arrays[0], [self.index(self.sizes[0])]), self.values[2]))

    def index(self, length: Operand) -> Operand:
        """An index in range for an axis of the given length."""
        b, r = self.b, self.random
        fitting = [i for i, stop in self.loops if stop is length]
        choice = r.random()
        if fitting and choice < 0.8:
            i = r.choice(fitting)
            last = b.op(a.isub, length, i64(1))
            return b.op(a.isub, last, i) if choice < 0.15 else i
        rows = [i for i, stop in self.loops if stop is self.sizes[0]]
        if length is self.sizes[1] and rows and choice < 0.95:
            k = b.load(self.groups, [r.choice(rows)])
            inside = b.op(a.band, b.op(a.ile, i64(0), k), b.op(a.ilt, k, length))
            b.check(inside, NEVER)
            return k
        return i64(r.randrange(2))

    def place(self, buffer: Buffer) -> list[Operand]:
        return [self.index(length) for length in buffer.shape]

    # -- statements ------------------------------------------------------------------------------

    def grow(self, count: int) -> None:
        kinds: list[Callable[[], None]] = [self.let, self.let, self.load, self.load]
        if self.depth < MAX_DEPTH:
            kinds += [self.build, self.loop, self.loop, self.branch, self.while_, self.fill, self.store]
        kinds += [self.store, self.accum, self.shift, self.check, self.kernel]
        if self.depth == 0:
            kinds += [self.report, *[self.build] * 4, *[self.loop] * 4]
        for _ in range(count):
            self.random.choice(kinds)()

    def inside(self, count: int) -> None:
        """Statements in a nested block; what they define is forgotten by the caller."""
        self.depth += 1
        self.grow(count)
        self.depth -= 1

    def marks(self) -> tuple[int, int, int]:
        return len(self.values), len(self.arrays), len(self.mutable)

    def forget(self, marks: tuple[int, int, int]) -> None:
        del self.values[marks[0] :], self.arrays[marks[1] :], self.mutable[marks[2] :]

    def let(self) -> None:
        b, r = self.b, self.random
        x, y = self.value(), self.value()
        made: list[Callable[[], Operand]] = [
            lambda: b.op(a.add, x, y),
            lambda: b.op(a.sub, x, y),
            lambda: b.op(a.mul, x, b.op(e.sin, y)),
            lambda: b.op(e.tanh, x),
            lambda: b.op(e.exp, b.op(e.sin, x)),
            lambda: b.op(a.select, b.op(a.lt, x, y), x, y),
            lambda: b.op(a.fabs, b.op(a.neg, x)),
            lambda: b.op(e.exp, self.datum()),
        ]
        self.values.append(r.choice(made)())

    def load(self) -> None:
        buffer = self.random.choice(self.arrays[-3:] if self.random.random() < 0.7 else self.arrays)
        self.values.append(self.b.load(buffer, self.place(buffer)))

    def build(self) -> None:
        shape = self.random.choice([[self.sizes[0]], [self.sizes[1]], [*self.sizes]])

        def element(indices: tuple[Var, ...]) -> Operand:
            marks = self.marks()
            self.loops += zip(indices, shape, strict=True)
            self.without_effects(self.random.randrange(1, 4))
            value = self.value()
            del self.loops[-len(indices) :]
            self.forget(marks)
            return value

        self.arrays.append(self.b.build(F64, shape, element))

    def without_effects(self, count: int) -> None:
        for _ in range(count):
            self.random.choice([self.let, self.load])()

    def loop(self) -> None:
        b, r = self.b, self.random
        shorter = r.random() < 0.2
        length = r.choice(self.sizes)
        stop = b.op(a.isub, length, i64(1)) if shorter else length
        around = [i for i, limit in self.loops if limit is length]
        if around and r.random() < 0.2:
            stop = r.choice(around)  # a triangle
        inits = [self.value() for _ in range(r.randrange(3))]

        def body(i: Var, carried: tuple[Var, ...]) -> list[Operand]:
            marks = self.marks()
            self.loops.append((i, length))
            self.values += carried
            self.inside(r.randrange(1, 5))
            result = [self.next(c) for c in carried]
            self.loops.pop()
            self.forget(marks)
            return result

        self.values += b.for_loop(i64(0), stop, inits, body)

    def next(self, carried: Var) -> Operand:
        b, kind = self.b, self.random.random()
        if kind < 0.5:
            return b.op(a.add, carried, self.value())
        if kind < 0.6:
            return carried
        return b.op(e.sin, b.op(a.add, carried, self.value())) if kind < 0.9 else self.value()

    def while_(self) -> None:
        b = self.b
        limit = i64(self.random.randrange(4))

        def body(c: tuple[Var, ...]) -> list[Operand]:
            marks = self.marks()
            self.values.append(c[1])
            self.inside(self.random.randrange(1, 3))
            value = self.next(c[1])
            self.forget(marks)
            return [b.op(a.iadd, c[0], i64(1)), value]

        bound = self.value() if self.random.random() < 0.5 else f64(100.0)
        results = b.while_loop(
            [i64(0), self.value()],
            lambda c: b.op(a.band, b.op(a.ilt, c[0], limit), b.op(a.lt, c[1], bound)),
            body,
        )
        self.values.append(results[1])

    def branch(self) -> None:
        count = self.random.randrange(3)

        def arm() -> list[Operand]:
            marks = self.marks()
            self.inside(self.random.randrange(3))
            found = [self.value() for _ in range(count)]
            self.forget(marks)
            return found

        left = self.datum() if self.random.random() < 0.4 else self.value()
        cond = self.b.op(a.lt, left, self.random.choice([f64(0.25), self.value()]))
        self.values += self.b.if_else(cond, arm, arm)

    def fill(self) -> None:
        """A new mutable buffer, zeroed or filled by a loop."""
        b, length = self.b, self.random.choice(self.sizes)
        zero = self.random.random() < 0.5
        buffer = b.alloc(F64, [length], zero=zero)
        if not zero:

            def body(i: Var, _: tuple[Var, ...]) -> list[Operand]:
                marks = self.marks()
                self.loops.append((i, length))
                self.without_effects(2)
                b.store(buffer, [i], self.value())
                self.loops.pop()
                self.forget(marks)
                return []

            b.for_loop(i64(0), length, [], body)
        self.arrays.append(buffer)
        self.mutable.append(buffer)

    def store(self) -> None:
        if self.mutable:
            buffer = self.random.choice(self.mutable)
            self.b.store(buffer, self.place(buffer), self.value())

    def accum(self) -> None:
        buffer = self.random.choice([*self.mutable, self.gradient])
        self.b.accum(buffer, self.place(buffer), self.value())

    def shift(self) -> None:
        """A recurrence through memory: y[i + 1] = f(y[i])."""
        if not self.mutable or self.depth >= MAX_DEPTH:
            return
        b, buffer = self.b, self.random.choice(self.mutable)

        def body(i: Var, _: tuple[Var, ...]) -> list[Operand]:
            b.store(buffer, [b.op(a.iadd, i, i64(1))], b.op(e.sin, b.load(buffer, [i])))
            return []

        b.for_loop(i64(0), b.op(a.isub, buffer.shape[0], i64(1)), [], body)

    def check(self) -> None:
        self.b.check(self.b.op(a.le, b_abs_bounded(self.b, self.value()), f64(1.0)), NEVER)

    def kernel(self) -> None:
        """The running sums of an array, and how many of them are positive."""
        buffer = self.random.choice([x for x in self.arrays if x.rank == 1])
        outputs = self.b.call(RUNNING, [buffer, self.value()], [(F64, buffer.shape), I64])
        assert isinstance(outputs[0], Buffer)
        assert isinstance(outputs[1], Var)
        self.arrays.append(outputs[0])
        self.values.append(self.b.op(a.i2f, outputs[1]))

    def report(self) -> None:
        self.reports += 1
        whole = self.random.random() < 0.3
        self.b.report(f"r{self.reports}", self.random.choice(self.arrays) if whole else self.value())

    # -- the whole -------------------------------------------------------------------------------

    def finish(self) -> Function:
        self.grow(18)
        result: Operand = f64(0.0)
        for value in self.values[-6:]:
            result = self.b.op(a.add, result, value)
        for buffer in self.mutable:
            result = self.b.op(a.add, result, self.b.load(buffer, [i64(1)]))
        return self.draft.finish(result, self.value())


def b_abs_bounded(b: Builder, x: Operand) -> Operand:
    """A number of absolute value at most 1 for every finite x; 0 otherwise."""
    return b.op(a.select, b.op(a.isfinite, x), b.op(a.fabs, b.op(e.sin, x)), f64(0.0))


def random_case(seed: int) -> Case:
    """A random function with inputs to run it on."""
    rng = np.random.default_rng(seed)
    inputs = {
        "p": rng.normal(),
        "q": rng.normal(),
        "d": rng.normal(),
        "x": rng.normal(size=4),
        "A": rng.normal(size=(4, 3)),
        "u": rng.normal(size=3),
        "g": rng.integers(0, 3, size=4),
    }
    return Case(Program(seed).finish(), inputs)
