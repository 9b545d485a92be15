"""Ways to write numbers and conditions."""

from __future__ import annotations

from tests.fuzz.grammar.draft import CONDITIONS, DATA_CONDITIONS, NUMBERS, B, Draft, Helper, bracketed


@NUMBERS.way(5)
def _binary(d: Draft, depth: int) -> str:
    x, y = d.number(depth), d.number(depth)
    p, q = bracketed(x), bracketed(y)
    return d.pick((f"({x} + {y})", f"({x} - {q})", f"{p} * {q}", f"({x} + 0.5 * {q})", f"{p} * (1 - {q})"))


@NUMBERS.way(2)
def _quotient(d: Draft, depth: int) -> str:
    x, y = bracketed(d.number(depth)), bracketed(d.number(depth))
    return d.pick(
        (f"{x} / (1.5 + {y} ** 2)", f"{x} / np.sqrt(1 + {y} * {y})", f"{x} / 3", f"1 / (1 + {y}**2)")
    )


@NUMBERS.way(1.5)
def _power(d: Draft, depth: int) -> str:
    x, y = bracketed(d.number(depth)), d.leaf()
    return d.pick(
        (f"{x} ** 2", f"{x} ** 3", f"(1 + {x} ** 2) ** 0.7", f"(1.2 + np.cos({y})) ** {d.tame(x)}")
        + (f"pow({x}, 2)", f"np.power(1.5 + np.sin({x}), 1.3)", f"2.0 ** {d.tame(x)}", f"(2 + {x}**2) ** -1")
        + (f"{x} ** {d.pick(('0', '1', '4'))}", f"(1.1 + {x} ** 2) ** -0.5", f"(1.5 + np.sin({y})) ** 2.5")
    )


@NUMBERS.way(5)
def _function(d: Draft, depth: int) -> str:
    x = d.number(depth)
    square, t = f"{bracketed(x)} ** 2", d.tame(x)
    return d.pick(
        (f"np.exp({t})", f"np.exp(-{square})", f"math.exp({t})", f"np.log(1.2 + {square})", f"np.sqrt(0.3 + {square})")
        + (f"math.sqrt(1 + {square})", f"np.sin({x})", f"math.cos({x})", f"np.tanh({x})", f"np.log1p({square})")
        + (f"np.expm1({t})", f"np.arctan({x})", f"np.arcsinh({x})", f"np.cosh({t})", f"np.sinh({t})")
        + (f"-{bracketed(x)}", f"abs({x})", f"np.abs({x})", f"math.fabs({x})", f"np.square({x})", f"float({x})")
        + (f"np.arctan2({x}, 1.3)", f"math.atan2({t}, 2.0)", f"np.hypot({x}, 0.8)", f"math.log(2.5 + {t})")
        + (f"np.arcsin(0.9 * {t})", f"np.logaddexp({x}, {d.leaf()})", f"np.cbrt(2 + {t})", f"np.reciprocal(2 + {t})")
        + (f"np.log2(3 + {t})", f"np.log10(3 + {t})", f"np.exp2({t})", f"np.tan(0.5 * {t})", f"np.arctanh(0.5 * {t})")
    )  # fmt: skip


@NUMBERS.way(2.5)
def _special(d: Draft, depth: int) -> str:
    x = d.number(depth)
    t, positive = d.tame(x), f"1.5 + {bracketed(x)} ** 2"
    return d.pick(
        (f"special.gammaln({positive})", f"special.digamma({positive})", f"special.erf({x})", f"special.ndtr({x})")
        + (f"special.log_ndtr({x})", f"special.expit({x})", f"special.log_expit({x})", f"math.lgamma({positive})")
        + (f"math.erf({x})", f"special.betaln({positive}, 2.5)", f"special.xlogy(1.5, {positive})", f"special.i1({t})")
        + (f"special.i0(0.5 * {t})", f"special.logit(0.5 + 0.4 * {t})", f"math.erfc({x})", f"special.gamma(2.0 + {t})")
        + (f"norm.logpdf({x}, {d.leaf()}, 1.3)", f"norm.logcdf({x})", f"special.erfc({x})", f"norm.pdf({t})")
        + (f"norm.logpdf({x}, loc=0.2, scale=np.exp({t}))", f"norm.cdf({x})", f"special.polygamma(1, {positive})")
        + (f"special.ndtri(0.5 + 0.4 * {t})", f"special.xlog1py(0.7, {bracketed(x)} ** 2)", f"norm.logsf({x})")
    )  # fmt: skip


@NUMBERS.way(1.5)
def _bend(d: Draft, depth: int) -> str:
    x, y = d.number(depth), d.leaf()
    return d.pick(
        (f"max({x}, {y})", f"min({x}, 0.7)", f"np.maximum({x}, 0.1)", f"np.minimum({x}, {y})")
        + (f"np.clip({x}, -1.0, 1.0)", f"max(-1.0, min(1.0, {x}))", f"max([{x}, {y}, 0.2])", f"np.fmax({x}, {y})")
        + (f"(np.abs({x}) % 2.0)", f"np.floor({x})", f"np.sign({x}) * {bracketed(y)}", f"(({x}) // 1.5)", f"math.floor({x})")
    )  # fmt: skip


@NUMBERS.way(2)
def _conditional(d: Draft, depth: int) -> str:
    x, y = d.number(depth), d.number(depth)
    test = d.condition(depth) if d.chance(0.6) else d.data_condition(depth)
    return d.pick((f"({x} if {test} else {y})", f"({x} if {test} else {y})", f"np.where({test}, {x}, {y})"))


@NUMBERS.way(1)
def _of_whole(d: Draft, depth: int) -> str:
    i, x = bracketed(d.whole()), d.leaf()
    return d.pick(
        (
            f"{i} * {x}",
            f"({x} + {i})",
            f"{x} / ({i} + 1)",
            f"({i} // 2) * {x}",
            f"({i} % 3 - {x})",
            f"{i} ** 2 * 0.1",
        )
    )


@NUMBERS.way(3)
def _element(d: Draft, depth: int) -> str | None:
    array = d.one(lambda n: n.kind.elem == "f" and bool(n.kind.dims))
    if array is None:
        return None
    places = [d.index(dim) for dim in array.kind.dims]
    if len(places) == 2 and d.chance(0.2):
        return f"{array.name}[{places[0]}][{places[1]}]"
    return f"{array.name}[{', '.join(places)}]"


@NUMBERS.way(4)
def _reduced(d: Draft, depth: int) -> str | None:
    dim = d.dim()
    if dim is None:
        return None
    v = d.vector(dim, depth)
    p = bracketed(v)
    return d.pick(
        (f"np.sum({v})", f"{p}.sum()", f"np.mean({v})", f"{p}.mean()", f"sum({v})", f"np.sum({v}, axis=0)")
        + (f"np.sum({p} ** 2)", f"np.prod(1 + 0.3 * np.tanh({v}))", f"np.max({v})", f"{p}.min()", f"max({v})")
        + (f"np.var({v})", f"np.std({v} + 0.1 * np.arange({d.size(dim)}))", f"np.var({v}, ddof=1)", f"np.add.reduce({v})")
        + (f"special.logsumexp({v})", f"np.log(np.sum(np.exp(np.tanh({v}))))", f"np.linalg.norm({p} + 0.7)")
        + (f"np.ptp({v})", f"np.median({v})", f"np.cumsum({v})[-1]", f"np.average({v}, weights={d.pick(('np.arange(1, ' + d.size(dim) + ' + 1)', 'np.ones(' + d.size(dim) + ')'))})")
        + (f"np.trapezoid({v})", f"np.trapezoid({v}, dx=0.3)", f"np.logaddexp.reduce({v})", f"np.nansum({v})")
    )  # fmt: skip


@NUMBERS.way(2)
def _product(d: Draft, depth: int) -> str | None:
    dim = d.dim()
    if dim is None:
        return None
    v, w = d.vector(dim, depth), d.vector(dim, depth)
    p, q = bracketed(v), bracketed(w)
    return d.pick(
        (f"{p} @ {q}", f"np.dot({v}, {w})", f"{p}.dot({w})", f"np.vdot({v}, {w})", f"np.inner({v}, {w})")
        + (f"np.einsum('i,i->', {v}, {w})", f"np.sum({p} * {q})", f"sum(p * q for p, q in zip({v}, {w}))")
        + (
            f"np.max(np.abs({p} - {q}))",
            f"np.sum(np.outer({v}, {w}))",
            f"float(np.tensordot({v}, {w}, axes=1))",
        )
    )


@NUMBERS.way(2)
def _of_matrix(d: Draft, depth: int) -> str | None:
    rows, columns = d.dim(), d.dim()
    if rows is None or columns is None:
        return None
    m = d.matrix(rows, columns, depth)
    p = bracketed(m)
    ways = [f"np.sum({m})", f"{p}.sum()", f"np.mean({m})", f"{p}.max()", f"np.sum({p} ** 2, axis=(0, 1))"]
    ways += [
        f"np.linalg.norm({p} + 0.5)",
        f"np.sum({m}, axis=1).max()",
        f"np.sum({m}, axis=0)[0]",
        f"np.std({m})",
    ]
    ways += [f"np.sum(np.diag({m}))", f"special.logsumexp({m})", f"np.prod(np.sum(np.tanh({m}), axis=1))"]
    ways += [f"np.sum(np.max({m}, axis=1))", f"np.min({m}, axis=0).sum()", f"{p}.mean(axis=0).sum()"]
    ways += [f"np.einsum('ij->', {m})", f"np.einsum('ij,ij', {m}, {m})", f"sum(np.sum(row) for row in {p})"]
    if rows == columns:
        ways += [
            f"np.trace({m})",
            f"np.sum(np.tril({m}))",
            f"np.sum(np.triu({m}, 1))",
            f"np.einsum('ii', {m})",
        ]
    return d.pick(ways)


@NUMBERS.way(1.2)
def _comprehension(d: Draft, depth: int) -> str | None:
    dim = d.dim()
    if dim is None:
        return None
    item = d.fresh("e")
    v, size = bracketed(d.vector(dim, 0)), d.size(dim)
    with_if = f" if {item} > 0.1" if d.chance(0.3) else ""
    f = d.pick((f"{item} * {d.leaf()}", f"np.sin({item})", f"{item} ** 2", f"({item} - {d.leaf()}) ** 2"))
    return d.pick(
        (f"sum({f} for {item} in {v}{with_if})", f"np.sum([{f} for {item} in {v}])", f"sum([{f} for {item} in {v}{with_if}])")
        + (f"np.mean([{f} for {item} in {v}])", f"max({f} for {item} in {v})", f"min([{f} for {item} in {v}])")
        + (f"sum({v}[k_] * (k_ + 1) for k_ in range({size}))", f"np.prod([1.1 + np.tanh({f}) for {item} in {v}])")
        + (f"sum({item} * (k_ + 0.5) for k_, {item} in enumerate({v}))", f"sum(map(lambda {item}: {f}, {v}))")
        + (f"math.fsum({f} for {item} in {v})", f"functools.reduce(lambda p, {item}: 0.5 * p + {f}, {v}, 0.0)")
    )  # fmt: skip


@NUMBERS.way(1.5)
def _at_grid(d: Draft, depth: int) -> str | None:
    if not d.sees("grid"):
        return None
    x = d.number(depth)
    return d.pick(
        (f"np.interp({x}, grid, np.sin(grid))", f"np.interp({d.tame(x)}, grid, grid ** 2 * {d.leaf()})")
        + (f"np.polyval([0.3, {d.leaf()}, -0.2], {d.tame(x)})", f"grid[np.searchsorted(grid, {x}) % 4]")
    )


@NUMBERS.way(1.5)
def _call(d: Draft, depth: int) -> str | None:
    helpers = [h for h in d.helpers if not h.result.dims and callable_here(d, h)]
    return call(d, d.random.choice(helpers), depth) if helpers else None


def callable_here(d: Draft, helper: Helper) -> bool:
    """Whether there are arrays for its arguments."""
    dims = [kind.dims[0] for _, kind in helper.args if kind.dims]
    return all(d.names(lambda n, dim=dim: dim in n.kind.dims) for dim in dims)  # type: ignore[misc]


def call(d: Draft, helper: Helper, depth: int) -> str:
    """A call of a helper, by position and by keyword; defaults may stand."""
    given = []
    required = len(helper.args) - helper.optional
    keyword = False
    for k, (name, kind) in enumerate(helper.args):
        if k >= required and d.chance(0.5):
            continue
        text = d.vector(kind.dims[0], depth) if kind.dims else d.number(depth)
        keyword = keyword or k >= required or d.chance(0.2)
        given.append(f"{name}={text}" if keyword else text)
    return f"{helper.name}({', '.join(given)})"


# -- conditions -------------------------------------------------------------------------------


@CONDITIONS.way(4)
def _compared(d: Draft, depth: int) -> str:
    x = d.number(min(depth, 1))
    y = d.leaf() if d.chance(0.4) else d.literal()
    return f"{x} {d.pick(('<', '>', '<=', '>='))} {y}"


@CONDITIONS.way(1)
def _joined(d: Draft, depth: int) -> str | None:
    if depth <= 0:
        return None
    x, y = d.condition(depth - 1), d.data_condition(depth - 1)
    return d.pick((f"({x} and {y})", f"({x} or {y})", f"(not {x})", f"not ({x} and {y})"))


@CONDITIONS.way(0.6)
def _chained(d: Draft, depth: int) -> str:
    return f"-0.8 < {d.number(min(depth, 1))} < {d.pick(('0.9', '1.2', d.leaf()))}"


@CONDITIONS.way(0.5)
def _of_array(d: Draft, depth: int) -> str | None:
    found = d.one(lambda n: n.kind.elem == "f" and len(n.kind.dims) == 1)
    if found is None:
        return None
    v = found.name
    return d.pick((f"np.any({v} > 0.4)", f"np.all({v} < 1.9)", f"({v} > 0).any()", f"np.sum({v} > 0.1) > 1"))


@DATA_CONDITIONS.way(2)
def _position(d: Draft, depth: int) -> str:
    i, j = bracketed(d.whole()), d.whole()
    return d.pick((f"{i} % 2 == 0", f"{i} > 1", f"{i} == 0", f"{i} != 2", f"{i} < {j}", f"{i} <= {j} - 1"))


@DATA_CONDITIONS.way(2)
def _datum(d: Draft, depth: int) -> str | None:
    if not d.sees("x"):
        return None
    i = d.index(("n", 0))
    ways = (f"x[{i}] > 0.2", f"mask[{i}]", f"g[{i}] == 1", f"counts[{i}] > 1", f"y[{i}] <= x[{i}]", "c > 0.5")
    return d.pick((*ways, f"not mask[{i}]", "mode == 'log'", f"np.isfinite(x[{i}])"))


@DATA_CONDITIONS.way(0.5)
def _flag(d: Draft, depth: int) -> str | None:
    return d.name_of(B)
