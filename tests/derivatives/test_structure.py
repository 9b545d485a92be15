"""What the adjoint costs: how many loops, which memory, which values kept."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import adfun
from adfun.ir.check import check
from adfun.ir.nodes import Alloc, Check, Error, For, Function, If, Let, Report, Var, f64, i64
from adfun.ir.printer import show
from adfun.ir.types import F64, I64
from adfun.ir.walk import walk
from adfun.passes.adjoint import adjoint
from adfun.passes.expand import expand
from adfun.passes.fuse import fuse
from adfun.passes.simplify import simplify
from adfun.passes.tangent import tangent
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e
from tests.derivatives import linear_algebra  # noqa: F401  (registers its programs)
from tests.derivatives.programs import PROGRAMS, Kit, Program


def reversed_program(name: str) -> Function:
    return check(simplify(adjoint(simplify(PROGRAMS[name].function()))))


def allocated(function: Function) -> list[str]:
    """The hints of all buffers that a function makes."""
    return sorted(s.buffer.hint for s in walk(function.body.stmts) if isinstance(s, Alloc))


def loops(function: Function) -> list[For]:
    return [s for s in walk(function.body.stmts) if isinstance(s, For)]


def program(emit: Callable[[Kit], object], **params: object) -> Function:
    return Program(emit, lambda p, d: None, params).function()  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["normal", "logistic", "double_sum", "branch_sum", "masked"])
def test_sums_need_no_memory(name: str) -> None:
    assert allocated(reversed_program(name)) == []


@pytest.mark.parametrize("name", ["normal", "logistic", "masked"])
def test_value_and_gradient_of_a_sum_in_one_pass(name: str) -> None:
    function = check(fuse(simplify(expand(reversed_program(name)))))
    outermost = [s for s in function.body.stmts if isinstance(s, For)]
    assert len(outermost) == 1


def test_normal_needs_two_sums() -> None:
    """sum z and sum z**2: factors that do not change wait until after the loop."""
    loop = loops(reversed_program("normal"))[-1]
    products = [s for s in loop.body.stmts if isinstance(s, Let) and s.op in (a.mul, a.mul0)]
    assert len(loop.carried) == 2
    assert not products


def test_only_what_is_read_again_is_kept() -> None:
    assert allocated(reversed_program("recurrence")) == ["c"]  # the carried state, not the sum
    assert allocated(reversed_program("newton_while")) == ["c"]  # nor the counter
    assert allocated(reversed_program("branches")) == ["x", "x"]  # the outer state, the inner one


def test_arrays_that_are_stored_once_are_their_own_tape() -> None:
    assert allocated(reversed_program("garch")) == ["pow", "w", "w_adj"]
    assert allocated(reversed_program("prefix")) == ["w", "w_adj"]


def test_what_loops_inside_sum_up_is_kept() -> None:
    """The way back goes through each of them once, to reverse it."""
    function = reversed_program("forward_substitution")
    assert allocated(function) == ["sum", "w", "w_adj"]
    assert len(loops(function)) == 6


def test_a_state_is_kept_once_an_iteration() -> None:
    function = reversed_program("state_space")
    kept = [s.buffer for s in walk(function.body.stmts) if isinstance(s, Alloc) and s.buffer.hint == "kept"]
    assert sorted(b.rank for b in kept) == [1, 1, 2]


def test_linear_updates_in_place_are_not_kept() -> None:
    def emit(k: Kit) -> object:
        n = k.size("x")
        w = k.alloc(n)
        k.fill(w, lambda i: k.at("x", i))
        k.loop(n, [], lambda i: k.put(w, [i], k.mul(k.at(w, i), f64(3.0))))
        return k.total(n, lambda i: k.at(w, i))

    assert allocated(simplify(adjoint(program(emit, x=[1.0, 2.0])))) == ["w", "w_adj"]


def test_sequential_loops_run_backwards_and_sums_forwards() -> None:
    indices = [loop.index.hint for loop in loops(reversed_program("recurrence"))]
    assert indices == ["i", "back"]
    assert "back" not in [loop.index.hint for loop in loops(reversed_program("double_sum"))]


def test_what_does_not_depend_on_parameters_is_not_reversed() -> None:
    def emit(k: Kit) -> object:
        offset = k.total(i64(9), lambda i: k.f("exp", k.f("i2f", i)))
        return k.add(k.mul(k["x"], f64(2.0)), offset)

    function = simplify(adjoint(program(emit, x=1.0)))
    assert len(loops(function)) == 1
    assert [s for s in walk(function.body.stmts) if isinstance(s, Let) and s.op is e.exp]


def test_unused_results_are_not_reversed() -> None:
    def emit(k: Kit) -> object:
        k.total(k.size("x"), lambda i: k.f("exp", k.at("x", i)))
        return k.at("x", 0)

    assert len(loops(adjoint(program(emit, x=[1.0])))) == 1


def test_checks_and_reports_are_not_repeated() -> None:
    def emit(k: Kit) -> object:
        def term(i: Var) -> object:
            value = k.f("exp", k.at("x", i))
            k.b.check(k.f("lt", value, f64(9.0)), Error("ValueError", "too large"))
            k.b.report("value", value)
            return value

        return k.total(k.size("x"), term)  # type: ignore[arg-type]

    stmts = list(walk(adjoint(program(emit, x=[1.0])).body.stmts))
    assert sum(isinstance(s, Check) for s in stmts) == 1
    assert sum(isinstance(s, Report) for s in stmts) == 1


def test_products_are_guarded_only_where_a_zero_adjoint_may_meet_infinity() -> None:
    def emit(k: Kit) -> object:
        return k.total(k.size("x"), lambda i: k.f("tanh", k.f("sin", k.f("cos", k.at("x", i)))))

    stmts = walk(simplify(adjoint(program(emit, x=[1.0]))).body.stmts)
    assert not [s for s in stmts if isinstance(s, Let) and s.op is a.mul0]


@pytest.mark.parametrize("read", ["all", "but the first", "some", "and overwritten", "through a choice"])
def test_elements_that_are_read_need_no_guard(read: str) -> None:
    """Those that are not may have infinite derivatives, which count for nothing."""

    def emit(k: Kit) -> object:
        n = k.size("x")
        w = k.alloc(n)
        k.fill(w, lambda i: k.f("tanh", k.f("cos", k.at("x", i))))
        if read == "and overwritten":
            k.put(w, [0], f64(1.0))

        def term(i: Var) -> object:
            found = k.at(w, i)
            if read == "through a choice":
                return k.f("select", k.f("lt", f64(0.0), k.at("x", i)), k.f("sin", found), f64(0.0))
            return k.f("sin", found)

        if read == "some":
            return k.total(3, term)  # type: ignore[arg-type]
        return k.total(n, term, start=1 if read == "but the first" else 0)  # type: ignore[arg-type]

    stmts = walk(simplify(adjoint(simplify(program(emit, x=[1.0, 0.5, 2.0])))).body.stmts)
    assert any(isinstance(s, Let) and s.op is a.mul0 for s in stmts) == (read != "all")


def test_the_gradient_of_elements_that_are_not_read() -> None:
    text = """
import numpy as np

def objective(p, z):
    w = np.zeros(len(z))
    for i in range(len(z)):
        w[i] = p * np.log(z[i] * p) ** 2
    total = 0.0
    for i in range(1, len(z)):
        total += w[i] ** 2
    return total
"""
    z = np.array([0.0, 0.5, 2.0])
    obj = adfun.make_ad_fun(text, {"z": z}, {"p": 0.7})
    rest = adfun.make_ad_fun(text, {"z": np.append(1.0, z[1:])}, {"p": 0.7})
    for one, other in ((obj.fn(), rest.fn()), (obj.gr(), rest.gr()), (obj.he(), rest.he())):
        assert np.all(np.isfinite(one))
        np.testing.assert_allclose(one, other, rtol=1e-13)


def test_no_branch_is_made_for_an_element_that_surely_exists() -> None:
    def emit(k: Kit) -> object:
        n = k.size("x")
        return k.total(n, lambda i: k.total(n, lambda j: k.mul(k.at("x", i), k.f("exp", k.at("x", j)))))

    assert not [s for s in walk(adjoint(program(emit, x=[1.0])).body.stmts) if isinstance(s, If)]


def test_expensive_values_of_sequential_loops_are_kept() -> None:
    def emit(k: Kit) -> object:
        def step(t: Var, h: Var) -> object:
            return k.sub(k.f("exp", k.mul(h, k["x"])), k.mul(h, h))

        return k.loop(5, [k["x"]], step)[0]

    function = simplify(adjoint(program(emit, x=0.3)))
    assert sum(isinstance(s, Let) and s.op is e.exp for s in walk(function.body.stmts)) == 1
    assert len(allocated(function)) == 2


def test_what_a_loop_hands_on_is_kept_once() -> None:
    def emit(k: Kit) -> object:
        def step(t: Var, h: Var, total: Var) -> object:
            after = k.f("exp", k.mul(h, k["x"]))
            return after, k.add(total, k.mul(after, after))

        return k.loop(5, [k["x"], f64(0.0)], step)[1]

    function = simplify(adjoint(program(emit, x=0.3)))
    assert sum(isinstance(s, Let) and s.op is e.exp for s in walk(function.body.stmts)) == 1
    assert len(allocated(function)) == 1


def test_integer_tape_only_when_the_step_changes() -> None:
    def emit(k: Kit) -> object:
        def step(t: Var, h: Var, n: Var, m: Var) -> object:
            wave = k.f("sin", k.mul(h, k.f("i2f", k.b.op(a.iadd, n, m))))
            return wave, k.iadd(n, 3), k.b.op(a.imul, m, i64(2))

        return k.loop(5, [k["x"], i64(0), i64(1)], step)[0]

    function = simplify(adjoint(program(emit, x=1.0)))
    kept = [s.buffer for s in walk(function.body.stmts) if isinstance(s, Alloc)]
    assert sorted(b.elem.value for b in kept) == [F64.value, I64.value]


@pytest.mark.parametrize("name", PROGRAMS)
def test_printed_ir_does_not_depend_on_addresses(name: str) -> None:
    one, two = (show(tangent(adjoint(PROGRAMS[name].function()))) for _ in range(2))
    assert one == two


def test_seeds_of_further_tangents_have_names_of_their_own() -> None:
    function = tangent(tangent(PROGRAMS["normal"].function()))
    seeds = [entry.name for entry in function.inputs if entry.role == "seed"]
    assert seeds == ["d_mu", "d_sigma", "d2_mu", "d2_sigma"]
