"""Limits to what is computed while compiling: a short program must not ask for all memory, or for hours."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from adfun.frontend.stage import Stage
from adfun.frontend.values import ListValue, Value

ITEMS = 1_000_000
"""Of a list, tuple or string."""
MANY = 100
"""Values or arrays that are put together with a statement for each ..."""
PIECE = 4
"""... and the steps that each of those beyond costs."""
BITS = 1_000_000
"""Of an integer."""
FACTORS = 100_000
"""Of a product of integers such as a factorial."""
LENGTHENED = 30
"""Iterations that are unrolled where an array gets longer or shorter: their text grows with the square ..."""
LENGTHS = "its length changes from one iteration to the next"
"""... and the reason why they cannot run as a loop."""
NODES = 10_000
"""Of a quadrature."""
NONE: Mapping[str, Any] = {}


EXACT = ("factorial", "factorial2", "factorialk", "comb", "perm", "stirling2")
"""Products of integers, those of SciPy's where they are asked to be exact."""
QUADRATURE = re.compile(r"roots_\w+|\w+gauss")
"""Functions of a number of nodes, whose time grows with its square or more."""
AT_ONCE = ("len", "bool", "repr", "str", "type", "isinstance", "hash")
"""What does not go through the numbers of a range."""


def afford(
    stage: Stage, function: Callable[..., Any], args: Sequence[Any], options: Mapping[str, Any] = NONE
) -> None:
    """Refuse an operation on known values whose result would be too large, or take too long."""
    if len(args) == 2 and function in (operator.mul, operator.add):
        for one, other in (args, reversed(args)):
            if isinstance(one, (str, bytes, tuple, list)):
                more = len(other) if hasattr(other, "__len__") and function is operator.add else None
                fits(stage, len(one) + more if more is not None else len(one) * _integer(other))
    if not args or not all(isinstance(v, int) for v in args):
        return
    if function in (operator.pow, pow) and len(args) == 2 and abs(args[0]) > 1:
        _bits(stage, args[0].bit_length() * args[1])
    elif function is operator.lshift:
        _bits(stage, args[0].bit_length() + args[1] if args[0] else 0)
    elif function is operator.mul:
        _bits(stage, args[0].bit_length() + args[1].bit_length())
    else:
        _afford_work(stage, function, args, options)


def _afford_work(
    stage: Stage, function: Callable[..., Any], args: Sequence[int], options: Mapping[str, Any]
) -> None:
    """Refuse what has as many factors, or nodes, as one of its arguments says."""
    name = getattr(function, "__name__", "")
    if name in EXACT and ((hasattr(math, name) and function is getattr(math, name)) or options.get("exact")):
        if min(args) > FACTORS:
            _bits(stage, BITS + 1)
    elif QUADRATURE.fullmatch(name) and args[0] > NODES:
        stage.fail(
            "this takes too many nodes",
            f"it asks for {args[0] if args[0] < 10**18 else 'very many'}",
            reason=f"the nodes of a quadrature are worked out while compiling, at most {NODES}",
            remedy="use fewer nodes, or pass them as data",
        )


def afford_items(stage: Stage, name: str, args: Sequence[Any]) -> None:
    """Refuse a function of the library's that would take so many numbers out of a range."""
    if name not in AT_ONCE:
        for value in args:
            if isinstance(value, range):
                fits(stage, max(0, -((value.start - value.stop) // value.step)))


def weigh(stage: Stage, *values: Value) -> None:
    """Refuse lists and tuples that have too many items, counting what they share every time."""
    for value in values:
        if isinstance(value, (ListValue, tuple)):
            fits(stage, _items(value, {}))


def _items(value: ListValue | tuple[Value, ...], counts: dict[int, int]) -> int:
    """The number of items at the bottom; a list that holds itself is told elsewhere."""
    found = counts.get(id(value))
    if found is None:
        counts[id(value)] = found = 0
        for item in value if isinstance(value, tuple) else value.items:
            found += _items(item, counts) if isinstance(item, (ListValue, tuple)) else 1
        counts[id(value)] = found
    return found


def put_together(stage: Stage, count: int) -> None:
    """Count the work for so many values or arrays that each get a statement of their own."""
    stage.spend(PIECE * max(0, count - MANY))


def fits(stage: Stage, items: int) -> None:
    """Refuse a list, tuple or string of so many items that are known while compiling."""
    if items > ITEMS:
        stage.fail(
            "this would be too long",
            f"it has {items if items < 10**18 else 'very many'} items",
            reason=f"at most {ITEMS} items are worked out while compiling",
            remedy="use an array, such as np.zeros(n) or np.arange(n), and a loop",
        )


def _integer(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _bits(stage: Stage, count: int) -> None:
    if count > BITS:
        stage.fail(
            "a number is too large",
            "here",
            reason=f"integers of at most {BITS} bits are worked out while compiling",
            remedy="use a float",
        )
