"""The elementwise functions of NumPy: for each, which primitive serves which element type."""

from __future__ import annotations

import math
from collections.abc import Callable

from adfun.frontend.stage import Stage
from adfun.ir.nodes import Const, Operand, b1, f64, i64
from adfun.ir.rows import Primitive
from adfun.ir.types import B1, F64, I64, Type
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e
from adfun.records import dataclass

Emit = Callable[..., Operand]
"""(stage, operands ...) -> operand"""


@dataclass(frozen=True, slots=True)
class Loop:
    """One typed version of a ufunc: all operands are converted to `operands` first."""

    operands: Type
    result: Type
    emit: Emit
    cost: int = 1


@dataclass(frozen=True, slots=True)
class Ufunc:
    """An elementwise function: its loops from the narrowest type to the widest."""

    name: str
    nin: int
    loops: tuple[Loop, ...]
    scalar_bools: bool = True
    """Whether bool scalars take the bool loop; Python's own `True + True` is an integer."""


def _row(primitive: Primitive) -> Loop:
    def emit(stage: Stage, *operands: Operand) -> Operand:
        return stage.op(primitive, *operands)

    return Loop(primitive.args[0], primitive.result, emit, primitive.cost)


UFUNCS: dict[str, Ufunc] = {}


def _define(name: str, nin: int, *loops: Loop | Primitive, scalar_bools: bool = True) -> None:
    made = tuple(x if isinstance(x, Loop) else _row(x) for x in loops)
    UFUNCS[name] = Ufunc(name, nin, made, scalar_bools)


# -- what needs more than one primitive ---------------------------------------------------------


def _float(name: str, nin: int, emit: Emit, cost: int = 4) -> None:
    _define(name, nin, Loop(F64, F64, emit, cost))


def _times(factor: float) -> Emit:
    return lambda stage, x: stage.op(a.mul, x, f64(factor))


def _identity(stage: Stage, x: Operand) -> Operand:
    return x


def _swap(primitive: Primitive) -> Loop:
    return Loop(primitive.args[0], primitive.result, lambda stage, x, y: stage.op(primitive, y, x))


def signbit(stage: Stage, x: Operand) -> Operand:
    """Whether the sign bit of a float is set: for -0.0 too."""
    zero = f64(0.0)
    negative_zero = stage.op(
        a.band, stage.op(a.eq, x, zero), stage.op(a.lt, stage.op(a.div, f64(1.0), x), zero)
    )
    return stage.op(a.bor, stage.op(a.lt, x, zero), negative_zero)


def _copysign(stage: Stage, x: Operand, y: Operand) -> Operand:
    size = stage.op(a.fabs, x)
    return stage.op(a.select, signbit(stage, y), stage.op(a.neg, size), size)


def _fmod(stage: Stage, x: Operand, y: Operand) -> Operand:
    rest = stage.op(a.mod, stage.op(a.fabs, x), stage.op(a.fabs, y))
    return stage.op(a.select, stage.op(a.lt, x, f64(0.0)), stage.op(a.neg, rest), rest)


def _ifmod(stage: Stage, x: Operand, y: Operand) -> Operand:
    rest = stage.op(a.imod, stage.op(a.iabs, x), stage.op(a.iabs, y))
    return stage.op(a.select, stage.op(a.ilt, x, i64(0)), stage.op(a.ineg, rest), rest)


def _heaviside(stage: Stage, x: Operand, middle: Operand) -> Operand:
    zero, one = f64(0.0), f64(1.0)
    positive = stage.op(a.select, stage.op(a.lt, zero, x), one, x)  # keeps NaN
    step = stage.op(a.select, stage.op(a.lt, x, zero), zero, positive)
    return stage.op(a.select, stage.op(a.eq, x, zero), middle, step)


def _logaddexp2(stage: Stage, x: Operand, y: Operand) -> Operand:
    ln2 = f64(math.log(2.0))
    total = stage.op(e.logaddexp, stage.op(a.mul, x, ln2), stage.op(a.mul, y, ln2))
    return stage.op(a.div, total, ln2)


def _ignoring_nan(primitive: Primitive) -> Emit:
    def emit(stage: Stage, x: Operand, y: Operand) -> Operand:
        both = stage.op(primitive, x, y)
        rest = stage.op(a.select, stage.op(a.isnan, y), x, both)
        return stage.op(a.select, stage.op(a.isnan, x), y, rest)

    return emit


def _sinc(stage: Stage, x: Operand) -> Operand:
    y = stage.op(a.mul, f64(math.pi), x)
    at_zero = stage.op(a.eq, y, f64(0.0))
    safe = stage.op(a.select, at_zero, f64(1.0), y)
    series = stage.op(a.sub, f64(1.0), stage.op(a.div, stage.op(a.square, y), f64(6.0)))
    return stage.op(a.select, at_zero, series, stage.op(a.div, stage.op(e.sin, safe), safe))


def integer_power(stage: Stage, x: Operand, n: Operand) -> Operand:
    """x ** n for integers; a negative exponent is an error as in NumPy."""
    if isinstance(n, Const) and 1 <= n.value <= 3:
        power = x
        for _ in range(int(n.value) - 1):
            power = stage.imul(power, x)
        return power
    stage.check(
        stage.op(a.ile, i64(0), n), "ValueError", "Integers to negative integer powers are not allowed."
    )
    return stage.op(a.ipow, x, n)


def _shift_left(stage: Stage, x: Operand, n: Operand) -> Operand:
    return stage.imul(x, stage.op(a.ipow, i64(2), n))


def _shift_right(stage: Stage, x: Operand, n: Operand) -> Operand:
    """Beyond 62 places only the sign is left."""
    shifted = stage.op(a.ifloordiv, x, stage.op(a.ipow, i64(2), stage.op(a.imin, n, i64(62))))
    sign = stage.op(a.select, stage.op(a.ilt, x, i64(0)), i64(-1), i64(0))
    return stage.op(a.select, stage.op(a.ilt, i64(62), n), sign, shifted)


def _ldexp(stage: Stage, x: Operand, n: Operand) -> Operand:
    return stage.op(a.mul, x, stage.op(e.exp2, n))


def _int_reciprocal(stage: Stage, x: Operand) -> Operand:
    inverse = stage.op(a.f2i, stage.op(a.div, f64(1.0), stage.op(a.i2f, x)))
    return stage.op(a.select, stage.op(a.ieq, x, i64(0)), i64(-(2**63)), inverse)  # as NumPy has it


def _refused_on_bools(name: str, remedy: str) -> Loop:
    def emit(stage: Stage, *operands: Operand) -> Operand:
        stage.fail(f"numpy boolean {name} is not defined", "these are truth values", remedy=remedy)

    return Loop(B1, B1, emit)


def _define_all() -> None:
    _define("add", 2, a.bor, a.iadd, a.add, scalar_bools=False)
    no_minus = _refused_on_bools("subtract", "use np.logical_xor or the ^ operator")
    _define("subtract", 2, no_minus, a.isub, a.sub, scalar_bools=False)
    _define("multiply", 2, a.band, a.imul, a.mul, scalar_bools=False)
    _define("divide", 2, a.div)
    _define("floor_divide", 2, a.ifloordiv, a.floordiv)
    _define("remainder", 2, a.imod, a.mod)
    _define("fmod", 2, Loop(I64, I64, _ifmod, 25), Loop(F64, F64, _fmod, 25))
    _define("power", 2, Loop(I64, I64, integer_power, 20), a.pow)
    _define("float_power", 2, a.pow)
    for name, boolean, whole, real in (
        ("maximum", a.bor, a.imax, a.maximum),
        ("minimum", a.band, a.imin, a.minimum),
    ):
        _define(name, 2, boolean, whole, real)
        quiet = Loop(F64, F64, _ignoring_nan(real), 6)
        _define("f" + name[:3], 2, boolean, whole, quiet)
    _define_comparisons()
    _define_logic()
    _define_unary()
    _define_float()


def _define_comparisons() -> None:
    _define("less", 2, a.ilt, a.lt)
    _define("less_equal", 2, a.ile, a.le)
    _define("greater", 2, _swap(a.ilt), _swap(a.lt))
    _define("greater_equal", 2, _swap(a.ile), _swap(a.le))
    _define("equal", 2, a.beq, a.ieq, a.eq)
    _define("not_equal", 2, a.bxor, a.ine, a.ne)


def _define_logic() -> None:
    for name, boolean, whole in (
        ("and", a.band, a.iand),
        ("or", a.bor, a.ior),
        ("xor", a.bxor, a.ixor),
    ):
        _define("logical_" + name, 2, boolean)
        _define("bitwise_" + name, 2, boolean, whole)
    _define("logical_not", 1, a.bnot)
    _define("invert", 1, a.bnot, Loop(I64, I64, lambda s, x: s.isub(i64(-1), x)))
    _define("left_shift", 2, Loop(I64, I64, _shift_left, 20))
    _define("right_shift", 2, Loop(I64, I64, _shift_right, 25))


def _define_unary() -> None:
    same_b, same_i, same_f = (Loop(t, t, _identity, 0) for t in (B1, I64, F64))
    no_minus = _refused_on_bools("negative", "use the ~ operator or np.logical_not")
    _define("negative", 1, no_minus, a.ineg, a.neg, scalar_bools=False)
    _define("positive", 1, same_i, same_f)
    _define("conjugate", 1, same_b, same_i, same_f)
    _define("absolute", 1, same_b, a.iabs, a.fabs, scalar_bools=False)
    _define("fabs", 1, a.fabs)
    _define("sign", 1, a.isign, a.sign)
    _define("square", 1, Loop(I64, I64, lambda s, x: s.imul(x, x)), a.square)
    for name, row in (("floor", a.floor), ("ceil", a.ceil), ("trunc", a.trunc), ("fix", a.trunc)):
        _define(name, 1, same_b, same_i, row)
    _define("rint", 1, a.rint)
    _define("reciprocal", 1, Loop(I64, I64, _int_reciprocal, 10), Loop(F64, F64, _reciprocal, 8))
    never, always = (Loop(I64, B1, lambda s, x, v=v: b1(v), 0) for v in (False, True))
    _define("isnan", 1, never, a.isnan)
    _define("isinf", 1, never, a.isinf)
    _define("isfinite", 1, always, a.isfinite)
    _define("signbit", 1, Loop(I64, B1, lambda s, x: s.op(a.ilt, x, i64(0))), Loop(F64, B1, signbit, 10))


def _reciprocal(stage: Stage, x: Operand) -> Operand:
    return stage.op(a.div, f64(1.0), x)


def _define_float() -> None:
    for name in (
        "exp exp2 expm1 log log2 log10 log1p sqrt cbrt sin cos tan sinh cosh tanh hypot logaddexp"
    ).split():
        row: Primitive = getattr(e, name)
        _define(name, len(row.args), row)
    for inverse in ("asin", "acos", "atan", "asinh", "acosh", "atanh"):
        _define("arc" + inverse[1:], 1, getattr(e, inverse))
    _define("arctan2", 2, e.atan2)
    _float("logaddexp2", 2, _logaddexp2, 60)
    _float("copysign", 2, _copysign, 12)
    _float("heaviside", 2, _heaviside, 6)
    _float("sinc", 1, _sinc, 40)
    _float("ldexp", 2, _ldexp, 25)
    _float("deg2rad", 1, _times(math.pi / 180.0), 1)
    _float("rad2deg", 1, _times(180.0 / math.pi), 1)


_define_all()
