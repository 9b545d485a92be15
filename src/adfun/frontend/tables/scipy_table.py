"""What is supported of SciPy by primitives and kernels; the library holds the rest."""

from __future__ import annotations

from collections.abc import Callable

from adfun.frontend.arrays import elementwise, factor, fourier, logsums, polynomials
from adfun.frontend.stage import Stage
from adfun.frontend.tables.entry import Handler, entry
from adfun.frontend.values import Value
from adfun.ir.nodes import Operand, f64
from adfun.ir.rows import Primitive
from adfun.ir.types import F64
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e
from adfun.primitives import special as s


def primitive(row: Primitive) -> Handler:
    """A handler that applies one primitive of floats elementwise."""
    number = len(row.args)

    def handler(stage: Stage, *values: Value, out: Value = None) -> Value:
        if len(values) != number:
            stage.fail(f"{number} arguments are needed here", f"{len(values)} are given")

        def emit(*operands: Operand) -> Operand:
            return stage.op(row, *(stage.convert(o, t) for o, t in zip(operands, row.args, strict=True)))

        return _elementwise(stage, emit, row.cost, values, out)

    handler.__doc__ = row.name
    return handler


def _elementwise(
    stage: Stage, emit: Callable[..., Operand], cost: int, values: tuple[Value, ...], out: Value
) -> Value:
    """Elementwise application, stored in `out` when that is given."""
    result = elementwise.custom(stage, F64, emit, *values, cost=cost)
    return result if out is None else elementwise.into(stage, out, result, True)


def composite(emit: Callable[..., Operand], cost: int = 40) -> Handler:
    """A handler that applies a function of (stage, operands ...) elementwise."""

    def handler(stage: Stage, *values: Value, out: Value = None) -> Value:
        return _elementwise(stage, lambda *operands: emit(stage, *operands), cost, values, out)

    return handler


def _logit(stage: Stage, p: Operand) -> Operand:
    """log(p / (1 - p)); near one half without cancellation."""
    one = f64(1.0)
    odds = stage.op(e.log, stage.op(a.div, p, stage.op(a.sub, one, p)))
    shift = stage.op(a.mul, f64(2.0), stage.op(a.sub, p, f64(0.5)))
    near = stage.op(a.sub, stage.op(e.log1p, shift), stage.op(e.log1p, stage.op(a.neg, shift)))
    middle = stage.op(a.band, stage.op(a.le, f64(0.3), p), stage.op(a.le, p, f64(0.65)))
    return stage.op(a.select, middle, near, odds)


def _xlogy(stage: Stage, x: Operand, y: Operand) -> Operand:
    return _zero_times(stage, x, y, stage.op(e.log, y))


def _xlog1py(stage: Stage, x: Operand, y: Operand) -> Operand:
    return _zero_times(stage, x, y, stage.op(e.log1p, y))


def _zero_times(stage: Stage, x: Operand, y: Operand, log: Operand) -> Operand:
    """x * log, and 0 where x is 0 and the logarithm is not finite (but for NaN): at x = 0 the derivative
    by x is still the logarithm."""
    zero = f64(0.0)
    no_log = stage.op(
        a.band, stage.op(a.bnot, stage.op(a.isfinite, log)), stage.op(a.bnot, stage.op(a.isnan, y))
    )
    empty = stage.op(a.band, stage.op(a.eq, x, zero), no_log)
    return stage.op(a.select, empty, zero, stage.op(a.mul, x, log))


def _entr(stage: Stage, x: Operand) -> Operand:
    zero = f64(0.0)
    inside = stage.op(a.neg, stage.op(a.mul, x, stage.op(e.log, x)))
    rest = stage.op(a.select, stage.op(a.eq, x, zero), zero, f64(float("-inf")))
    return stage.op(a.select, stage.op(a.le, x, zero), rest, inside)


_PRIMITIVES: dict[str, Primitive] = {
    "expit": e.expit,
    "log_expit": e.log_expit,
    "gammaln": s.lgamma,
    "loggamma": s.lgamma,
    "gamma": s.gamma,
    "digamma": s.digamma,
    "psi": s.digamma,
    "polygamma": s.polygamma,
    "erf": s.erf,
    "erfc": s.erfc,
    "erfcx": s.erfcx,
    "erfinv": s.erfinv,
    "erfcinv": s.erfcinv,
    "ndtr": s.ndtr,
    "log_ndtr": s.log_ndtr,
    "ndtri": s.ndtri,
    "i0": s.i0,
    "i1": s.i1,
    "i0e": s.i0e,
    "i1e": s.i1e,
    "iv": s.bessel_i,
    "ive": s.bessel_ie,
    "expm1": e.expm1,
    "log1p": e.log1p,
    "exp2": e.exp2,
    "cbrt": e.cbrt,
}

_COMPOSITES: dict[str, Handler] = {
    "logit": composite(_logit),
    "xlogy": composite(_xlogy),
    "xlog1py": composite(_xlog1py),
    "entr": composite(_entr),
    "exp10": lambda stage, x: elementwise.apply(stage, "power", 10.0, x),
    "logsumexp": logsums.logsumexp,
    "softmax": logsums.softmax,
    "log_softmax": logsums.log_softmax,
    "softplus": lambda stage, x: elementwise.apply(stage, "logaddexp", 0.0, x),
    "round": elementwise.around,
    "powm1": lambda stage, x, y: elementwise.apply(
        stage, "expm1", elementwise.apply(stage, "multiply", y, elementwise.apply(stage, "log", x))
    ),
    "sinc": lambda stage, x: elementwise.apply(stage, "sinc", x),
}


def scipy_functions() -> dict[str, Handler]:
    """The table, with dotted names."""
    special = {name: primitive(row) for name, row in _PRIMITIVES.items()} | _COMPOSITES | polynomials.SINGLE
    table = {f"scipy.special.{name}": handler for name, handler in special.items()}
    table |= {f"scipy.linalg.{name}": handler for name, handler in factor.SCIPY.items()}
    table[fourier.TRANSFORM] = fourier.transform
    return {name: entry(name, handler) for name, handler in table.items()}
