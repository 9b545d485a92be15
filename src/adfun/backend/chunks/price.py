"""What an iteration of a loop costs, as an expression in the sizes that are known before the loop."""

from __future__ import annotations

from collections.abc import Callable

from adfun.backend.lanes.cost import ScalarCost
from adfun.backend.lanes.trips import FEW
from adfun.ir.nodes import Block, Const, For, If, Operand, Stmt
from adfun.records import dataclass, field

Bounds = tuple[Operand, Operand]


@dataclass(slots=True)
class Price:
    """Cycles: `fixed`, and the price of an iteration of the loops inside as often as they run."""

    fixed: float = 0.0
    loops: dict[Bounds, Price] = field(default_factory=dict)

    def add(self, other: Price) -> None:
        self.fixed += other.fixed
        for bounds, inner in other.loops.items():
            self.loops.setdefault(bounds, Price()).add(inner)

    def scaled(self, factor: float) -> Price:
        return Price(self.fixed * factor, {b: p.scaled(factor) for b, p in self.loops.items()})

    def guess(self, size: Callable[[Operand], int]) -> float:
        """The likely number of cycles, given likely sizes."""
        count = {b: max(0, size(b[1]) - (size(b[0]) if isinstance(b[0], Const) else 0)) for b in self.loops}
        return self.fixed + sum(count[b] * inner.guess(size) for b, inner in self.loops.items())

    def text(self, term: Callable[[Operand], str]) -> str:
        """The same as C++."""
        fixed = f"{self.fixed:.1f}"
        parts = [] if fixed == "0.0" and self.loops else [fixed]
        for (start, stop), inner in self.loops.items():
            from_zero = isinstance(start, Const) and start.value == 0
            length = term(stop) if from_zero else f"({term(stop)} - {term(start)})"
            price = inner.text(term)
            parts.append(f"(double){length} * {f'({price})' if inner.loops else price}")
        return " + ".join(parts)


def price_of(block: Block, cost: ScalarCost, outside: Callable[[Operand], bool]) -> Price:
    """The price of running a block once as scalar code; `outside` tells what is known before the loop."""
    total = Price()
    for stmt in block.stmts:
        total.add(_statement(stmt, cost, outside))
    return total


def _statement(stmt: Stmt, cost: ScalarCost, outside: Callable[[Operand], bool]) -> Price:
    match stmt:
        case For():
            inner = price_of(stmt.body, cost, outside)
            inner.fixed += 1
            if isinstance(stmt.start, Const) and isinstance(stmt.stop, Const):
                return inner.scaled(max(0, int(stmt.stop.value) - int(stmt.start.value)))
            if outside(stmt.start) and outside(stmt.stop):
                return Price(0.0, {(stmt.start, stmt.stop): inner})
            return inner.scaled(FEW)
        case If():
            total = price_of(stmt.then, cost, outside)
            total.add(price_of(stmt.orelse, cost, outside))
            total.fixed += 3
            return total
        case _:
            return Price(cost.statement(stmt))
