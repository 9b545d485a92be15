"""What is made of a program of double length is twice as much, and so is the time that it takes."""

from __future__ import annotations

from adfun import compile
from adfun.binding import describe, describe_param
from adfun.frontend.origin import read
from adfun.ir.walk import walk
from adfun.passes.adjoint import adjoint


def chain(links: int) -> str:
    """A long `elif` on data; each arm changes what the next statement would read."""
    text = "import numpy as np\n\ndef objective(x, a, b):\n    s = a * b\n    if x < 0:\n        s = a\n"
    for k in range(1, links):
        text += f"    elif x < {k}:\n        s = s * np.exp(a / {k + 1}) + {k} * b\n"
    return text + "    else:\n        s = b\n    return s\n"


def test_a_chain_of_branches_is_executed_again_once() -> None:
    def size(links: int) -> int:
        data = {"x": describe("x", 3.5)}
        params = {"a": describe_param("a", 0.4), "b": describe_param("b", 0.6)}
        function = compile.loops(compile.evaluate(read(chain(links), None), data, params).function)
        return sum(1 for _ in walk(adjoint(function).body.stmts))

    assert size(80) < 2.2 * size(40)
