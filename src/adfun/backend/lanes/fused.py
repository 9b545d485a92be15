"""Products that go straight into a sum: s + mul0(a, p) is one masked operation.

t = mul0(a, p);  u = s + t      or      b[i] += t        and the same with t or -t subtracted
"""

from __future__ import annotations

from collections import Counter

from adfun.backend.lanes.shapes import Shapes
from adfun.ir.nodes import Accum, Block, Buffer, Let, Operand, Stmt, Var
from adfun.ir.walk import blocks, walk
from adfun.records import dataclass


@dataclass(frozen=True, slots=True)
class Fused:
    """A product and what becomes of it: "add" or "sub" from `term`, or from memory if that is None."""

    op: str
    term: Operand | None
    factors: tuple[Operand, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Fusions:
    """The statements that take a product in, and those that are then not written."""

    by: dict[Stmt, Fused]
    gone: set[Var]


def fusions(shapes: Shapes, body: Block, reads: Counter[Var | Buffer]) -> Fusions:
    """The products of a lane loop that are used once, in a sum of the same block."""
    found = Fusions({}, set())
    _block(shapes, body, reads, found)
    for stmt in walk(body.stmts):
        for inner in blocks(stmt):
            _block(shapes, inner, reads, found)
    return found


def _block(shapes: Shapes, block: Block, reads: Counter[Var | Buffer], found: Fusions) -> None:
    products: dict[Operand, tuple[Let, bool]] = {}
    negated: dict[Operand, Var] = {}
    for stmt in block.stmts:
        match stmt:
            case Let() if reads[stmt.var] == 1 and shapes.varying(stmt.var):
                if stmt.op.name == "mul0":
                    products[stmt.var] = stmt, False
                    continue
                if stmt.op.name == "neg" and stmt.args[0] in products:
                    product, minus = products[stmt.args[0]]
                    products[stmt.var] = product, not minus
                    negated[stmt.var] = product.var
                    continue
            case _:
                pass
        fused = _fused(stmt, products)
        if fused is None:
            continue
        taken, found.by[stmt] = fused
        found.gone.add(taken)
        if taken in negated:
            found.gone.add(negated[taken])


def _fused(stmt: Stmt, products: dict[Operand, tuple[Let, bool]]) -> tuple[Var, Fused] | None:
    """The product that a sum takes in, and the sum."""
    match stmt:
        case Let() if stmt.op.name in ("add", "sub"):
            for k in (1, 0) if stmt.op.name == "add" else (1,):
                part, other = stmt.args[k], stmt.args[1 - k]
                if part in products and isinstance(part, Var):
                    product, minus = products[part]
                    op = "sub" if minus != (stmt.op.name == "sub") else "add"
                    return part, Fused(op, other, product.args)
        case Accum():
            if stmt.value in products and isinstance(stmt.value, Var):
                product, minus = products[stmt.value]
                return stmt.value, Fused("sub" if minus else "add", None, product.args)
        case _:
            pass
    return None
