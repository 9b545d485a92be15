"""What is made of a program of double length is twice as much, and so is the time that it takes."""

from __future__ import annotations

import pytest

from adfun import compile
from adfun.binding import describe, describe_param
from adfun.frontend.origin import read
from adfun.ir.interpret import run
from adfun.ir.nodes import Function, If
from adfun.ir.walk import walk
from adfun.passes import fuse
from adfun.passes.adjoint import adjoint
from adfun.passes.expand import expand


def chain(links: int, on: str = "x") -> str:
    """A long `elif`, by default on data; each arm changes what the next statement would read."""
    text = f"import numpy as np\n\ndef objective(x, a, b):\n    s = a * b\n    if {on} < 0:\n        s = a\n"
    for k in range(1, links):
        text += f"    elif {on} < {k}:\n        s = s * np.exp(a / {k + 1}) + {k} * b\n"
    return text + "    else:\n        s = b\n    return s\n"


def primal(text: str) -> Function:
    data = {"x": describe("x", 3.5)}
    params = {"a": describe_param("a", 0.4), "b": describe_param("b", 0.6)}
    return compile.loops(compile.evaluate(read(text, None), data, params).function)


def test_a_chain_of_branches_is_executed_again_once() -> None:
    def size(links: int) -> int:
        return sum(1 for _ in walk(adjoint(primal(chain(links))).body.stmts))

    assert size(80) < 2.2 * size(40)


def test_a_chain_of_branches_is_fused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    plans: list[fuse.Plan] = []
    plan = fuse._plan

    def counted(function: Function) -> fuse.Plan:
        plans.append(plan(function))
        return plans[-1]

    gradient = expand(adjoint(primal(chain(30, on="s"))))
    monkeypatch.setattr(fuse, "_plan", counted)
    fused = fuse.fuse(gradient)
    assert sum(isinstance(stmt, If) for stmt in walk(fused.body.stmts)) == 30
    assert sum(isinstance(stmt, If) for stmt in walk(gradient.body.stmts)) == 60
    assert [len(made.arms) for made in plans] == [30, 0]
    values = {"x": 3.5, "a": 2.0, "b": 5.5}
    apart, together = run(gradient, values), run(fused, values)
    assert apart.values == together.values
    assert list(apart.buffers.values()) == list(together.buffers.values())
