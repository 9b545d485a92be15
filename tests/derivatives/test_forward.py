"""The gradient by forward mode: equal to the adjoint's, chosen for sequential loops of scalars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from adfun import compile as compiler
from adfun import make_ad_fun
from adfun.backend.entry import Entry
from adfun.backend.module import cycles
from adfun.binding import describe, describe_param
from adfun.compile import compile, evaluate
from adfun.frontend.origin import read
from adfun.ir.check import check
from adfun.ir.interpret import run
from adfun.ir.nodes import Alloc, Function, Operand, Var, f64
from adfun.ir.walk import walk
from adfun.passes.forward import forward_gradient, may_go_forward
from adfun.passes.simplify import simplify
from tests.derivatives.programs import PROGRAMS, Kit, Program
from tests.derivatives.reference import derivative, gradient
from tests.fuzz.layers import built

SCALAR = {name: p for name, p in PROGRAMS.items() if all(isinstance(v, float) for v in p.params.values())}


def epidemic() -> Function:
    """A recurrence of two states with a choice in it, and a sum of squares."""

    def emit(k: Kit) -> Operand:
        def step(t: Var, s: Var, i: Var, total: Var) -> tuple[Operand, ...]:
            rate = k.f("select", k.f("lt", f64(0.6), s), k["beta"], k.mul(k["beta"], k["cut"]))
            infected = k.mul(rate, s, i)
            s, i = k.sub(s, infected), k.sub(k.add(i, infected), k.mul(k["gamma"], i))
            return s, i, k.add(total, k.f("square", k.sub(i, k.at("y", t))))

        start = [k.sub(f64(1.0), k["gamma"]), k["gamma"], f64(0.0)]
        return k.loop(k.size("y"), start, step)[2]

    params = {"beta": 0.4, "gamma": 0.1, "cut": 0.5}
    return Program(emit, lambda p, d: None, params, {"y": [0.1, 0.2, 0.1, 0.3]}).function()


@pytest.mark.parametrize("local", [True, False])
@pytest.mark.parametrize("name", SCALAR)
def test_same_as_the_reference(name: str, local: bool) -> None:
    program = SCALAR[name]
    made = forward_gradient(program.function(), local=local)
    for function in (made, simplify(made)):
        results = run(check(function), {**program.params, **program.data})
        np.testing.assert_allclose(results.values[0], derivative(program), rtol=1e-12)
        for key, value in gradient(program).items():
            np.testing.assert_allclose(results.buffers[f"g_{key}"], value, rtol=1e-10, atol=1e-12)


def test_sequential_loops_may_go_forward() -> None:
    assert may_go_forward(simplify(epidemic()))
    assert not may_go_forward(PROGRAMS["normal"].function())
    assert not may_go_forward(PROGRAMS["scalars"].function())
    assert not may_go_forward(PROGRAMS["state_space"].function())


PREY = """
import numpy as np

def objective(logs, y):
    {unpack} = {of}
    u, w, total = 1.0, 0.5, 0.0
    for t in range(len(y)):
        for _ in range({steps}):
            du, dw = a * u - b * u * w, d * u * w - c * w
            u, w = u + 0.01 * du, w + 0.01 * dw
        total += (u - y[t]) ** 2
    return total
"""


@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize(
    ("unpack", "of", "forward"),
    [
        ("a, b, c, d", "np.exp(logs)", True),  # there are four, or unpacking fails
        ("a, b, c, d", "np.exp(logs[0]), logs[1], logs[2], logs[3]", False),  # there may be more
    ],
)
def test_the_number_of_parameters_follows_from_checks(
    steps: int, unpack: str, of: str, forward: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    text = PREY.format(unpack=unpack, of=of, steps=steps)
    data, params = {"y": np.cos(np.arange(30.0))}, {"logs": np.array([0.1, 0.2, 0.3, 0.15])}
    make_ad_fun(text, data, params, show="cpp")
    assert ("adfun_vec " in capsys.readouterr().out) == forward
    obj = make_ad_fun(text, data, params)
    at = params["logs"]
    for k, slope in enumerate(obj.gr(at)):
        step = 1e-6 * np.eye(4)[k]
        np.testing.assert_allclose(slope, (obj.fn(at + step) - obj.fn(at - step)) / 2e-6, rtol=1e-6)


def test_hessian_vector_products_without_a_tape(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of few parameters, where that is quicker; the same numbers as the Hessian's."""
    text = """
import numpy as np

def objective(omega, alpha, beta, y):
    h, total = 1.0, 0.0
    for t in range(len(y)):
        h = np.exp(omega) + alpha * y[t] ** 2 + beta * h
        total += 0.5 * (np.log(h) + y[t] ** 2 / h)
    return total
"""
    y = np.cos(np.arange(50.0))
    params = {"omega": -2.0, "alpha": 0.2, "beta": 0.7}
    data = {name: describe(name, value) for name, value in {"y": y}.items()}
    starts = {name: describe_param(name, value) for name, value in params.items()}
    function = evaluate(read(text), data, starts).function
    (chosen,) = compiler.entries("hvp", function)
    monkeypatch.setattr(compiler, "may_go_forward", lambda _: False)
    (reverse,) = compiler.entries("hvp", function)
    assert cycles(chosen.call) < cycles(reverse.call)
    monkeypatch.undo()
    obj = make_ad_fun(text, {"y": y}, params)
    for direction in np.eye(3):
        np.testing.assert_allclose(
            obj.hvp(obj.par, direction), obj.he(obj.par) @ direction, rtol=1e-12, atol=1e-12
        )


RECURRENCES = {
    "quotients": """
def objective(a, b, c, y):
    level, spread, total = 0.0, a * a, 0.0
    for t in range(len(y)):
        spread = spread + np.exp(b)
        scale = spread + np.exp(c)
        gain = spread / scale
        total += np.log(scale) + (y[t] - level) ** 2 / scale
        level += gain * (y[t] - level)
        spread = (1.0 - gain) * spread
    return total
""",
    "roots of nothing": """
def objective(a, b, c, y):
    depth, total = np.array([0.0, a]), 0.0
    for t in range(len(y)):
        depth[0] = np.minimum(depth[0], np.abs(y[t]) * b)  # 0 from the start: the root's slope is infinite
        depth[1] = np.where(y[t] > 0, np.sqrt(depth[0]) + depth[1] * c, depth[1] / (1.0 + b * b))
        total += depth[1] ** 2
    return total
""",
    "a branch and a while": """
def objective(a, b, c, y):
    x, total, t = a, 0.0, 0
    while t < len(y) and x < 50.0:
        if x > b:
            x = x * np.tanh(c) + y[t]
        else:
            x = np.log1p(x * x) - b / c
        total += x * np.arctan2(x, c)
        t += 1
    return total + x**1.5 if x > 0 else total
""",
    "a vector of parameters": """
def objective(p, y):
    beta, gamma, i = p
    s, total = 1.0 - i, 0.0
    for t in range(len(y)):
        new = beta * s * i / (1.0 + i)
        s, i = s - new, i + new - gamma * i
        total += (y[t] - i) ** 2 + np.expm1(new)
    return total
""",
}


@pytest.mark.parametrize("target", ["native", "generic"])
@pytest.mark.parametrize("name", RECURRENCES)
def test_all_forms_of_second_derivatives_agree(
    name: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "import numpy as np\n" + RECURRENCES[name]
    y = np.cos(np.arange(30.0))
    numbers = [0.6, 0.3, 0.8]
    params = {"p": np.array(numbers)} if "(p," in text else dict(zip("abc", numbers, strict=True))
    found = {}
    for order in ("he", "hvp"):
        for form in range(3):
            tried = []

            def take(
                forms: Sequence[Entry],
                *by_pairs: Entry,
                form: int = form,
                tried: list[int] = tried,
            ) -> Entry:
                every = [*forms, *by_pairs]
                tried.append(len(every))
                return every[form]

            monkeypatch.setattr(compiler, "_quickest", take)
            obj = make_ad_fun(text, {"y": y}, params, cache=False, target=target)
            columns = [obj.hvp(obj.par, v) for v in np.eye(3)] if order == "hvp" else obj.he(obj.par)
            found[order, form] = np.array(columns)
            assert tried == [3], "there are three forms of these"
    assert np.all(np.isfinite(found["he", 0])) and np.count_nonzero(found["he", 0]) == 9
    for values in found.values():
        np.testing.assert_allclose(values, found["he", 0], rtol=1e-10, atol=1e-12)


def test_kernels_keep_to_reverse_mode(capsys: pytest.CaptureFixture[str]) -> None:
    text = """
import numpy as np

def objective(a, b, K, y):
    total, state = 0.0, 1.0
    for t in range(len(y)):
        state = a * state + b * y[t]
        total += state ** 2
    return total + np.linalg.slogdet(K + {added} * np.eye(len(K)))[1]
"""
    data = {"K": np.eye(3), "y": np.cos(np.arange(30.0))}
    for added, forward in (("a", False), ("1.0", True)):
        make_ad_fun(text.format(added=added), data, {"a": 0.5, "b": 0.3}, show="cpp")
        assert ("adfun_vec " in capsys.readouterr().out) == forward


def test_no_tape_and_no_vectors_in_memory() -> None:
    stmts = list(walk(simplify(forward_gradient(simplify(epidemic()))).body.stmts))
    assert not [s for s in stmts if isinstance(s, Alloc)]


@pytest.mark.parametrize(("count", "few"), [(4, True), (5, False)])
def test_vectors_are_as_wide_as_the_parameters_need(count: int, few: bool) -> None:
    """Up to four directions share a narrow vector; the Hessian takes its usual number at once."""

    text = f"""
def objective(y, {", ".join(f"p{k}" for k in range(count))}):
    state, total = p0, 0.0
    for t in range(len(y)):
        state = state * (1 - p1 * state) + p2 * y[t] * p3
        total += (state - p{count - 1} * y[t]) ** 2
    return total
"""
    params = {f"p{k}": 0.1 + 0.05 * k for k in range(count)}
    at, y = np.array(list(params.values())), np.cos(np.arange(50.0))
    function = built(text, {"y": y}, params).function
    assert ("#define ADFUN_DIRECTIONS" in compile("gr", function).text) == few
    assert "#define ADFUN_DIRECTIONS" not in compile("he", function).text
    compiled = make_ad_fun(text, {"y": y}, params)
    for k, shift in enumerate(1e-6 * np.eye(count)):
        slope = (compiled.fn(at + shift) - compiled.fn(at - shift)) / 2e-6
        assert compiled.gr(at)[k] == pytest.approx(slope, rel=1e-6)
        curvature = (compiled.gr(at + shift) - compiled.gr(at - shift)) / 2e-6
        np.testing.assert_allclose(compiled.he(at)[k], curvature, rtol=1e-5, atol=1e-6)
