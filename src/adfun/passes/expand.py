"""Puts the parts of composite primitives in their place, once nothing has to be differentiated any more.

    p = expit(x)                    e = exp(neg(x))
    q = expit(neg(x))      ->       p = div(1.0, add(1.0, e)) ...

Parts that several of them have in common are then computed once.
"""

from __future__ import annotations

from adfun.ir.builder import Builder
from adfun.ir.nodes import Const, Function, Let, Operand
from adfun.ir.rows import Primitive
from adfun.passes.dead import eliminate
from adfun.passes.simplify import Simplifier, copied


def expand(function: Function, *, drop_reports: bool = False) -> Function:
    """The same function without primitives that have an expansion; it is simplified along the way."""
    expanded = copied(function, Simplifier(_ExpandingBuilder()))
    return eliminate(expanded, drop_reports=drop_reports)


def is_composite(let: Let) -> bool:
    """Whether an application will be taken apart."""
    return let.op.expand is not None and let.op.expand(Builder(), let.args) is not None


class _ExpandingBuilder(Builder):
    """A builder that never emits a composite primitive, however deep in another's expansion."""

    def op(self, primitive: Primitive, *args: Operand, hint: str = "") -> Operand:
        if primitive.expand is None or all(isinstance(x, Const) for x in args):
            return super().op(primitive, *args, hint=hint)
        simpler = None if primitive.simplify is None else primitive.simplify(self, args)
        if simpler is None:
            simpler = primitive.expand(self, args)
        return super().op(primitive, *args, hint=hint) if simpler is None else simpler
