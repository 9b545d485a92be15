"""Puts numbers for the sizes of the parameters, where a module is made for parameters of these shapes only.

fn(x[n]) { for i in 0 .. n { ... } }        ->        fn(x[3]) { for i in 0 .. 3 { ... } }
"""

from __future__ import annotations

from adfun.ir.builder import Builder
from adfun.ir.nodes import Buffer, Function, Input, Var, i64
from adfun.ir.types import Shapes
from adfun.ir.walk import Copier


def sized(function: Function, shapes: Shapes) -> Function:
    """The same function for parameters of these shapes, by the names of their inputs."""
    builder = Builder()
    copier = Copier(builder)
    for entry in function.inputs:
        if entry.role == "param" and isinstance(entry.item, Buffer):
            for size, length in zip(entry.item.shape, shapes[entry.name], strict=True):
                if isinstance(size, Var):
                    copier.env[size] = i64(length)
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
