"""Limits to what is computed while compiling: a short program must not ask for all memory, or for hours."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

from adfun.frontend.stage import Stage

ITEMS = 10_000_000
"""Of a list, tuple or string."""
BITS = 1_000_000
"""Of an integer."""
FACTORS = 100_000
"""Of a product of integers such as a factorial."""


def afford(stage: Stage, function: Callable[..., Any], args: Sequence[Any]) -> None:
    """Refuse an operation on known values whose result would be too large."""
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
    elif function in (math.factorial, math.comb, math.perm) and min(args) > FACTORS:
        _bits(stage, BITS + 1)


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
