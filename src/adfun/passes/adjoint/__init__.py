"""Reverse mode: one sweep back through the program gives the derivative by every parameter.

    fn(x) { y = sin x; yields y }
    fn(x, gradient g_x) { y = sin x; c = cos x; g_x = c; yields y }

`plan` knows the order of loops, `primal` executes and records, `reverse` goes back; `preserve`
keeps overwritten elements.  The input must be lowered (no `Build`).
"""

from __future__ import annotations

from adfun.ir.builder import Builder
from adfun.ir.nodes import Buffer, Function, Input, Var
from adfun.ir.types import F64
from adfun.passes.activity import useful, varied
from adfun.passes.adjoint.plan import Plan
from adfun.passes.adjoint.reverse import Reverse
from adfun.passes.preserve import preserve
from adfun.primitives import arithmetic as a


def adjoint(function: Function, *, of: int = -1) -> Function:
    """The function that returns yield number `of` and fills its gradient.

    New inputs of role `gradient`, one buffer per param input: of rank 0 for a scalar, else of the
    parameter's shape.
    """
    preserved = preserve(function, of)
    function = preserved.function
    active = varied(function, preserved.tapes) & useful(function, of)
    sweep = Reverse(Builder(), Plan(function, active), preserved.kept)
    gradients = gradient_inputs(function)
    for entry, gradient in gradients.items():
        if isinstance(entry.item, Buffer) and isinstance(gradient.item, Buffer):
            sweep.adjoint_buffers[entry.item] = gradient.item
    root = function.body.yields[of]
    sweep.differentiate(function.body, [(root, a.ONE)], again=False)
    for entry, gradient in gradients.items():
        item = entry.item
        if isinstance(item, Var) and isinstance(gradient.item, Buffer) and item in sweep.adjoints:
            sweep.builder.store(gradient.item, (), sweep.adjoints[item])
    inputs = (*function.inputs, *gradients.values())
    return Function(function.name, inputs, sweep.builder.finish(sweep.operand(root)))


def gradient_inputs(function: Function) -> dict[Input, Input]:
    """The new inputs of a function that fills its gradient, by param input."""
    return {entry: _gradient(entry) for entry in function.inputs if entry.role == "param"}


def _gradient(entry: Input) -> Input:
    shape = entry.item.shape if isinstance(entry.item, Buffer) else ()
    name = f"g_{entry.name}"
    return Input(name, "gradient", Buffer(F64, shape, "output", name))
