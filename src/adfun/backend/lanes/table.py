"""Primitives as vector expressions; what has none is computed lane by lane."""

from __future__ import annotations

from adfun.ir.rows import Primitive

OPERATORS = {
    "add": "({0} + {1})", "sub": "({0} - {1})", "mul": "({0} * {1})", "div": "({0} / {1})", "neg": "(-{0})",
    "iadd": "({0} + {1})", "isub": "({0} - {1})", "imul": "({0} * {1})", "ineg": "(-{0})",
    "lt": "({0} < {1})", "le": "({0} <= {1})", "eq": "({0} == {1})", "ne": "({0} != {1})",
    "ilt": "({0} < {1})", "ile": "({0} <= {1})", "ieq": "({0} == {1})", "ine": "({0} != {1})",
}  # fmt: skip
"""A uniform operand may stay a scalar in these."""

WHOLE = {
    "square": "({0} * {0})", "band": "({0} & {1})", "bor": "({0} | {1})", "bxor": "({0} ^ {1})",
    "bnot": "(~{0})", "beq": "(~({0} ^ {1}))", "b2i": "(-{0})", "isnan": "({0} != {0})",
}  # fmt: skip
"""Expressions of vectors."""

FUNCTIONS = {
    "fabs", "sqrt", "sign", "minimum", "maximum", "mul0", "floor", "ceil", "rint", "trunc", "isinf", "isfinite",
    "i2f", "imin", "imax", "iabs", "isign",
}  # fmt: skip
"""Functions adfun_<name> of vectors in lanes.h."""

MATH = {"exp", "log", "log1p", "expm1", "sin", "cos", "tanh"}
"""Functions adfun_<name> of vectors in lanemath.h."""


def has_vector_form(op: Primitive) -> bool:
    """Whether a primitive costs all lanes together about what it costs one scalar."""
    name = op.name
    return name in OPERATORS or name in WHOLE or name == "select" or is_function(op)


def is_function(op: Primitive) -> bool:
    """Whether a primitive is a function adfun_<name> of vectors."""
    return op.name in FUNCTIONS or op.name in MATH or is_special(op)


def is_special(op: Primitive) -> bool:
    """Whether a primitive is one of the special functions that are written for vectors, too."""
    return op.vector and op.header is not None and op.header.startswith("special/")
