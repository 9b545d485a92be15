"""Numbers and conditions."""

from __future__ import annotations

from tests.fuzz.grammar.draft import DIMS, B, Choices, Dim, Draft, F, K, Kind, M, N

NUMBERS = Choices()
CONDITIONS = Choices()
DATA_CONDITIONS = Choices()


def number(d: Draft, depth: int) -> str:
    """A float expression."""
    if depth <= 0 or d.chance(0.12):
        return leaf(d)
    return NUMBERS.write(d, depth - 1) or leaf(d)


def leaf(d: Draft) -> str:
    name = d.name_of(F)
    return name if name is not None and d.chance(0.85) else d.number()


def tame(d: Draft, text: str) -> str:
    """Of moderate size, whatever it was."""
    return d.pick((f"np.tanh({text})", f"np.sin({text})", f"0.5 * np.arctan({text})", f"math.tanh({text})"))


def condition(d: Draft, depth: int) -> str:
    return CONDITIONS.write(d, depth) or f"{leaf(d)} > 0.1"


def data_condition(d: Draft, depth: int) -> str:
    """A condition that depends on data or loop positions, if there are any."""
    return DATA_CONDITIONS.write(d, depth) or condition(d, depth)


def whole(d: Draft) -> str | None:
    """An integer expression, not negative."""
    found = d.names(lambda n: n.kind.elem == "i" and not n.kind.dims)
    if found and d.chance(0.8):
        return d.random.choice(found).name
    return d.size(d.dim()) if d.chance(0.5) else d.pick(("1", "2", "3"))


def index(d: Draft, dim: Dim) -> str:
    """An integer expression that is a valid index of an axis."""
    fitting = d.names(lambda n: n.kind.elem == "i" and not n.kind.dims and n.kind.bound == dim)
    if fitting and d.chance(0.75):
        return d.random.choice(fitting).name
    if dim == K and d.chance(0.2) and not d.in_helper:
        i = index(d, N)
        return f"g[{i}]" if "g" in d.scopes[0] else "0"
    some = whole(d)
    ways = ["0", "1", "-1", f"{d.size(dim)} - 1", "-2"]
    if some is not None:
        ways += [f"{some} % {_bracketed(d.size(dim))}"] * 2
    return d.pick(ways)


def _bracketed(text: str) -> str:
    return f"({text})" if " " in text else text


# -- arithmetic -------------------------------------------------------------------------------


@NUMBERS.way(5)
def _binary(d: Draft, depth: int) -> str:
    x, y = number(d, depth), number(d, depth)
    return d.pick((f"({x} + {y})", f"({x} - {y})", f"{_atom(x)} * {_atom(y)}", f"({x} + 0.5 * {_atom(y)})"))


def _atom(text: str) -> str:
    simple = text.replace(".", "").replace("_", "").isalnum() or text.startswith(("np.", "math.", "special."))
    return text if simple and " " not in text else f"({text})"


@NUMBERS.way(2)
def _quotient(d: Draft, depth: int) -> str:
    x, y = number(d, depth), _atom(number(d, depth))
    return d.pick((f"{_atom(x)} / (1.5 + {y} ** 2)", f"{_atom(x)} / np.sqrt(1 + {y} * {y})", f"({x}) / 3"))


@NUMBERS.way(1.5)
def _power(d: Draft, depth: int) -> str:
    x, y = _atom(number(d, depth)), leaf(d)
    return d.pick(
        (f"{x} ** 2", f"{x} ** 3", f"(1 + {x} ** 2) ** 0.7", f"(1.2 + np.cos({y})) ** {tame(d, x)}")
        + (f"pow({x}, 2)", f"np.power(1.5 + np.sin({x}), 1.3)", f"2.0 ** {tame(d, x)}", f"(2 + {x}**2) ** -1")
    )


@NUMBERS.way(5)
def _function(d: Draft, depth: int) -> str:
    x = number(d, depth)
    square = f"{_atom(x)} ** 2"
    t = tame(d, x)
    return d.pick(
        (f"np.exp({t})", f"np.exp(-{square})", f"math.exp({t})", f"np.log(1.2 + {square})", f"np.sqrt(0.3 + {square})")
        + (f"math.sqrt(1 + {square})", f"np.sin({x})", f"math.cos({x})", f"np.tanh({x})", f"np.log1p({square})")
        + (f"np.expm1({t})", f"np.arctan({x})", f"np.arcsinh({x})", f"np.cosh({t})", f"np.sinh({t})")
        + (f"-{_atom(x)}", f"abs({x})", f"np.abs({x})", f"math.fabs({x})", f"np.square({x})", f"float({x})")
        + (f"np.arctan2({x}, 1.3)", f"math.atan2({t}, 2.0)", f"np.hypot({x}, 0.8)", f"math.log(2.5 + {t})")
        + (f"np.arcsin(0.9 * {t})", f"np.logaddexp({x}, {leaf(d)})", f"np.cbrt(2 + {t})", f"np.reciprocal(2 + {t})")
    )  # fmt: skip


@NUMBERS.way(2.5)
def _special(d: Draft, depth: int) -> str:
    x = number(d, depth)
    positive = f"1.5 + {_atom(x)} ** 2"
    return d.pick(
        (f"special.gammaln({positive})", f"special.digamma({positive})", f"special.erf({x})", f"special.ndtr({x})")
        + (f"special.log_ndtr({x})", f"special.expit({x})", f"special.log_expit({x})", f"math.lgamma({positive})")
        + (f"math.erf({x})", f"special.betaln({positive}, 2.5)", f"special.xlogy(1.5, {positive})")
        + (f"special.i0(0.5 * {tame(d, x)})", f"special.logit(0.5 + 0.4 * {tame(d, x)})", f"math.erfc({x})")
        + (f"norm.logpdf({x}, {leaf(d)}, 1.3)", f"norm.logcdf({x})", f"special.erfc({x})")
        + (f"norm.logpdf({x}, loc=0.2, scale=np.exp({tame(d, leaf(d))}))", f"norm.cdf({x})")
        + (f"special.ndtri(0.5 + 0.4 * {tame(d, x)})", f"special.xlog1py(0.7, {_atom(x)} ** 2)")
    )  # fmt: skip


@NUMBERS.way(1.5)
def _bend(d: Draft, depth: int) -> str:
    x, y = number(d, depth), leaf(d)
    return d.pick(
        (f"max({x}, {y})", f"min({x}, 0.7)", f"np.maximum({x}, 0.1)", f"np.minimum({x}, {y})")
        + (f"np.clip({x}, -1.0, 1.0)", f"max(-1.0, min(1.0, {x}))", f"max([{x}, {y}, 0.2])", f"np.fmax({x}, {y})")
        + (f"(np.abs({x}) % 2.0)", f"np.floor({x})", f"np.sign({x}) * {_atom(y)}", f"(({x}) // 1.5)", f"math.floor({x})")
    )  # fmt: skip


@NUMBERS.way(2)
def _conditional(d: Draft, depth: int) -> str:
    x, y = number(d, depth), number(d, depth)
    test = condition(d, depth) if d.chance(0.6) else data_condition(d, depth)
    return d.pick((f"({x} if {test} else {y})", f"({x} if {test} else {y})", f"np.where({test}, {x}, {y})"))


@NUMBERS.way(1)
def _of_whole(d: Draft, depth: int) -> str | None:
    i = whole(d)
    x = leaf(d)
    return i and d.pick((f"{i} * {x}", f"({x} + {i})", f"{x} / ({i} + 1)", f"({i} // 2) * {x}", f"({i} % 3 - {x})"))


@NUMBERS.way(3)
def _element(d: Draft, depth: int) -> str | None:
    found = d.names(lambda n: n.kind.elem == "f" and bool(n.kind.dims))
    if not found:
        return None
    array = d.random.choice(found)
    places = [index(d, dim) for dim in array.kind.dims]
    if len(places) == 2 and d.chance(0.2):
        return f"{array.name}[{places[0]}][{places[1]}]"
    return f"{array.name}[{', '.join(places)}]"


@NUMBERS.way(1.2)
def _call(d: Draft, depth: int) -> str | None:
    found = [h for h in d.helpers if h.result == F]
    if not found:
        return None
    helper = d.random.choice(found)
    return call(d, helper, depth)


def call(d: Draft, helper: object, depth: int) -> str | None:
    """A call of a helper, by position and by keyword."""
    from_vectors = __vectors()
    return from_vectors(d, helper, depth)


def __vectors() -> object:
    raise NotImplementedError


def over(d: Draft, dim: Dim) -> str:
    return d.size(dim)


ALL_DIMS: tuple[Dim, ...] = (*DIMS, ("n", -1))


# -- conditions -------------------------------------------------------------------------------


@CONDITIONS.way(4)
def _compared(d: Draft, depth: int) -> str:
    x, y = number(d, min(depth, 1)), leaf(d) if d.chance(0.4) else d.number()
    return f"{x} {d.pick(('<', '>', '<=', '>='))} {y}"


@CONDITIONS.way(1)
def _joined(d: Draft, depth: int) -> str | None:
    if depth <= 0:
        return None
    x, y = condition(d, depth - 1), data_condition(d, depth - 1)
    return d.pick((f"({x} and {y})", f"({x} or {y})", f"not {x}", f"not ({x} and {y})"))


@CONDITIONS.way(0.6)
def _chained(d: Draft, depth: int) -> str:
    return f"-0.8 < {number(d, min(depth, 1))} < {d.pick(('0.9', '1.2', leaf(d)))}"


@CONDITIONS.way(0.5)
def _of_array(d: Draft, depth: int) -> str | None:
    found = d.names(lambda n: n.kind.elem == "f" and len(n.kind.dims) == 1)
    if not found:
        return None
    v = d.random.choice(found).name
    return d.pick((f"np.any({v} > 0.4)", f"np.all({v} < 1.9)", f"({v} > 0).any()", f"np.sum({v} > 0.1) > 1"))


@DATA_CONDITIONS.way(2)
def _position(d: Draft, depth: int) -> str | None:
    i = whole(d)
    return i and d.pick((f"{i} % 2 == 0", f"{i} > 1", f"{i} == 0", f"{i} != 2", f"{i} < {d.size(d.dim())} - 1"))


@DATA_CONDITIONS.way(2)
def _datum(d: Draft, depth: int) -> str | None:
    if d.in_helper:
        return None
    i = index(d, N)
    return d.pick((f"x[{i}] > 0.2", f"mask[{i}]", f"g[{i}] == 1", f"counts[{i}] > 1", f"y[{i}] <= x[{i}]", "c > 0.5"))


@DATA_CONDITIONS.way(0.5)
def _flag(d: Draft, depth: int) -> str | None:
    name = d.name_of(B)
    return name


_ = (M, Kind)
