"""Random programs: loops, branches and arrays changed in place, nested into each other.

Every value is squashed into a small range, every index stays inside; what such a program computes
means nothing, but forward and reverse mode must agree on its derivative.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from adfun.ir.builder import Builder
from adfun.ir.nodes import Buffer, Function, Input, Operand, Var, f64, i64
from adfun.ir.types import F64
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e

SIZE = 4
"""Length of every array, and the longest loop."""


def random_function(seed: int, length: int = 5, depth: int = 3) -> Function:
    """A function of the scalar p, the array x and the data y."""
    return _Writer(random.Random(seed), depth).write(length)


class _Writer:
    def __init__(self, rng: random.Random, depth: int) -> None:
        self.rng = rng
        self.depth = depth
        self.b = Builder()
        self.values: list[Operand] = []
        self.buffers: list[Buffer] = []
        self.indices: list[Operand] = [i64(0), i64(1), i64(SIZE - 1)]

    def write(self, length: int) -> Function:
        p, size = Var(F64, "p"), i64(SIZE)
        x, y = (Buffer(F64, (size,), "input", name) for name in "xy")
        inputs = (Input("p", "param", p), Input("x", "param", x), Input("y", "data", y))
        self.values = [p, f64(0.7)]
        self.buffers = [x, y]
        for _ in range(2):
            self._allocate()
        self._statements(length)
        total = self.values[-1]
        for buffer in self.buffers:
            total = self.b.op(a.add, total, self._sum(buffer))
        return Function("fn", inputs, self.b.finish(total))

    def _sum(self, buffer: Buffer) -> Operand:
        return self.b.for_loop(
            i64(0), i64(SIZE), [f64(0.0)], lambda i, s: [self.b.op(a.add, s[0], self.b.load(buffer, [i]))]
        )[0]

    # -- statements ----------------------------------------------------------------------------

    def _statements(self, length: int) -> None:
        inner = [self._for, self._for, self._if, self._while, self._allocate] if self.depth else []
        for _ in range(length):
            simple = [self._let, self._let, self._load, self._store, self._store, self._accum]
            self.rng.choice(simple + inner)()

    def _inside(self, block: Callable[[], Sequence[Operand]]) -> Sequence[Operand]:
        """Write a block: what it makes is not visible outside."""
        outer = self.values, self.buffers, self.indices
        self.values, self.buffers, self.indices = (list(x) for x in outer)
        self.depth -= 1
        made = block()
        self.depth += 1
        self.values, self.buffers, self.indices = outer
        return made

    def _value(self) -> Operand:
        recent = self.values[-4:] if self.rng.random() < 0.7 else self.values
        return self.rng.choice(recent)

    def _index(self) -> Operand:
        b, i = self.b, self.rng.choice(self.indices[-3:] + self.indices[:3])
        kind = self.rng.randrange(5)
        if kind == 0:
            return b.op(a.isub, i64(SIZE - 1), i)
        if kind == 1:
            return b.op(a.imod, b.op(a.iadd, i, i64(1)), i64(SIZE))
        return i

    def _let(self) -> None:
        b, x, y = self.b, self._value(), self._value()
        made = [
            lambda: b.op(e.sin, b.op(a.mul, x, y)),
            lambda: b.op(a.div, x, b.op(a.add, f64(1.5), b.op(a.square, y))),
            lambda: b.op(e.tanh, b.op(a.sub, x, y)),
            lambda: b.op(a.mul, f64(0.5), b.op(a.add, x, y)),
            lambda: b.op(a.select, b.op(a.lt, x, y), b.op(e.sin, x), b.op(a.mul, y, y)),
            lambda: b.op(e.exp, b.op(a.neg, b.op(a.square, x))),
        ]
        self.values.append(self.rng.choice(made)())

    def _load(self) -> None:
        self.values.append(self.b.load(self.rng.choice(self.buffers), [self._index()]))

    def _mutable(self) -> Buffer:
        return self.rng.choice([x for x in self.buffers if x.storage == "alloc"])

    def _store(self) -> None:
        self.b.store(self._mutable(), [self._index()], self.b.op(e.sin, self._value()))

    def _accum(self) -> None:
        self.b.accum(self._mutable(), [self._index()], self.b.op(a.mul, f64(0.3), self._value()))

    def _allocate(self) -> None:
        b = self.b
        if self.rng.random() < 0.5:
            self.buffers.append(b.alloc(F64, [i64(SIZE)], zero=True, hint="w"))
            return
        buffer = b.alloc(F64, [i64(SIZE)], zero=False, hint="w")
        source, scale = self.rng.choice(self.buffers), self._value()

        def fill(i: Var, _: tuple[Var, ...]) -> Sequence[Operand]:
            b.store(buffer, [i], b.op(e.sin, b.op(a.mul, scale, b.load(source, [i]))))
            return ()

        b.for_loop(i64(0), i64(SIZE), (), fill)
        self.buffers.append(buffer)

    # -- control flow --------------------------------------------------------------------------

    def _next(self, carried: Sequence[Var]) -> Sequence[Operand]:
        """What a loop hands on: a sum, a squashed sum, or any value."""
        b, made = self.b, []
        for c in carried:
            value, kind = self._value(), self.rng.randrange(4)
            if kind < 2:
                made.append(b.op(a.add if kind else a.sub, c, b.op(a.mul, f64(0.2), value)))
            else:
                made.append(b.op(e.sin, b.op(a.add, c, value)) if kind == 2 else value)
        return made

    def _for(self) -> None:
        rng = self.rng
        start = rng.choice([i64(0), i64(0), i64(1), *self.indices])
        stop = rng.choice([i64(SIZE), i64(SIZE), i64(SIZE - 1), *self.indices])
        inits = [self._value() for _ in range(rng.randrange(3))]

        def body(i: Var, carried: tuple[Var, ...]) -> Sequence[Operand]:
            def block() -> Sequence[Operand]:
                self.indices.append(i)
                self.values += [c for c in carried if rng.random() < 0.6]
                self._statements(rng.randrange(1, 5))
                return self._next(carried)

            return self._inside(block)

        self.values += self.b.for_loop(start, stop, inits, body)

    def _while(self) -> None:
        b, rng = self.b, self.rng
        inits = [i64(0), *(self._value() for _ in range(rng.randrange(1, 3)))]
        bound, tested = self._value(), self._mutable()

        def cond(params: tuple[Var, ...]) -> Operand:
            go_on = b.op(a.ilt, params[0], i64(3))
            if bound is not inits[1]:
                seen = b.load(tested, [i64(1)])
                go_on = b.op(a.band, go_on, b.op(a.lt, b.op(e.sin, seen), b.op(a.add, f64(1.0), bound)))
            return go_on

        def body(params: tuple[Var, ...]) -> Sequence[Operand]:
            def block() -> Sequence[Operand]:
                self.indices.append(params[0])
                self.values += params[1:]
                self._statements(rng.randrange(1, 4))
                return [b.op(a.iadd, params[0], i64(1)), *self._next(params[1:])]

            return self._inside(block)

        self.values += b.while_loop(inits, cond, body)[1:]

    def _if(self) -> None:
        b, rng = self.b, self.rng
        count = rng.randrange(3)

        def arm() -> Sequence[Operand]:
            def block() -> Sequence[Operand]:
                self._statements(rng.randrange(4))
                return [self._value() for _ in range(count)]

            return self._inside(block)

        test = b.op(a.lt, self._value(), b.op(a.mul, f64(0.9), self._value()))
        self.values += b.if_else(test, arm, arm)
