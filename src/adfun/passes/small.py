"""Finds the size of small matrices that a recurrence works on, for which versions of known size pay.

    for t in 0..n:                                 d, if it is the size of an input and n is not:
      for i in 0..d:                               2, 3 or 4 states, as a rule
        for j in 0..d: a[i] += b[i, j] * c[j]

Written out, such matrices are a few values in registers; a loop over an unknown size is mostly its overhead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from adfun.ir.nodes import For, Function, Let, Operand, Var, While
from adfun.ir.walk import length, walk
from adfun.passes.sequential import is_sequential


def matrix_size(function: Function) -> Var | None:
    """The size that most statements in matrices inside sequential loops depend on."""
    sizes: set[Operand] = set(function.dimensions())
    lets: dict[Operand, Let] = {s.var: s for s in walk(function.body.stmts) if isinstance(s, Let)}
    weights: Counter[Var] = Counter()
    for stmt in walk(function.body.stmts):
        if not isinstance(stmt, (For, While)) or not _repeats(stmt, lets):
            continue
        for rows in _loops(stmt):
            if not isinstance(rows.stop, Var) or rows.stop not in sizes:
                continue
            columns = [loop for loop in _loops(rows) if loop.stop is rows.stop]
            if columns and not (isinstance(stmt, For) and stmt.stop is rows.stop):
                weights[rows.stop] += length(rows.body.stmts)
    return max(weights, key=lambda size: weights[size], default=None)


def _repeats(stmt: For | While, lets: Mapping[Operand, Let]) -> bool:
    return isinstance(stmt, While) or is_sequential(stmt, lets)


def _loops(stmt: For | While) -> Iterator[For]:
    """The loops inside a loop."""
    return (inside for inside in walk(stmt.body.stmts) if isinstance(inside, For))
