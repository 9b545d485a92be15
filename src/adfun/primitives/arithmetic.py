"""Arithmetic, comparisons, conversions and selection: the primitives that need no library.

C++ functions `adfun_<name>` of the rows without an expression stand in `adfun/scalar.h`.
f64 arithmetic is IEEE and never traps; i64 division by zero gives 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adfun.ir.builder import Builder
from adfun.ir.nodes import Const, Operand, b1, f64, i64
from adfun.ir.rows import Expand, Partial, Primitive, Simplify
from adfun.ir.types import B1, F64, I64, LANES, VEC, Type
from adfun.primitives import references
from adfun.primitives.identities import Args, applied, chosen_sum, of_reversed, without_powers_of_two

ZERO, HALF, ONE, MINUS_ONE, TWO = f64(0.0), f64(0.5), f64(1.0), f64(-1.0), f64(2.0)
NEGATIVE_ZERO = f64(-0.0)
I_ZERO, I_ONE = i64(0), i64(1)
TRUE, FALSE = b1(True), b1(False)


def is_zero(operand: Operand) -> bool:
    """Whether an f64 operand is the literal 0.0 or -0.0."""
    return operand is ZERO or operand is NEGATIVE_ZERO


def _row(
    name: str,
    args: tuple[Type, ...],
    result: Type,
    reference: Callable[..., Any],
    cpp: str | None,
    partials: tuple[Partial | None, ...] = (),
    *,
    cost: int = 1,
    commutative: bool = False,
    singular: bool = False,
    simplify: Simplify | None = None,
    expand: Expand | None = None,
) -> Primitive:
    header = "scalar" if cpp is None else None
    return Primitive(
        name,
        args,
        result,
        reference,
        partials,
        cpp,
        header,
        cost,
        commutative,
        singular,
        simplify,
        expand=expand,
    )


# -- f64: sums and products -------------------------------------------------------------------


def _one(b: Builder, args: Args, r: Operand) -> Operand:
    return ONE


def _minus_one(b: Builder, args: Args, r: Operand) -> Operand:
    return MINUS_ONE


def _first(b: Builder, args: Args, r: Operand) -> Operand:
    return args[0]


def _second(b: Builder, args: Args, r: Operand) -> Operand:
    return args[1]


def _simplify_add(b: Builder, args: Args) -> Operand | None:
    x, y = args
    if is_zero(x) or is_zero(y):
        return y if is_zero(x) else x
    negated = applied(b, y, neg)
    if negated is not None:
        return b.op(sub, x, negated[0])
    negated = applied(b, x, neg)
    return None if negated is None else b.op(sub, y, negated[0])


def _simplify_sub(b: Builder, args: Args) -> Operand | None:
    x, y = args
    if is_zero(y):
        return x
    if is_zero(x):
        return b.op(neg, y)
    negated = applied(b, y, neg)
    return None if negated is None else b.op(add, x, negated[0])


def _simplify_mul(b: Builder, args: Args) -> Operand | None:
    x, y = args
    if x is ONE or y is ONE:
        return y if x is ONE else x
    if x is MINUS_ONE or y is MINUS_ONE:
        return b.op(neg, y if x is MINUS_ONE else x)
    if x is y:
        return b.op(square, x)
    plain = without_powers_of_two(b, mul, mul, x, y)
    if plain is not None:
        return plain
    left = applied(b, x, neg)
    right = applied(b, y, neg) if left is not None else None
    return None if left is None or right is None else b.op(mul, left[0], right[0])


def _simplify_div(b: Builder, args: Args) -> Operand | None:
    x, y = args
    if y is ONE:
        return x
    return b.op(neg, x) if y is MINUS_ONE else None


def _simplify_neg(b: Builder, args: Args) -> Operand | None:
    inner = applied(b, args[0], neg)
    if inner is not None:
        return inner[0]
    inner = applied(b, args[0], sub)
    return None if inner is None else b.op(sub, inner[1], inner[0])


def _reciprocal(b: Builder, args: Args, r: Operand) -> Operand:
    return b.op(div, ONE, args[1])


def _quotient_by_divisor(b: Builder, args: Args, r: Operand) -> Operand:
    return b.op(neg, b.op(mul, r, b.op(div, ONE, args[1])))


add = _row(
    "add", (F64, F64), F64, np.add, "({0} + {1})", (_one, _one), commutative=True, simplify=_simplify_add
)
sub = _row("sub", (F64, F64), F64, np.subtract, "({0} - {1})", (_one, _minus_one), simplify=_simplify_sub)
mul = _row(
    "mul",
    (F64, F64),
    F64,
    np.multiply,
    "({0} * {1})",
    (_second, _first),
    commutative=True,
    simplify=_simplify_mul,
)
div = _row(
    "div", (F64, F64), F64, np.divide, "({0} / {1})", (_reciprocal, _quotient_by_divisor),
    cost=8, singular=True, simplify=_simplify_div,
)  # fmt: skip
neg = _row("neg", (F64,), F64, np.negative, "(-{0})", (_minus_one,), simplify=_simplify_neg)
square = _row(
    "square", (F64,), F64, np.square, "({0} * {0})", (lambda b, args, r: b.op(mul, TWO, args[0]),),
    simplify=lambda b, args: _square_of_sign_change(b, args),
)  # fmt: skip


def _square_of_sign_change(b: Builder, args: Args) -> Operand | None:
    for row in (neg, fabs):
        inner = applied(b, args[0], row)
        if inner is not None:
            return b.op(square, inner[0])
    return of_reversed(b, square, sub, args[0])


def _simplify_mul0(b: Builder, args: Args) -> Operand | None:
    if is_zero(args[0]):
        return ZERO
    if args[0] is args[1]:
        return b.op(square, args[0])
    plain = without_powers_of_two(b, mul0, mul, *args)
    if plain is not None:
        return plain
    finite = any(isinstance(x, Const) for x in args) and _is_finite(args[1])
    return b.op(mul, *args) if finite or isinstance(args[0], Const) else None


def _is_finite(x: Operand) -> bool:
    return not isinstance(x, Const) or bool(np.isfinite(x.value))


mul0 = _row(
    "mul0", (F64, F64), F64, references.mul0, "({0} == 0.0 ? 0.0 : {0} * {1})", (_second, _first),
    cost=2, singular=True, simplify=_simplify_mul0,
)  # fmt: skip
"""0 where the first argument is 0, whatever the second is; else the product."""


# -- f64: absolute value, extrema, rounding ---------------------------------------------------


def _simplify_fabs(b: Builder, args: Args) -> Operand | None:
    for row in (neg, fabs):
        inner = applied(b, args[0], row)
        if inner is not None:
            return b.op(fabs, inner[0])
    return args[0] if applied(b, args[0], square) is not None else of_reversed(b, fabs, sub, args[0])


def _same(b: Builder, args: Args) -> Operand | None:
    return args[0] if args[0] is args[1] else None


def _where(test: Callable[[Builder, Args], Operand], yes: Const, no: Const) -> Partial:
    return lambda b, args, r: b.op(select, test(b, args), yes, no)


def _le(b: Builder, args: Args) -> Operand:
    return b.op(le, args[0], args[1])


def _ge(b: Builder, args: Args) -> Operand:
    return b.op(le, args[1], args[0])


def _minus_quotient(b: Builder, args: Args, r: Operand) -> Operand:
    return b.op(neg, b.op(floordiv, *args))


fabs = _row(
    "fabs", (F64,), F64, np.absolute, "__builtin_fabs({0})", (lambda b, args, r: b.op(sign, args[0]),),
    simplify=_simplify_fabs,
)  # fmt: skip
sign: Primitive = _row("sign", (F64,), F64, np.sign, None, (None,), cost=2)
minimum = _row(
    "minimum", (F64, F64), F64, np.minimum, None, (_where(_le, ONE, ZERO), _where(_le, ZERO, ONE)),
    cost=2, simplify=_same,
)  # fmt: skip
maximum = _row(
    "maximum", (F64, F64), F64, np.maximum, None, (_where(_ge, ONE, ZERO), _where(_ge, ZERO, ONE)),
    cost=2, simplify=_same,
)  # fmt: skip
floor = _row("floor", (F64,), F64, np.floor, "__builtin_floor({0})", (None,), cost=2)
ceil = _row("ceil", (F64,), F64, np.ceil, "__builtin_ceil({0})", (None,), cost=2)
rint = _row("rint", (F64,), F64, np.rint, "__builtin_rint({0})", (None,), cost=2)
trunc = _row("trunc", (F64,), F64, np.trunc, "__builtin_trunc({0})", (None,), cost=2)
mod = _row("mod", (F64, F64), F64, np.mod, None, (_one, _minus_quotient), cost=20)
floordiv = _row("floordiv", (F64, F64), F64, np.floor_divide, None, (None, None), cost=20)


detach = Primitive(
    "detach", (F64,), F64, np.positive, (None,), "({0})", expand=lambda b, args: args[0],
)  # fmt: skip
"""The value itself with derivative zero: for what cancels from the result, such as the shift in logsumexp."""


# -- f64: powers, with the two functions their rules need -------------------------------------

sqrt = _row(
    "sqrt", (F64,), F64, np.sqrt, "__builtin_sqrt({0})", (lambda b, args, r: b.op(div, HALF, r),),
    cost=10, singular=True,
)  # fmt: skip


def over_root(b: Builder, numerator: Operand, root: Operand) -> Operand:
    """numerator / root, and 0 where the root is 0."""
    return b.op(select, b.op(eq, root, ZERO), ZERO, b.op(div, numerator, root))


root = Primitive(
    "root", (F64,), F64, np.sqrt, (lambda b, args, r: over_root(b, HALF, r),), "__builtin_sqrt({0})",
    cost=10, expand=lambda b, args: b.op(sqrt, args[0]),
)  # fmt: skip
"""The square root of a sum of squares: at 0, where a norm has its kink, its derivative is the smallest of the
subgradients, 0."""
log = _row(
    "log", (F64,), F64, np.log, "log({0})", (lambda b, args, r: b.op(div, ONE, args[0]),),
    cost=20, singular=True,
)  # fmt: skip

SMALL_POWER = 8
"""Integer powers up to this one become products."""


def _product_power(b: Builder, x: Operand, n: int) -> Operand:
    if n == 1:
        return x
    half = b.op(square, _product_power(b, x, n // 2))
    return b.op(mul, half, x) if n % 2 else half


def _constant_power(b: Builder, x: Operand, n: float) -> Operand | None:
    if n == 0.0:
        return ONE
    if n == 0.5:
        return b.op(sqrt, x)
    if n != int(n) or abs(n) > SMALL_POWER:
        return None
    power = _product_power(b, x, abs(int(n)))
    return power if n > 0 else b.op(div, ONE, power)


def _simplify_pow(b: Builder, args: Args) -> Operand | None:
    x, n = args
    if isinstance(n, Const) and np.isfinite(n.value):
        return _constant_power(b, x, float(n.value))
    whole = applied(b, n, i2f)
    return None if whole is None else b.op(powi, x, whole[0])


def _simplify_powi(b: Builder, args: Args) -> Operand | None:
    x, n = args
    return _constant_power(b, x, float(n.value)) if isinstance(n, Const) else None


def _expand_pow(b: Builder, args: Args) -> Operand | None:
    """x ** 2.5 is x * x * sqrt(x), once it is differentiated: where x is 0 that has no derivatives."""
    x, n = args
    if not isinstance(n, Const) or abs(n.value) > SMALL_POWER or n.value % 1 != 0.5:
        return None
    whole = int(abs(n.value))
    power = b.op(mul, _product_power(b, x, whole), b.op(sqrt, x)) if whole else b.op(sqrt, x)
    return power if n.value > 0 else b.op(div, ONE, power)


def _pow_by_base(b: Builder, args: Args, r: Operand) -> Operand:
    x, n = args
    slope = b.op(mul, n, b.op(pow, x, b.op(sub, n, ONE)))
    return b.op(select, b.op(band, b.op(eq, n, ZERO), b.op(eq, x, ZERO)), ZERO, slope)


def _pow_by_exponent(b: Builder, args: Args, r: Operand) -> Operand:
    x, n = args
    at_zero = b.op(band, b.op(eq, x, ZERO), b.op(lt, ZERO, n))
    return b.op(mul, r, b.op(log, b.op(select, at_zero, ONE, x)))


def _powi_by_base(b: Builder, args: Args, r: Operand) -> Operand:
    x, n = args
    slope = b.op(mul, b.op(i2f, n), b.op(powi, x, b.op(isub, n, I_ONE)))
    return b.op(select, b.op(ieq, n, I_ZERO), ZERO, slope)


pow = _row(
    "pow", (F64, F64), F64, np.power, "pow({0}, {1})", (_pow_by_base, _pow_by_exponent),
    cost=60, singular=True, simplify=_simplify_pow, expand=_expand_pow,
)  # fmt: skip
powi = _row(
    "powi", (F64, I64), F64, references.powi, "pow({0}, (double){1})", (_powi_by_base, None),
    cost=60, singular=True, simplify=_simplify_powi,
)  # fmt: skip


# -- i64 --------------------------------------------------------------------------------------


def _simplify_iadd(b: Builder, args: Args) -> Operand | None:
    x, y = args
    if x is I_ZERO or y is I_ZERO:
        return y if x is I_ZERO else x
    for left, right in ((x, y), (y, x)):
        inner = applied(b, left, isub)
        if inner is not None and inner[1] is right:
            return inner[0]
    if isinstance(y, Const):
        x, y = y, x
    return _shifted(b, y, int(x.value)) if isinstance(x, Const) else None


def _simplify_isub(b: Builder, args: Args) -> Operand | None:
    x, y = args
    if x is y:
        return I_ZERO
    for row, keep, drop in ((iadd, 0, 1), (iadd, 1, 0)):
        inner = applied(b, x, row)
        if inner is not None and inner[drop] is y:
            return inner[keep]
    inner = applied(b, y, isub)
    if inner is not None and inner[0] is x:
        return inner[1]
    inner = applied(b, y, iadd)
    if inner is not None and x in inner:
        return b.op(ineg, inner[1] if inner[0] is x else inner[0])
    if isinstance(y, Const) and not isinstance(x, Const):
        return b.op(iadd, x, i64(-int(y.value)))
    return None


def _shifted(b: Builder, x: Operand, by: int) -> Operand | None:
    """x + by where x is itself a variable plus or minus a constant; None when nothing changes."""
    total = by
    for row, factor in ((iadd, 1), (isub, -1)):
        inner = applied(b, x, row)
        if inner is not None and isinstance(inner[1], Const) and not isinstance(inner[0], Const):
            x, total = inner[0], total + factor * int(inner[1].value)
            return x if total == 0 else b.op(iadd, x, i64(total))
    return x if by == 0 else None


def _simplify_imul(b: Builder, args: Args) -> Operand | None:
    for x, y in (args, args[::-1]):
        if x is I_ZERO:
            return I_ZERO
        if x is I_ONE:
            return y
    return None


def _simplify_ifloordiv(b: Builder, args: Args) -> Operand | None:
    return args[0] if args[1] is I_ONE else None


def _simplify_imod(b: Builder, args: Args) -> Operand | None:
    return I_ZERO if args[1] is I_ONE else None


def _i64(name: str, reference: Any, cpp: str | None, n: int = 2, **options: Any) -> Primitive:
    return _row(name, (I64,) * n, I64, reference, cpp, (None,) * n, **options)


iadd = _i64("iadd", np.add, "({0} + {1})", commutative=True, simplify=_simplify_iadd)
isub = _i64("isub", np.subtract, "({0} - {1})", simplify=_simplify_isub)
imul = _i64("imul", np.multiply, "({0} * {1})", commutative=True, simplify=_simplify_imul)
ifloordiv = _i64(
    "ifloordiv", references.guarded(np.floor_divide), None, cost=25, simplify=_simplify_ifloordiv
)
imod = _i64("imod", references.guarded(np.mod), None, cost=25, simplify=_simplify_imod)
ineg = _i64("ineg", np.negative, "(-{0})", 1)
iabs = _i64("iabs", np.absolute, "({0} < 0 ? -{0} : {0})", 1)
isign = _i64("isign", np.sign, "(({0} > 0) - ({0} < 0))", 1)
imin = _i64("imin", np.minimum, "({0} < {1} ? {0} : {1})", commutative=True, simplify=_same)
imax = _i64("imax", np.maximum, "({0} > {1} ? {0} : {1})", commutative=True, simplify=_same)
ipow = _i64("ipow", references.ipow, None, cost=20)
iand = _i64("iand", np.bitwise_and, "({0} & {1})", commutative=True, simplify=_same)
ior = _i64("ior", np.bitwise_or, "({0} | {1})", commutative=True, simplify=_same)
ixor = _i64("ixor", np.bitwise_xor, "({0} ^ {1})", commutative=True)
loose_start = _i64("loose_start", np.positive, "{0}", 1, cost=0)
"""The start of a loop that may as well begin earlier: lanes begin where the first of them does."""
loose_stop = _i64("loose_stop", np.positive, "{0}", 1, cost=0)
"""The end of a loop that may as well end later."""


# -- comparisons and truth values -------------------------------------------------------------


def _equal_arguments(answer: bool) -> Simplify:
    return lambda b, args: b1(answer) if args[0] is args[1] else None


def _compare(name: str, of: Type, reference: Any, sign_: str, **options: Any) -> Primitive:
    return _row(name, (of, of), B1, reference, f"({{0}} {sign_} {{1}})", (None, None), **options)


def _simplify_bnot(b: Builder, args: Args) -> Operand | None:
    for row, opposite in ((bnot, None), (ieq, ine), (ine, ieq), (eq, ne), (ne, eq)):
        inner = applied(b, args[0], row)
        if inner is not None:
            return inner[0] if opposite is None else b.op(opposite, *inner)
    for row, opposite in ((ilt, ile), (ile, ilt)):  # not (x < y) is y <= x: for integers, not for NaN
        inner = applied(b, args[0], row)
        if inner is not None:
            return b.op(opposite, inner[1], inner[0])
    return None


def _simplify_band(b: Builder, args: Args) -> Operand | None:
    for x, y in (args, args[::-1]):
        if isinstance(x, Const):
            return y if x.value else x
    return _same(b, args)


def _simplify_bor(b: Builder, args: Args) -> Operand | None:
    for x, y in (args, args[::-1]):
        if isinstance(x, Const):
            return x if x.value else y
    return _same(b, args)


lt = _compare("lt", F64, np.less, "<")
le = _compare("le", F64, np.less_equal, "<=")
eq = _compare("eq", F64, np.equal, "==", commutative=True)
ne = _compare("ne", F64, np.not_equal, "!=", commutative=True)
ilt = _compare("ilt", I64, np.less, "<", simplify=_equal_arguments(False))
ile = _compare("ile", I64, np.less_equal, "<=", simplify=_equal_arguments(True))
ieq = _compare("ieq", I64, np.equal, "==", commutative=True, simplify=_equal_arguments(True))
ine = _compare("ine", I64, np.not_equal, "!=", commutative=True, simplify=_equal_arguments(False))
band = _compare("band", B1, np.logical_and, "&", commutative=True, simplify=_simplify_band)
bor = _compare("bor", B1, np.logical_or, "|", commutative=True, simplify=_simplify_bor)
bxor = _compare("bxor", B1, np.logical_xor, "^", commutative=True)
beq = _compare("beq", B1, np.equal, "==", commutative=True, simplify=_equal_arguments(True))
bnot = _row("bnot", (B1,), B1, np.logical_not, "(!{0})", (None,), simplify=_simplify_bnot)
isnan = _row("isnan", (F64,), B1, np.isnan, "({0} != {0})", (None,))
isinf = _row("isinf", (F64,), B1, np.isinf, "(__builtin_fabs({0}) == __builtin_inf())", (None,))
isfinite = _row("isfinite", (F64,), B1, np.isfinite, "(__builtin_fabs({0}) < __builtin_inf())", (None,))


# -- selection and conversions ----------------------------------------------------------------


def _simplify_select(b: Builder, args: Args) -> Operand | None:
    test, yes, no = args
    if isinstance(test, Const):
        return yes if test.value else no
    if yes is no:
        return yes
    if yes.type is B1 and isinstance(yes, Const) and isinstance(no, Const):
        return test if yes.value else b.op(bnot, test)
    inner = applied(b, test, bnot)
    return chosen_sum(b, select, add, sub, args) if inner is None else b.op(select, inner[0], no, yes)


def _simplify_b2f(b: Builder, args: Args) -> Operand | None:
    return None if isinstance(args[0], Const) else b.op(select, args[0], ONE, ZERO)


def _simplify_i2f(b: Builder, args: Args) -> Operand | None:
    inner = applied(b, args[0], b2i)
    return None if inner is None else b.op(b2f, inner[0])


select = _row(
    "select", (B1, F64, F64), F64, np.where, "({0} ? {1} : {2})", (None, None, None), cost=2,
    simplify=_simplify_select,
)  # fmt: skip
"""Polymorphic: the arms, and then the result, may have any type.  Derivatives: see the passes."""
i2f = _row("i2f", (I64,), F64, references.i2f, "((double){0})", (None,), simplify=_simplify_i2f)
b2f = _row("b2f", (B1,), F64, references.i2f, "((double){0})", (None,), simplify=_simplify_b2f)
usually = _row("usually", (B1,), I64, references.b2i, "adfun_usually({0})", (None,))
"""1 if a condition holds that nearly always does, else 0; in lanes, if it holds in all of them."""
b2i = _row("b2i", (B1,), I64, references.b2i, "((adfun_i64){0})", (None,))
f2i = _row("f2i", (F64,), I64, references.f2i, None, (None,), cost=3)
"""Towards zero; 0 for what no i64 can hold."""


# -- VEC: the tangents of one scalar in several directions -------------------------------------


def _lane_product0(v: Any, p: Any) -> Any:
    with np.errstate(all="ignore"):
        return np.where(np.equal(v, 0.0), 0.0, np.multiply(v, p))


def _lane_quotient0(v: Any, y: Any) -> Any:
    with np.errstate(all="ignore"):
        return _lane_product0(v, np.divide(1.0, y))


def _simplify_vscale(b: Builder, args: Args) -> Operand | None:
    if args[0] is ONE:
        return args[1]
    return b.op(vneg, args[1]) if args[0] is MINUS_ONE else None


def _simplify_vadd(b: Builder, args: Args) -> Operand | None:
    negated = applied(b, args[1], vneg)
    if negated is not None:
        return b.op(vsub, args[0], negated[0])
    negated = applied(b, args[0], vneg)
    return None if negated is None else b.op(vsub, args[1], negated[0])


def _simplify_vmul0(b: Builder, args: Args) -> Operand | None:
    """A guard is for factors that are infinite."""
    return b.op(vscale, args[1], args[0]) if isinstance(args[1], Const) and _is_finite(args[1]) else None


vadd = _row(
    "vadd", (VEC, VEC), VEC, np.add, "({0} + {1})", (_one, _one),
    cost=2, commutative=True, simplify=_simplify_vadd,
)  # fmt: skip
vsub = _row("vsub", (VEC, VEC), VEC, np.subtract, "({0} - {1})", (_one, _minus_one), cost=2)
vneg = _row("vneg", (VEC,), VEC, np.negative, "(-{0})", (_minus_one,), cost=2)
vscale = _row(
    "vscale", (F64, VEC), VEC, np.multiply, "({0} * {1})", (_second, _first),
    cost=2, simplify=_simplify_vscale,
)  # fmt: skip
vmul0 = _row(
    "vmul0", (VEC, F64), VEC, _lane_product0, None, (_second, _first), cost=4, simplify=_simplify_vmul0
)
"""mul0 lane by lane: 0 in the lanes where the first argument is 0."""
vscale0 = _row("vscale0", (F64, VEC), VEC, references.mul0, None, (_second, _first), cost=3)
"""All lanes 0 where the first argument is 0, else the product."""
vprod = _row("vprod", (VEC, VEC), VEC, np.multiply, "({0} * {1})", cost=2, commutative=True)
vprod0 = _row("vprod0", (VEC, VEC), VEC, _lane_product0, None, cost=4)
"""mul0 lane by lane."""
vdiv0: Primitive = _row(
    "vdiv0", (VEC, F64), VEC, _lane_quotient0, None,
    (_reciprocal, lambda b, args, r: b.op(vneg, b.op(vdiv0, r, args[1]))), cost=12,
    expand=lambda b, args: b.op(vmul0, args[0], b.op(div, ONE, args[1])),
)  # fmt: skip
"""A quotient, 0 in the lanes where the first argument is 0: a tangent that is differentiated again."""
vsplat = _row("vsplat", (F64,), VEC, lambda x: np.full(LANES, x), None, (_one,))
vlane = _row("vlane", (VEC, I64), F64, lambda v, lane: v[lane], "({0}[{1}])", (_one, None))
vput = _row("vput", (VEC, I64, F64), VEC, references.vput, None, (_one, None, _one), cost=3)
"""The vector with one lane replaced."""
vpermute = _row("vpermute", (VEC, I64), VEC, references.vpermute, None, cost=4)
"""The lanes in another order: for each of them the number of the one that comes there, in octal digits."""
