"""Where a module finds its inputs in `adfun_inputs`: one table for all functions of the module."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from adfun.backend.entry import Entry
from adfun.ir.nodes import Buffer, Function, Input, Var
from adfun.ir.types import F64
from adfun.records import dataclass, field


@dataclass
class Places:
    """The position of every input, by name (and of every size, by name and axis)."""

    params: dict[str, int] = field(default_factory=dict)
    data: dict[str, int] = field(default_factory=dict)
    sizes: list[tuple[str, int]] = field(default_factory=list)
    size_of: dict[tuple[str, int], int] = field(default_factory=dict)
    integers: dict[str, int] = field(default_factory=dict)
    reals: dict[str, int] = field(default_factory=dict)

    def integer_position(self, name: str) -> int:
        """The place in `ints` of an i64 or b1 data scalar: after the sizes."""
        return len(self.sizes) + self.integers[name]


def bound_inputs(function: Function) -> list[Input]:
    """The inputs that an object is made of: parameters and data."""
    return [entry for entry in function.inputs if entry.role in ("param", "data")]


def places(entries: Sequence[Entry]) -> Places:
    """Lay out the inputs of the calls; they must agree on parameters and data."""
    table = Places()
    first = bound_inputs(entries[0].call)
    for entry in entries:
        names = [(i.name, i.role) for i in bound_inputs(entry.call)]
        if names != [(i.name, i.role) for i in first]:
            raise ValueError(f"function {entry.name} has other inputs than {entries[0].name}: {names}")
    seen: dict[Var, int] = {}
    for entry_input in first:
        _place(table, entry_input, seen)
    return table


def _place(table: Places, entry: Input, seen: dict[Var, int]) -> None:
    if isinstance(entry.item, Buffer):
        _place_sizes(table, entry.name, entry.item, seen)
    if entry.role == "param":
        table.params[entry.name] = len(table.params)
    elif isinstance(entry.item, Buffer):
        table.data[entry.name] = len(table.data)
    elif entry.item.type is F64:
        table.reals[entry.name] = len(table.reals)
    else:
        table.integers[entry.name] = len(table.integers)


def _place_sizes(table: Places, name: str, buffer: Buffer, seen: dict[Var, int]) -> None:
    for axis, size in enumerate(buffer.shape):
        if isinstance(size, Var):
            if size not in seen:
                seen[size] = len(table.sizes)
                table.sizes.append((name, axis))
            table.size_of[name, axis] = seen[size]


def sizes_in(table: Places, inputs: Iterable[Input]) -> dict[Var, int]:
    """The size variables of a function's inputs and their places in `ints`."""
    found: dict[Var, int] = {}
    for entry in inputs:
        if entry.role in ("param", "data") and isinstance(entry.item, Buffer):
            for axis, size in enumerate(entry.item.shape):
                if isinstance(size, Var) and size not in found:
                    found[size] = table.size_of[entry.name, axis]
    return found
