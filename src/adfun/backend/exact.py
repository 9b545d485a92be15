"""Values that must be computed as they are written, because a decision hangs on them.

A comparison or a rounding jumps: `x / d >= 1` or `floor(x / d)` must not see x * (1 / d), nor
`a * b - 1 > 0` a fused multiply-add.  Everywhere else such liberties cost one unit in the last place.
"""

from __future__ import annotations

from collections import defaultdict

from adfun.ir.nodes import Accum, Block, Buffer, For, If, Let, Load, Operand, Store, Var, While
from adfun.ir.types import F64
from adfun.ir.walk import defined, inner_vars, walk
from adfun.records import dataclass, field

DECISIONS = {
    "lt", "le", "eq", "ne", "floor", "ceil", "rint", "trunc", "mod", "floordiv", "f2i", "sign",
}  # fmt: skip


@dataclass
class Sources:
    """What every f64 value and buffer is made of: by a primitive, or where ways join."""

    of: dict[Var, list[Operand]] = field(default_factory=lambda: defaultdict(list))
    joined: dict[Var, list[Operand]] = field(default_factory=lambda: defaultdict(list))
    loads: dict[Var, Buffer] = field(default_factory=dict)
    stored: dict[Buffer, list[Operand]] = field(default_factory=lambda: defaultdict(list))
    decisions: list[Operand] = field(default_factory=list)

    def collect(self, body: Block) -> None:
        for stmt in walk(body.stmts):
            match stmt:
                case Let():
                    self.of[stmt.var] += stmt.args
                    if stmt.op.name in DECISIONS:
                        self.decisions += stmt.args
                case Load():
                    self.loads[stmt.var] = stmt.buffer
                case Store() | Accum():
                    self.stored[stmt.buffer].append(stmt.value)
                case For() | While():
                    for item, value in zip(stmt.carried, stmt.body.yields, strict=True):
                        self.joined[item.param] += (item.init, value)
                        self.joined[item.result] += (item.init, value)
                case If():
                    for result, yes, no in zip(
                        stmt.results, stmt.then.yields, stmt.orelse.yields, strict=True
                    ):
                        self.joined[result] += (yes, no)
                case _:
                    pass


def exact_values(sources: Sources, *, through_memory: bool) -> set[Var]:
    """The f64 values that reach a decision: from iteration to iteration and through buffers, or
    within one expression only."""
    found: set[Var] = set()
    buffers: set[Buffer] = set()
    todo = list(sources.decisions)
    while todo:
        value = todo.pop()
        if not isinstance(value, Var) or value.type is not F64 or value in found:
            continue
        found.add(value)
        todo += sources.of.get(value, ())
        if not through_memory:
            continue
        todo += sources.joined.get(value, ())
        buffer = sources.loads.get(value)
        if buffer is not None and buffer not in buffers:
            buffers.add(buffer)
            todo += sources.stored.get(buffer, ())
    return found


def lone_products(body: Block, exact: set[Var]) -> set[Var]:
    """Products that must be rounded before they are added to something on the way to a decision."""
    products: set[Var] = set()
    found: set[Var] = set()
    for stmt in walk(body.stmts):
        if isinstance(stmt, Let) and stmt.var in exact:
            if stmt.op.name in ("mul", "square"):
                products.add(stmt.var)
            elif stmt.op.name in ("add", "sub"):
                found.update(x for x in stmt.args if x in products and isinstance(x, Var))
    return found


def divisors(loop: For, exact: set[Var]) -> list[Var]:
    """The divisors in a loop that are known before it starts, where the reciprocal will do:

    for i: ... x / d ...        r = 1 / d;  for i: ... x * r ...
    """
    inside: set[object] = set(inner_vars(loop))
    found: dict[Var, None] = {}
    for stmt in walk(loop.body.stmts):
        inside.update(inner_vars(stmt))
        inside.update(defined(stmt))
        if isinstance(stmt, Let) and stmt.op.name == "div" and stmt.var not in exact:
            divisor = stmt.args[1]
            if isinstance(divisor, Var):
                found[divisor] = None
    return [divisor for divisor in found if divisor not in inside]
