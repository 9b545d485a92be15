"""Long call functions in steps: whatever is made in one is there in the others."""

from __future__ import annotations

import pytest
from tests.backend import test_random as random_programs
from tests.backend.native import entry
from tests.backend.test_statements import N, S, X, agree, buf, function, var

from adfun.backend import steps
from adfun.backend.module import emit
from adfun.ir.builder import Builder
from adfun.ir.nodes import Operand, f64, i64
from adfun.ir.types import F64
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e


@pytest.fixture(autouse=True)
def every_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "LONG", 0)
    monkeypatch.setattr(steps, "STEP", 1)


def body(b: Builder) -> Operand:
    s = var(S)
    scaled = b.op(
        a.mul, b.op(e.log1p, b.op(a.square, s)), f64(1 / 3)
    )  # neither log1p nor 0x1.5..p-2 is a name
    small = b.alloc(F64, [i64(3)], zero=True)
    large = b.alloc(F64, [N], zero=True)
    b.store(small, [i64(1)], scaled)
    b.for_loop(
        i64(0), N, [], lambda i, _: (b.store(large, [i], b.op(a.mul, b.load(buf(X), [i]), scaled)), [])[1]
    )
    (chosen,) = b.if_else(b.op(a.lt, s, f64(0.0)), lambda: [scaled], lambda: [b.load(small, [i64(1)])])
    (total,) = b.for_loop(i64(0), N, [chosen], lambda i, c: [b.op(a.add, c[0], b.load(large, [i]))])
    return b.op(a.add, b.op(a.add, total, scaled), b.load(small, [i64(0)]))


def test_values_and_buffers_go_from_step_to_step() -> None:
    text = emit([entry(function(body))]).text
    assert text.count("static adfun_i32 adfun_fn_step") > 6
    for member in ("double *b", "double t", "[3];"):
        assert member in text.partition("struct adfun_fn_frame {")[2].partition("};")[0]
    agree(body)


@pytest.mark.parametrize("seed", range(6))
def test_random_programs(seed: int) -> None:
    random_programs.agree(seed)


@pytest.mark.parametrize(("many", "cut"), [(3000, False), (5, True), (30, False)])
def test_a_short_function_is_cut_for_many_values_only(
    monkeypatch: pytest.MonkeyPatch, many: int, cut: bool
) -> None:
    monkeypatch.setattr(steps, "LONG", 1000)
    monkeypatch.setattr(steps, "MANY", many)
    assert ("_step" in emit([entry(function(body))]).text) == cut
