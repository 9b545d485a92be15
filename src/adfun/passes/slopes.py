"""Leaves of a tangent only what is new: the derivatives, without the results they belong to.

fn(x, d_x, g, d_g) -> y, dy        ->        fn(x, d_x, d_g)         what g and y alone need is gone
"""

from __future__ import annotations

from adfun.ir.builder import Builder
from adfun.ir.nodes import Alloc, Buffer, Function
from adfun.ir.walk import Copier
from adfun.passes.dead import eliminate


def slopes(function: Function, primal: Function) -> Function:
    """The tangent of `primal` without its yields and without the buffers that `primal` fills itself."""
    builder = Builder()
    copier = Copier(builder)
    own = {e for e in primal.inputs if e.role in ("gradient", "output")}
    for entry in function.inputs:
        if entry in own and isinstance(entry.item, Buffer):
            buffer = Buffer(entry.item.elem, entry.item.shape, "alloc", entry.name)
            builder.declare(buffer)
            builder.emit(Alloc(buffer, True, builder.span))
            copier.buffers[entry.item] = buffer
    copier.block(function.body)
    inputs = tuple([e for e in function.inputs if e not in own])
    return eliminate(Function(function.name, inputs, builder.finish()), drop_reports=True)
