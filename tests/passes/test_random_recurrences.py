"""Random loops that store and load around their index: passes, value and derivatives agree with NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adfun import make_ad_fun
from adfun.binding import describe, describe_param
from adfun.frontend import entry
from adfun.frontend.origin import read
from adfun.ir.check import check
from adfun.ir.interpret import run
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
