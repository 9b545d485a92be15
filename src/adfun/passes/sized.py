"""Puts numbers for sizes, where a function is made for inputs of these sizes only.

fn(x[n]) { for i in 0 .. n { ... } }        ->        fn(x[3]) { for i in 0 .. 3 { ... } }
"""

from __future__ import annotations

from collections.abc import Mapping

from adfun.ir.builder import Builder
from adfun.ir.nodes import Buffer, Function, Input, Var, i64
from adfun.ir.types import Shapes
from adfun.ir.walk import Copier


def sized(function: Function, shapes: Shapes) -> Function:
    """The same function for parameters of these shapes, by the names of their inputs."""
    known: dict[Var, int] = {}
    for entry in function.inputs:
        if entry.role == "param" and isinstance(entry.item, Buffer):
            lengths = zip(entry.item.shape, shapes[entry.name], strict=True)
            known.update((size, length) for size, length in lengths if isinstance(size, Var))
    return with_sizes(function, known)


def with_sizes(function: Function, known: Mapping[Var, int]) -> Function:
    """The same function where some sizes are known."""
    builder = Builder()
    copier = Copier(builder, {size: i64(length) for size, length in known.items()})
    inputs = tuple([_input(copier, entry) for entry in function.inputs])
    yields = copier.block(function.body)
    return Function(function.name, inputs, builder.finish(*yields))


def _input(copier: Copier, entry: Input) -> Input:
    """An input with the sizes that are known now."""
    if not isinstance(entry.item, Buffer):
        return entry
    shape = copier.operands(entry.item.shape)
    if shape == entry.item.shape:
        return entry
    buffer = copier.buffers[entry.item] = Buffer(entry.item.elem, shape, entry.item.storage, entry.item.hint)
    return Input(entry.name, entry.role, buffer)
