"""Random programs: compiled and interpreted results agree, for sizes around the vector width."""

from __future__ import annotations

import platform
import random
import shutil
from collections.abc import Sequence

import numpy as np
import pytest
from tests.backend.native import CXX, Module, entry, flat
from tests.backend.test_statements import ALL, GS, GX, B, C, K, M, N, P, R, S, T, X, buf, run, values, var

from adfun.ir.builder import Builder
from adfun.ir.check import check
from adfun.ir.nodes import Buffer, Function, Operand, Var, b1, f64, i64
from adfun.ir.types import B1, F64, I64, Type
from adfun.primitives import arithmetic as a

REAL = ("add", "sub", "mul", "minimum", "maximum", "fabs", "neg", "square", "mul0", "sign", "floor")
SUMS = ("add", "sub", "add", "minimum")


class Program:
    """Emits random statements; every value is finite and every index inside its buffer."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.b = Builder()
        self.pool: dict[Type, list[Operand]] = {
            F64: [var(S), var(R), f64(0.5), f64(-1.25)],
            I64: [i64(1), i64(2), var(C)],
            B1: [var(T), b1(True)],
        }
        self.private: list[Buffer] = []
        self.shared: list[Buffer] = []
        self.index: list[Operand] = []
        self.column: list[Operand] = []
        self.sums = self.b.alloc(F64, [P], zero=True)

    def pick(self, type_: Type) -> Operand:
        return self.rng.choice(self.pool[type_][-8:])

    def bounded(self, x: Operand) -> Operand:
        """Keeps products of products finite."""
        return self.b.op(a.maximum, self.b.op(a.minimum, x, f64(8.0)), f64(-8.0))

    def position(self, size: Operand) -> Operand:
        """An index below a size that is at least 1."""
        if self.index and self.rng.random() < 0.4 and size is N:
            return self.index[0]
        raw = self.b.op(a.iabs, self.pick(I64))
        return self.b.op(a.imod, raw, size)

    # -- expressions --------------------------------------------------------------------------

    def real(self) -> None:
        b, rng = self.b, self.rng
        choice = rng.random() * (1.3 if self.index and self.column else 1.0)
        if choice < 0.55:
            row = getattr(a, rng.choice(REAL))
            value = self.bounded(b.op(row, *[self.pick(F64) for _ in row.args]))
        elif choice < 0.7:
            value = b.op(a.select, self.pick(B1), self.pick(F64), self.pick(F64))
        elif choice < 0.8:
            value = self.bounded(b.op(a.i2f, self.pick(I64)))
        elif choice < 0.9:
            value = b.load(buf(X), [self.position(N)])
        elif self.index and self.column and rng.random() < 0.7:
            value = b.load(buf(M), [self.index[0], self.column[-1]])
        else:
            value = b.load(buf(M), [self.position(N), self.position(P)])
        self.pool[F64].append(value)

    def whole(self) -> None:
        b, rng = self.b, self.rng
        if rng.random() < 0.4:
            value = b.load(buf(K), [self.position(N)])
        else:
            row = getattr(a, rng.choice(("iadd", "isub", "imul", "imin", "imax", "ineg")))
            value = b.op(a.imod, b.op(row, *[self.pick(I64) for _ in row.args]), i64(1000))
        self.pool[I64].append(value)

    def truth(self) -> None:
        b, rng = self.b, self.rng
        choice = rng.random()
        if choice < 0.5:
            value = b.op(getattr(a, rng.choice(("lt", "le"))), self.pick(F64), self.pick(F64))
        elif choice < 0.7:
            value = b.op(getattr(a, rng.choice(("ilt", "ieq"))), self.pick(I64), self.pick(I64))
        elif choice < 0.85:
            value = b.op(getattr(a, rng.choice(("band", "bor", "bxor"))), self.pick(B1), self.pick(B1))
        else:
            value = b.load(buf(B), [self.position(N)])
        self.pool[B1].append(value)

    # -- statements ---------------------------------------------------------------------------

    def statements(self, count: int, depth: int) -> None:
        for _ in range(count):
            choice = self.rng.random()
            if choice < 0.4:
                self.real()
            elif choice < 0.55:
                self.whole()
            elif choice < 0.67:
                self.truth()
            elif choice < 0.78 and depth:
                self.branch(depth)
            elif choice < 0.88 and depth:
                self.loop(depth)
            else:
                self.memory()

    def memory(self) -> None:
        b, rng, value = self.b, self.rng, self.pick(F64)
        choice = rng.random()
        if self.column and choice < 0.25:
            b.accum(self.sums, [self.column[-1]], value)
        elif choice < 0.3:
            b.accum(buf(GX), [self.position(N)], value)
        elif choice < 0.5:
            b.accum(buf(GS), [], value)
        elif choice < 0.7 and self.private:
            buffer = rng.choice(self.private)
            at = self.place()
            (b.store if rng.random() < 0.5 else b.accum)(buffer, [at], value)
            self.pool[F64].append(self.bounded(b.load(buffer, [self.place()])))
        elif self.shared and self.index:
            buffer = rng.choice(self.shared)
            b.store(buffer, [self.index[0]], value)
            if rng.random() < 0.5:
                self.pool[F64].append(b.load(buffer, [self.index[0]]))

    def place(self) -> Operand:
        """An index into a private buffer."""
        return self.position(i64(3)) if self.rng.random() < 0.5 else i64(self.rng.randrange(3))

    def sizes(self) -> dict[Type, int]:
        return {t: len(v) for t, v in self.pool.items()}

    def restore(self, sizes: dict[Type, int]) -> None:
        for t, n in sizes.items():
            del self.pool[t][n:]

    def branch(self, depth: int) -> None:
        def arm() -> Sequence[Operand]:
            sizes = self.sizes()
            self.statements(self.rng.randrange(1, 4), depth - 1)
            yields = [self.pick(F64), self.pick(B1)]
            self.restore(sizes)
            return yields

        real, truth = self.b.if_else(self.pick(B1), arm, arm)
        self.pool[F64].append(real)
        self.pool[B1].append(truth)

    def loop(self, depth: int) -> None:
        rng, b = self.rng, self.b
        stop = rng.choice([P, P, i64(3), N] if self.index else [N, N, P, i64(3)])
        start: Operand = i64(0)
        if self.index and rng.random() < 0.3:
            stop = self.position(P)
            start = self.position(P) if rng.random() < 0.4 else start
        sums, free = rng.randrange(3), rng.random() < 0.2
        inits = [self.pick(F64) for _ in range(sums + free)]

        def body(i: Var, carried: tuple[Var, ...]) -> list[Operand]:
            sizes, outer, index = self.sizes(), list(self.private), list(self.index)
            column = list(self.column)
            self.pool[I64].append(i)
            if stop is N and not self.index:
                self.index.append(i)
            if stop is P:
                self.column.append(i)
            if rng.random() < 0.3:
                self.private.append(b.alloc(F64, [i64(3)], zero=True))
            if free:
                self.pool[F64].append(carried[-1])
            self.statements(rng.randrange(2, 7), depth - 1)
            yields = [b.op(getattr(a, rng.choice(SUMS)), c, self.pick(F64)) for c in carried[:sums]]
            yields += [self.pick(F64)] if free else []
            self.restore(sizes)
            self.private, self.index, self.column = outer, index, column
            return yields

        results = b.for_loop(start, stop, inits, body)
        self.pool[F64] += [self.bounded(r) for r in results]


@pytest.mark.parametrize("seed", range(60))
def test_random_program(seed: int) -> None:
    agree(seed)


def random_function(seed: int) -> Function:
    program = Program(seed)
    program.shared = [program.b.alloc(F64, [N], zero=True) for _ in range(2)]
    program.loop(3)
    program.statements(6, 3)
    yields = program.pool[F64][-6:]
    for k, buffer in enumerate(program.shared):
        program.b.report(f"shared {k}", buffer)
    program.b.report("sums", program.sums)
    return check(Function("fn", (*ALL, GS, GX), program.b.finish(*yields)))


def agree(seed: int, flags: list[str] | None = None, compiler: str = CXX) -> None:
    fn = random_function(seed)
    module = Module(entry(fn), flags=flags, compiler=compiler)
    for n in (1, 8, 13, 37):
        given = values(n)
        expected = run(fn, given)
        outcome = module.call("fn", given)
        assert outcome.status == 0
        close = {"rtol": 1e-10, "atol": 1e-10}
        np.testing.assert_allclose(outcome.values[: len(expected.values)], np.array(expected.values), **close)
        np.testing.assert_allclose(outcome.gradient[: n + 1], flat(fn, expected.buffers), **close)
        for name, value in expected.reports.items():
            np.testing.assert_allclose(outcome.reports[name], value, **close)


CLANG = shutil.which("clang++")
BASE = ["-std=c++17", "-O2", "-fno-math-errno", "-w", "-fPIC", "-shared"]
BUILDS = {
    "generic": (CXX, []),
    "avx2": (CXX, ["-march=x86-64-v3"]),
    "clang": (CLANG, ["-march=native"]),
    "clang generic": (CLANG, []),
}


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("seed", [2, 5, 9, 23])
def test_random_program_of_other_builds(seed: int, build: str) -> None:
    compiler, extra = BUILDS[build]
    if compiler is None:
        pytest.skip("no clang")
    if "-march=x86-64-v3" in extra and platform.machine() != "x86_64":
        pytest.skip("another machine")
    agree(seed, flags=BASE + extra, compiler=compiler)
