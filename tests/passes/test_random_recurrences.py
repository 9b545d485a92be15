"""Random loops that store and load around their index: passes, value and derivatives agree with NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adfun import make_ad_fun
from adfun.binding import describe, describe_param
from adfun.compile import loops
from adfun.frontend import entry
from adfun.frontend.origin import read
from adfun.ir.check import check
from adfun.ir.interpret import run
from adfun.passes.adjoint import adjoint
from adfun.passes.peel import peel
from adfun.passes.relay import relay
from adfun.passes.simplify import simplify

FIRST = 3
"""Where loops begin: what lies before is there to be read."""
HEADERS = (
    "for t in range({first}, n + {first}):",
    "for t in range(n + {first} - 1, {first} - 1, -1):",
    "t = {first} - 1\n    while t < n + {first} - 1:\n        t += 1",
)


class Writer:
    """Writes one program."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def pick(self, *options: str) -> str:
        return options[self.rng.integers(len(options))]

    def place(self) -> str:
        name = self.pick("h", "h", "k", "z")
        offset = self.rng.integers(-3, 4)
        index = "t" if offset == 0 else f"t {'+' if offset > 0 else '-'} {abs(offset)}"
        if self.rng.random() < 0.1:
            index = self.pick("1", "j", "2 * t - 3 - t", "t % 4", "m + t")
        return f"{name}[{index}]" if name != "z" else f"z[{index}, {self.pick('0', '1', '0', 'j')}]"

    def value(self) -> str:
        leaf = self.pick("a", "b", "p", "q", "x[t - 3]", self.place(), self.place(), self.place())
        other = self.pick("0.5", "b", "p", self.place())
        return self.pick(f"np.sin({leaf}) * {other}", f"{leaf} * 0.5", f"np.tanh({leaf} + {other})", leaf)

    def statement(self, indent: str, deep: bool = False) -> str:
        kind = self.rng.random()
        if kind < 0.15 and not deep:
            place = self.place()
            return f"{indent}{place} = {self.value()}\n{indent}{place} *= {self.value()}\n"
        if kind < 0.5 or deep:
            op = self.pick("=", "=", "=", "+=", "*=")
            return f"{indent}{self.pick(self.place(), self.place(), 'p', 'q')} {op} {self.value()}\n"
        if kind < 0.6:
            return f"{indent}e.append({self.value()} + 0.5 * e[-1])\n"
        if kind < 0.7:
            return f"{indent}j = {self.pick('1 - j', 't % 2', 'j')}\n{indent}count += 1\n"
        if kind < 0.75:
            inner = self.statement(indent + "    ", deep=True)
            return f"{indent}for i in range({self.pick('2', '3', 'm')}):\n{inner}"
        cond = self.pick(
            f"t == {FIRST}", f"t > {FIRST}", f"t != {FIRST}", "x[t - 3] > 0", f"t < {FIRST + 1}", "p > 0"
        )
        text = f"{indent}if {cond}:\n{self.statement(indent + '    ', deep=True)}"
        if self.rng.random() < 0.6:
            text += f"{indent}else:\n{self.statement(indent + '    ', deep=True)}"
        return text

    def program(self) -> str:
        body = "".join(self.statement("        ") for _ in range(self.rng.integers(2, 6)))
        return (
            "import numpy as np\n\ndef objective(a, b, x, m):\n    n = len(x)\n"
            f"    h = np.{self.pick('zeros(n + 7)', 'full(n + 7, 0.3)', 'ones(n + 7) * a')}\n"
            "    k, z, e = np.zeros(n + 7), np.zeros((n + 7, 2)), [b]\n"
            "    h[0], k[1], z[2] = a, b, [a, b]\n    p, q, j, count = a, b, 0, 0\n"
            f"    {self.pick(*HEADERS).format(first=FIRST)}\n{body}"
            "    total = np.sum(h * np.arange(n + 7)) + np.sum(np.sin(k)) + np.sum(z**2) + p * q\n"
            "    return total + np.sum(np.array(e)) + count * a + j * b\n"
        )


class RowWriter:
    """Writes a program whose states are rows of matrices."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def pick(self, *options: str) -> str:
        return options[self.rng.integers(len(options))]

    def time(self) -> str:
        offset = self.rng.integers(-2, 3)
        return "t" if offset == 0 else f"t {'+' if offset > 0 else '-'} {abs(offset)}"

    def row(self) -> str:
        return self.pick(f"A[{self.time()}]", f"A[{self.time()}]", f"B[{self.time()}]", "v", "w")

    def element(self) -> str:
        column = self.pick("0", "1", "2", "k")
        return self.pick(
            f"A[{self.time()}, {column}]", f"B[{self.time()}, 1]", f"v[{column}]", "p", "x[t - 2]"
        )

    def vector(self) -> str:
        r, other = self.row(), self.row()
        return self.pick(
            f"np.tanh({r} @ M)", f"{r} * {self.element()}", f"np.sin({r} + {other})", f"{r} * 0.5",
            f"np.array([{self.element()}, b, {self.element()}])", f"{r}[::-1] * b", f"np.roll({r}, 1)",
            f"np.cumsum({r}) * 0.3", f"np.full(3, {self.element()})",
        )  # fmt: skip

    def statement(self, indent: str, deep: bool = False) -> str:
        kind = self.rng.random()
        if kind < 0.35:
            target = self.pick(f"A[{self.time()}]", f"B[{self.time()}]", "v", "w", f"A[{self.time()}, :]")
            return f"{indent}{target} {self.pick('=', '=', '+=')} {self.vector()}\n"
        if kind < 0.5:
            target = self.pick(f"A[{self.time()}]", "v")
            return f"{indent}{target} = {target} / (1.0 + np.sum({target}**2))\n"
        if kind < 0.65:
            target = self.pick(f"A[{self.time()}, {self.pick('0', '1', '2')}]", "p", "v[1]")
            return f"{indent}{target} {self.pick('=', '+=')} np.sin({self.element()}) * {self.element()}\n"
        if kind < 0.72:
            return f"{indent}A[{self.time()}, 1:] {self.pick('=', '+=')} {self.row()}[:-1] * 0.5\n"
        if deep:
            return f"{indent}p += {self.element()} * 0.1\n"
        if kind < 0.78:
            return f"{indent}e.append({self.vector()})\n"
        inner = self.statement(indent + "    ", deep=True)
        if kind < 0.86:
            return f"{indent}for k in range(3):\n{inner}"
        otherwise = self.statement(indent + "    ", deep=True)
        return (
            f"{indent}if {self.pick('t == 2', 't > 2', 'x[t - 2] > 0')}:\n{inner}{indent}else:\n{otherwise}"
        )

    def program(self) -> str:
        body = "".join(self.statement("        ") for _ in range(self.rng.integers(2, 6)))
        return (
            "import numpy as np\n\ndef objective(a, b, x):\n    n = len(x)\n"
            "    A, B = np.zeros((n + 4, 3)), np.ones((n + 4, 3)) * a\n"
            "    A[0], A[1], B[n + 3] = [a, b, 1.0], [b, 0.2, a], [0.1, a, b]\n"
            "    v, w, p, k, e = np.array([a, b, 0.3]), np.array([b, 1.0, a * b]), a, 1, []\n"
            "    M = np.array([[0.5, a, 0.1], [0.2, 0.3, b], [0.1, 0.1, 0.4]])\n"
            f"    {self.pick(*HEADERS).format(first=2)}\n{body}"
            "    total = np.sum(A * np.arange(3)) + np.sum(np.sin(B)) + np.sum(v * w) + p\n"
            "    return total + sum(np.sum(item) for item in e)\n"
        )


def evaluate(text: str, data: dict[str, Any], params: dict[str, float]) -> float:
    scope: dict[str, Any] = {}
    exec(text, scope)
    return float(scope["objective"](**params, **data))


DATA = {"x": np.random.default_rng(3).normal(size=6), "m": 1}
PARAMS = {"a": 0.4, "b": 0.7}


@pytest.mark.parametrize("block", range(10))
def test_passes_change_no_result(block: int) -> None:
    for seed in range(30 * block, 30 * block + 30):
        text = Writer(seed).program()
        data = {k: describe(k, v) for k, v in DATA.items()}
        params = {k: describe_param(k, v) for k, v in PARAMS.items()}
        function = entry.build(read(text, "objective"), data, params).function
        small = check(simplify(function))
        forms = small, check(peel(small)), check(relay(small)), check(relay(peel(small)))
        expected = evaluate(text, DATA, PARAMS)
        for form in (function, *forms):
            (value,) = run(form, {**DATA, **PARAMS}).values
            assert np.isclose(value, expected, rtol=1e-10, atol=1e-12), f"seed {seed}\n{text}"


@pytest.mark.parametrize("seed", range(1000, 1024))
def test_modules(seed: int) -> None:
    text = Writer(seed).program()
    obj = make_ad_fun(text, DATA, PARAMS, entry="objective")
    at = np.array([0.3, 0.8])
    expected = evaluate(text, DATA, {"a": 0.3, "b": 0.8})
    np.testing.assert_allclose(obj.fn(at), expected, rtol=1e-11)
    slopes = [(obj.fn(at + s) - obj.fn(at - s)) / 2e-6 for s in 1e-6 * np.eye(2)]
    np.testing.assert_allclose(obj.gr(at), slopes, rtol=1e-6, atol=1e-6)
    curves = [(obj.gr(at + s) - obj.gr(at - s)) / 2e-6 for s in 1e-6 * np.eye(2)]
    np.testing.assert_allclose(obj.he(at), curves, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("block", range(6))
def test_rows_of_matrices(block: int) -> None:
    """The fused loops and their adjoint, in the interpreter."""
    data = {"x": DATA["x"]}
    for seed in range(25 * block, 25 * block + 25):
        text = RowWriter(seed).program()
        kinds = {"x": describe("x", data["x"])}
        params = {k: describe_param(k, v) for k, v in PARAMS.items()}
        primal = check(loops(entry.build(read(text, "objective"), kinds, params).function))
        (value,) = run(primal, {**data, **PARAMS}).values
        assert np.isclose(value, evaluate(text, data, PARAMS), rtol=1e-10, atol=1e-12), f"seed {seed}\n{text}"
        found = run(check(simplify(adjoint(primal))), {**data, **PARAMS})
        for name, buffer in zip(PARAMS, found.buffers.values(), strict=True):
            near = [evaluate(text, data, {**PARAMS, name: PARAMS[name] + h}) for h in (-1e-6, 1e-6)]
            slope = (near[1] - near[0]) / 2e-6
            assert np.isclose(np.ravel(buffer)[0], slope, rtol=1e-4, atol=1e-4), f"seed {seed}\n{text}"
