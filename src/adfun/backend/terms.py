"""C++ spellings of types, constants and applications of primitives."""

from __future__ import annotations

import math

from adfun.ir.nodes import Const
from adfun.ir.rows import Primitive
from adfun.ir.types import B1, F64, I64, VEC

VALUE_TYPE = {F64: "double", I64: "adfun_i64", B1: "bool", VEC: "adfun_vec"}
"""The type of a local."""

ELEMENT_TYPE = {F64: "double", I64: "adfun_i64", B1: "adfun_u8", VEC: "adfun_vecu"}
"""The type of an array element."""

ELEMENT_BYTES = {F64: 8, I64: 8, B1: 1, VEC: 64}

I64_MAX = 2**63 - 1
SHORT = 2.0**40


def real(value: float) -> str:
    """An exact literal: decimal where it is short, else hexadecimal."""
    if math.isnan(value):
        return '__builtin_nan("")'
    if math.isinf(value):
        return "__builtin_inf()" if value > 0 else "(-__builtin_inf())"
    text = repr(value) if abs(value) < SHORT and (value * 16.0).is_integer() else value.hex()
    return f"({text})" if text.startswith("-") else text


def integer(value: int) -> str:
    """An exact literal of 64 bits."""
    if value < -I64_MAX:
        return f"(-{I64_MAX}L - 1)"
    text = str(value) if abs(value) < 2**31 else f"{value}L"
    return f"({text})" if value < 0 else text


def literal(const: Const) -> str:
    """A constant of any scalar type."""
    if const.type is F64:
        return real(float(const.value))
    if const.type is I64:
        return integer(int(const.value))
    return "true" if const.value else "false"


def apply(op: Primitive, args: list[str]) -> str:
    """A primitive applied to C++ expressions."""
    if op.cpp is None:
        return f"adfun_{op.name}({', '.join(args)})"
    return op.cpp.format(*args)


def bare(text: str) -> str:
    """The same expression without parentheses around all of it."""
    if not (text.startswith("(") and text.endswith(")")):
        return text
    depth = 0
    for position, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and position < len(text) - 1:
            return text
    return text[1:-1]
