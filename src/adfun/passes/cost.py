"""How many cycles IR takes, roughly: steers inlining, fusion and staging."""

from __future__ import annotations

import math
from collections.abc import Iterable

from adfun.diagnostics.internal import assert_never
from adfun.ir.nodes import (
    Accum,
    Alloc,
    Build,
    Check,
    For,
    Grow,
    If,
    KernelCall,
    Let,
    Load,
    Report,
    Stmt,
    Store,
    While,
)
from adfun.ir.types import I64


def cost(stmts: Iterable[Stmt]) -> float:
    """Cycles of straight-line statements, both arms of an If counted; infinite with a loop inside."""
    return sum(cost_of(stmt) for stmt in stmts)


def cost_of(stmt: Stmt) -> float:
    """Cycles of one statement; plain index arithmetic is free."""
    match stmt:
        case Let():
            return 0 if stmt.op.result is I64 and stmt.op.cost <= 1 else stmt.op.cost
        case Load() | Store() | Accum() | Check():
            return 1
        case If():
            return 1 + cost(stmt.then.stmts) + cost(stmt.orelse.stmts)
        case For() | While() | Build() | Alloc() | Grow() | KernelCall() | Report():
            return math.inf
        case _:
            assert_never(stmt)
