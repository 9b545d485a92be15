"""A function split by time: what depends on data alone runs when data are bound, the rest in every call."""

from __future__ import annotations

from adfun.ir.nodes import Buffer, Function, Input, Var
from adfun.records import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """A value that `prepare` leaves behind: its `source` there is the input `target` of `call`.

    A buffer brings along the sizes that no other input has, as data buffers do.
    """

    name: str
    source: Var | Buffer
    target: Input


@dataclass(frozen=True, slots=True, eq=False)
class Staged:
    """`prepare` has the inputs of the whole function but reads no parameter, only their sizes.

    The inputs of `call` are those of the whole function, then one of role "prepared" per slot.
    """

    prepare: Function
    call: Function
    slots: tuple[Slot, ...]
