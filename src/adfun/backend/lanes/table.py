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
    "fabs", "sqrt", "sign", "minimum", "maximum", "mul0", "floor", "ceil", "rint", "trunc", "isinf",
    "isfinite", "i2f", "imin", "imax", "iabs", "isign",
}  # fmt: skip
"""Functions adfun_<name> of vectors in lanes.h."""

MATH = {"exp", "log", "log1p", "expm1", "sin", "cos", "tanh"}
"""Functions adfun_<name> of vectors in lanemath.h."""


RARE = {
    "exp2", "log2", "log10", "pow", "powi", "cbrt", "hypot", "sinh", "cosh", "asinh", "acosh", "atanh", "tan",
    "atan", "atan2", "asin", "acos",
}  # fmt: skip
"""The same in lanerare.h."""


def has_vector_form(op: Primitive) -> bool:
    """Whether a primitive costs all lanes together about what it costs one scalar."""
    name = op.name
    return name in OPERATORS or name in WHOLE or name == "select" or is_function(op)


def is_function(op: Primitive) -> bool:
    """Whether a primitive is a function adfun_<name> of vectors."""
    return op.name in FUNCTIONS or header_of(op) is not None


def header_of(op: Primitive) -> str | None:
    """The header of a primitive's vector form, beside lanes.h."""
    if op.name in MATH:
        return "lanemath"
    if op.name in RARE:
        return "lanerare"
    return op.header if is_special(op) else None


def is_special(op: Primitive) -> bool:
    """Whether a primitive is one of the special functions that are written for vectors, too."""
    return op.vector and op.header is not None and op.header.startswith("special/")
