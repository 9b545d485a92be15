"""Ways to write loops: over ranges, arrays and lists, while loops, recurrences, lists that grow."""

from __future__ import annotations

from tests.fuzz.grammar.draft import STATEMENTS, Dim, Draft, F, Kind, bracketed
from tests.fuzz.grammar.statements import body, change, new_vector, statements, stored


@STATEMENTS.way(4)
def _for_range(d: Draft, depth: int) -> str | None:
    dim = d.dim()
    if depth <= 0 or dim is None or d.loops > 2:
        return None
    i, size = d.fresh("i"), d.size(dim)
    ranges = (f"range({size})",) * 3 + (
        f"range(1, {size})",
        f"range({size} - 1, -1, -1)",
        f"range(0, {size}, 2)",
    )
    ranges += (f"reversed(range({size}))", f"np.arange({size})")
    with d.loop(f"for {i} in {d.pick(ranges)}:"):
        d.declare(i, Kind("i", (), dim), fixed=True)
        _inside(d, depth)
    _else(d, depth)
    return ""


def _inside(d: Draft, depth: int) -> None:
    """The body of a loop, with `continue` and `break` now and then."""
    if d.chance(0.15):
        with d.block(f"if {d.data_condition(1)}:"):
            d.line("continue")
    body(d, depth)
    if d.chance(0.15):
        with d.block(f"if {d.condition(1) if d.chance(0.6) else d.data_condition(1)}:"):
            if d.chance(0.3):
                change(d)
            d.line("break" if d.chance(0.85) else f"return {d.number(1)}")
        if d.chance(0.4):
            change(d)


def _else(d: Draft, depth: int) -> None:
    if d.chance(0.08):
        with d.block("else:"):
            change(d)


@STATEMENTS.way(3)
def _for_items(d: Draft, depth: int) -> str | None:
    dim = d.dim()
    if depth <= 0 or dim is None or d.loops > 2:
        return None
    e, o, i = d.fresh("e"), d.fresh("o"), d.fresh("i")
    v, w, size = d.vector(dim, 1), d.vector(dim, 1), d.size(dim)
    p = bracketed(v)
    headers = [
        (f"for {e} in {v}:", (e,), ""),
        (f"for {e} in {p}[::-1]:", (e,), ""),
        (f"for {e}, {o} in zip({v}, {w}):", (e, o), ""),
        (f"for {i}, {e} in enumerate({v}):", (e,), i),
        (f"for {i}, ({e}, {o}) in enumerate(zip({v}, {w})):", (e, o), i),
        (f"for {e}, {o} in zip({p}[1:], {p}[:-1]):", (e, o), ""),
        (f"for {i}, {e} in zip(range({size}), {v}):", (e,), i),
        (f"for {e} in reversed({v}):", (e,), ""),
        (f"for {e} in [{d.leaf()}, {d.leaf()}, 0.4]:", (e,), ""),
        (f"for {e}, {o} in [(0.5, {d.leaf()}), ({d.leaf()}, 1.5)]:", (e, o), ""),
        (f"for {i}, {e} in enumerate({v}, start=0):", (e,), i),
        (f"for {e} in list({v}):", (e,), ""),
    ]
    header, floats, counter = d.random.choice(headers)
    with d.loop(header):
        for name in floats:
            d.declare(name, F)
        if counter:
            d.declare(counter, Kind("i", (), dim), fixed=True)
        _inside(d, depth)
    _else(d, depth)
    return ""


@STATEMENTS.way(1)
def _for_rows(d: Draft, depth: int) -> str | None:
    rows, columns = d.dim(), d.dim()
    if depth <= 0 or rows is None or columns is None or d.loops > 1:
        return None
    r, e = d.fresh("r"), d.fresh("e")
    m = d.matrix(rows, columns, 1)
    other = d.vector(rows, 1)
    header = d.pick(
        (f"for {r} in {m}:", f"for {r}, {e} in zip({m}, {other}):", f"for {e}, {r} in zip({other}, {m}):")
    )
    with d.loop(header):
        d.declare(r, Kind("f", (columns,)), fixed=True)
        if e in header:
            d.declare(e, F)
        _inside(d, depth)
    return ""


@STATEMENTS.way(1)
def _pairs(d: Draft, depth: int) -> str | None:
    """A double loop over pairs of positions."""
    dim = d.dim()
    if depth <= 1 or dim is None or d.loops > 1:
        return None
    i, j, v = d.fresh("i"), d.fresh("i"), d.vector_leaf(dim)
    t = d.assignable()
    if t is None:
        return None
    p = bracketed(v)
    with d.loop(f"for {i} in range({d.size(dim)}):"):
        d.declare(i, Kind("i", (), dim), fixed=True)
        inner = d.pick(
            (f"range({i})", f"range({i} + 1)", f"range({i} + 1, {d.size(dim)})", f"range({d.size(dim)})")
        )
        with d.loop(f"for {j} in {inner}:"):
            d.declare(j, Kind("i", (), dim), fixed=True)
            d.line(
                d.pick(
                    (
                        f"{t.name} += 0.2 * {p}[{i}] * {p}[{j}]",
                        f"{t.name} -= np.exp(-({p}[{i}] - {p}[{j}]) ** 2)",
                    )
                )
            )
            if d.chance(0.4):
                stored(d, 1)
    return ""


@STATEMENTS.way(1.5)
def _recurrence(d: Draft, depth: int) -> str | None:
    """An array filled from its earlier elements."""
    dim = d.dim()
    if dim is None or d.loops > 1:
        return None
    z, i, v = d.fresh("z"), d.fresh("i"), bracketed(d.vector(dim, 1))
    x, y = d.leaf(), d.leaf()
    d.line(f"{z} = {d.pick((f'np.zeros({d.size(dim)})', f'np.empty({d.size(dim)})', f'np.zeros_like({v})'))}")
    d.line(f"{z}[0] = {d.number(1)}")
    with d.loop(f"for {i} in range(1, {d.size(dim)}):"):
        d.declare(i, Kind("i", (), dim), fixed=True)
        step = d.pick((f"0.6 * {z}[{i} - 1] + {v}[{i}]", f"np.tanh({z}[{i} - 1] * {x}) - {v}[{i} - 1]"))
        step = d.pick(
            (
                step,
                step,
                f"{d.tame(x)} * {z}[{i} - 1] + {y} * {v}[{i}]",
                f"{z}[{i} - 1] / (1.5 + {v}[{i}] ** 2)",
            )
        )
        d.line(f"{z}[{i}] = {step}")
        if d.chance(0.3):
            change(d)
    return d.declare(z, Kind("f", (dim,)), owned=True)


@STATEMENTS.way(1)
def _table(d: Draft, depth: int) -> str | None:
    """A matrix filled element by element."""
    rows, columns = d.dim(), d.dim()
    if rows is None or columns is None or d.loops:
        return None
    z, i, j = d.fresh("z"), d.fresh("i"), d.fresh("i")
    d.line(f"{z} = np.zeros(({d.size(rows)}, {d.size(columns)}))")
    with d.loop(f"for {i} in range({d.size(rows)}):"):
        d.declare(i, Kind("i", (), rows), fixed=True)
        with d.loop(f"for {j} in range({d.size(columns)}):"):
            d.declare(j, Kind("i", (), columns), fixed=True)
            x = d.number(2)
            if d.chance(0.4):
                with d.block(f"if {i} > 0 and {j} > 0:"):
                    d.line(
                        f"{z}[{i}, {j}] = {d.pick((f'min({z}[{i} - 1, {j}], {z}[{i}, {j} - 1]) + {d.tame(x)}', f'0.4 * {z}[{i} - 1, {j} - 1] + {x}'))}"
                    )
                with d.block("else:"):
                    d.line(f"{z}[{i}, {j}] = {d.number(1)}")
            else:
                d.line(f"{z}[{i}, {j}] = {x}")
    return d.declare(z, Kind("f", (rows, columns)), owned=True)


@STATEMENTS.way(1.3)
def _state(d: Draft, depth: int) -> str | None:
    """A vector or a matrix that every iteration replaces."""
    dim, rows = d.dim(), d.dim()
    if dim is None or rows is None or d.loops > 1:
        return None
    x, i, v = d.fresh("v"), d.fresh("i"), d.vector(dim, 2)
    m, w = bracketed(d.matrix(dim, dim, 1)), d.vector_leaf(dim)
    d.line(f"{x} = {v}")
    steps = (
        f"0.4 * {m} @ {x} + {w}",
        f"np.tanh({m} @ {x})",
        f"0.5 * {x} + {bracketed(w)} * {d.leaf()}",
        f"np.dot({m}, {x}) / 4",
    )
    steps += (
        f"special.softmax({m} @ {x})",
        f"np.roll({x}, 1) * 0.7 + {bracketed(w)}",
        f"{x} - 0.1 * np.sin({x})",
        f"0.3 * {x} @ {m}",
    )
    steps += (
        f"special.logsumexp(0.5 * {x}[:, None] + {m}, axis=0)",
        f"np.concatenate([{x}[1:], [{d.leaf()}]])",
    )
    t = d.assignable()
    with d.loop(f"for {i} in range({d.size(rows) if d.chance(0.7) else '3'}):"):
        d.line(f"{x} = {d.pick(steps)}")
        if t is not None and d.chance(0.6):
            d.line(
                f"{t.name} += {d.pick((f'np.sum({x})', f'{x}[0]', f'np.sum({x} ** 2)', f'{x} @ {x}'))} * 0.1"
            )
        if d.chance(0.15):
            with d.block(f"if {d.pick((f'np.max(np.abs({x})) < 0.05', f'{x}[0] > 1.5', f'{i} > 2'))}:"):
                d.line("break")
    return d.declare(x, Kind("f", (dim,)))


@STATEMENTS.way(0.8)
def _covariance(d: Draft, depth: int) -> str | None:
    dim = d.dim()
    if dim is None or d.loops:
        return None
    p, i, size = d.fresh("m"), d.fresh("i"), d.size(dim)
    m, w = bracketed(d.matrix(dim, dim, 1)), bracketed(d.vector(dim, 1))
    d.line(f"{p} = np.eye({size}) * {d.pick(('1.5', f'(1.2 + {d.tame(d.leaf())})'))}")
    t = d.assignable()
    with d.loop(f"for {i} in range(3):"):
        d.line(
            f"{p} = {d.pick((f'0.2 * {m} @ {p} @ {m}.T + np.eye({size})', f'0.5 * {p} + np.outer({w}, {w}) + 0.3 * np.eye({size})'))}"
        )
        if t is not None:
            d.line(
                f"{t.name} -= 0.1 * {d.pick((f'np.linalg.slogdet({p})[1]', f'{w} @ np.linalg.solve({p}, {w})', f'np.trace({p})', f'np.log(np.linalg.det({p}))', f'np.sum(np.log(np.diag(np.linalg.cholesky({p}))))'))}"
            )
    return d.declare(p, Kind("f", (dim, dim)))


# -- while ------------------------------------------------------------------------------------


@STATEMENTS.way(1)
def _newton(d: Draft, depth: int) -> str | None:
    if d.loops > 1:
        return None
    r, new, k = d.fresh("t"), d.fresh("t"), d.fresh("i")
    x = d.tame(d.number(1))
    d.line(f"{r} = {d.pick(('0.0', '0.5', '1.0', x))}")
    step = d.pick(
        (
            f"0.5 * np.cos({r}) + 0.3 * {x}",
            f"{r} - ({r} ** 3 + 2 * {r} - {x}) / (3 * {r} ** 2 + 2)",
            f"0.4 * {r} + {x}",
        )
    )
    style = d.random.randrange(3)
    if style == 0:
        with d.loop(f"for {k} in range(30):"):
            d.line(f"{new} = {step}")
            with d.block(f"if abs({new} - {r}) < 1e-4:"):
                d.line("break")
            d.line(f"{r} = {new}")
    elif style == 1:
        d.line(f"{k} = 0")
        with d.loop(f"while {k} < 12:"):
            d.line(f"{r} = {step}")
            d.line(f"{k} += 1")
    else:
        d.line(f"{new} = {r} + 1.0")
        with d.loop(f"while abs({new} - {r}) > 1e-3:"):
            d.line(f"{r}, {new} = {step}, {r}")
    return d.declare(r, F)


@STATEMENTS.way(1)
def _while(d: Draft, depth: int) -> str | None:
    if depth <= 0 or d.loops > 1:
        return None
    k, r, dim = d.fresh("i"), d.fresh("t"), d.dim()
    d.line(f"{k} = 0")
    d.line(f"{r} = {d.number(1)}")
    stop = d.size(dim) if dim is not None and d.chance(0.6) else "4"
    test = d.pick((f"{k} < {stop}", f"{k} < {stop} and {r} < 2.5", "True"))
    with d.loop(f"while {test}:"):
        if test == "True":
            with d.block(f"if {k} >= {stop}{d.pick(('', f' or {r} > 3.5'))}:"):
                d.line("break")
        d.line(
            d.pick((f"{r} += 0.4 * {d.tame(d.number(1))}", f"{r} = 0.6 * {r} + {d.leaf()}", f"{r} *= 1.3"))
        )
        d.line(f"{k} += 1")
        if d.chance(0.3):
            with d.block(f"if {d.data_condition(1)}:"):
                d.line("continue")
        if d.chance(0.6):
            change(d)
    _else(d, depth)
    d.declare(k, Kind("i"))
    return d.declare(r, F)


# -- lists ------------------------------------------------------------------------------------


@STATEMENTS.way(1.5)
def _appended(d: Draft, depth: int) -> str | None:
    """A list grown in a loop."""
    dim = d.dim()
    if dim is None or d.loops > 1:
        return None
    items, i, e = d.fresh("l"), d.fresh("i"), d.fresh("e")
    v = d.vector(dim, 1)
    d.line(f"{items} = {d.pick(('[]', '[]', f'[{d.leaf()}]', 'list()'))}")
    with d.loop(f"for {i}, {e} in enumerate({v}):"):
        d.declare(i, Kind("i", (), dim), fixed=True)
        d.declare(e, F)
        if d.chance(0.3):
            with d.block(f"if {d.data_condition(1) if d.chance(0.7) else d.condition(1)}:"):
                d.line("continue")
        d.line(f"{items}.append({d.number(2)})")
    p = d.fresh("t")
    uses = (
        f"sum({items})",
        f"np.sum({items})",
        f"len({items}) * 0.1",
        f"np.sum(np.array({items}) ** 2)",
        f"sum(e_ * e_ for e_ in {items})",
    )
    uses += (
        f"max({items}, default=0.5)",
        f"np.dot({items}, {items})",
        f"np.sum(np.exp(-np.square({items})))",
    )
    d.line(f"{p} = {d.pick(uses)}")
    return d.declare(p, F)


@STATEMENTS.way(0.6)
def _list_of_vectors(d: Draft, depth: int) -> str | None:
    rows, columns = d.dim(), d.dim()
    if rows is None or columns is None or d.loops:
        return None
    items, i, m = d.fresh("l"), d.fresh("i"), d.fresh("m")
    d.line(f"{items} = []")
    with d.loop(f"for {i} in range({d.size(rows)}):"):
        d.declare(i, Kind("i", (), rows), fixed=True)
        d.line(f"{items}.append({d.vector(columns, 2)})")
    d.line(
        f"{m} = {d.pick((f'np.array({items})', f'np.stack({items})', f'np.vstack({items})', f'np.column_stack({items}).T'))}"
    )
    return d.declare(m, Kind("f", (rows, columns)))


@STATEMENTS.way(0.7)
def _prepared_list(d: Draft, depth: int) -> str | None:
    dim = d.dim()
    if dim is None or d.loops:
        return None
    items, i, v = d.fresh("l"), d.fresh("i"), d.fresh("v")
    d.line(
        f"{items} = {d.pick((f'[0.0] * {bracketed(d.size(dim))}', f'[0.5 for _ in range({d.size(dim)})]'))}"
    )
    with d.loop(f"for {i} in range({d.size(dim)}):"):
        d.declare(i, Kind("i", (), dim), fixed=True)
        d.line(f"{items}[{i}] {d.pick(('=', '=', '+='))} {d.number(2)}")
    d.line(f"{v} = np.array({items})")
    return d.declare(v, Kind("f", (dim,)), owned=True)


# -- running values ---------------------------------------------------------------------------


@STATEMENTS.way(1)
def _largest(d: Draft, depth: int) -> str | None:
    """The largest element and its place, counted by hand."""
    dim = d.dim()
    if dim is None or d.loops > 1:
        return None
    best, place, i, v = d.fresh("t"), d.fresh("i"), d.fresh("i"), d.vector_leaf(dim)
    d.line(f"{best} = {d.pick(('-np.inf', '-1e3', f'{bracketed(v)}[0]'))}")
    d.line(f"{place} = 0")
    with d.loop(f"for {i} in range({d.size(dim)}):"), d.block(f"if {bracketed(v)}[{i}] > {best}:"):
        d.line(f"{best} = {bracketed(v)}[{i}]")
        d.line(f"{place} = {i}")
    d.declare(place, Kind("i", (), dim))
    return d.declare(best, F)


@STATEMENTS.way(0.8)
def _windows(d: Draft, depth: int) -> str | None:
    """Slices whose bounds move."""
    dim = d.dim()
    if dim is None or d.loops > 1:
        return None
    t, i, v, w = d.fresh("t"), d.fresh("i"), bracketed(d.vector_leaf(dim)), bracketed(d.vector_leaf(dim))
    d.line(f"{t} = {d.pick(('0', '0.0', d.leaf()))}")
    with d.loop(f"for {i} in range(1, {d.size(dim)}):"):
        terms = (
            f"np.sum({v}[:{i}])",
            f"np.dot({v}[:{i}], {w}[:{i}][::-1])",
            f"{v}[{i}:].sum()",
            f"np.mean({v}[{i} - 1:{i} + 1])",
        )
        terms += (
            f"np.max({v}[:{i} + 1])",
            f"np.sum({v}[-{i}:])",
            f"np.prod(1 + 0.1 * {v}[{i}:])",
            f"({v}[{i}:] - {w}[:-{i}]).sum()",
        )
        d.line(f"{t} += 0.3 * {d.pick(terms)}")
    return d.declare(t, F)


@STATEMENTS.way(0.5)
def _counted(d: Draft, depth: int) -> str | None:
    """A counter that depends on parameters, used as a number and as an index."""
    dim = d.dim()
    if dim is None or d.loops > 1:
        return None
    k, e = d.fresh("i"), d.fresh("e")
    d.line(f"{k} = 0")
    with d.loop(f"for {e} in {d.vector(dim, 1)}:"):
        d.line(f"{k} += {d.pick((f'{e} > 0.2', f'int({e} > 0.2)', f'1 if {e} > 0.3 else 0'))}")
    d.declare(k, Kind("i"))
    t = d.fresh("t")
    d.line(f"{t} = {d.leaf()} * {k} + {bracketed(d.vector_leaf(dim))}[{k} % {bracketed(d.size(dim))}]")
    return d.declare(t, F)


@STATEMENTS.way(0.6)
def _selected(d: Draft, depth: int) -> str | None:
    """What a mask picks out."""
    dim: Dim | None = d.dim()
    if dim is None:
        return None
    t, m, v = d.fresh("t"), d.mask(dim, 1), bracketed(d.vector(dim, 1))
    d.line(
        f"{t} = "
        + d.pick(
            (
                f"np.sum({v}[{m}])",
                f"{v}[{m}].sum()",
                f"np.sum({v}[{m}] ** 2) / max(1, np.sum({m}))",
                f"len({v}[{m}]) * {d.leaf()}",
            )
            + (
                f"np.sum({v}[np.flatnonzero({m})])",
                f"sum({v}[np.where({m})[0]])",
                f"np.sum({v}[{m}] * {d.leaf()})",
            )
            + (
                f"np.count_nonzero({m}) * {d.leaf()}",
                f"np.sum(np.where({m}, {v}, 0.0))",
                f"np.sum({v}, where={m})",
            )
        )
    )
    return d.declare(t, F)


@STATEMENTS.way(0.5)
def _in_loop_helper(d: Draft, depth: int) -> str | None:
    """A vector made anew in a loop, then summed."""
    dim = d.dim()
    if depth <= 0 or dim is None or d.loops:
        return None
    t, i = d.fresh("t"), d.fresh("i")
    d.line(f"{t} = 0.0")
    d.declare(t, F)
    with d.loop(f"for {i} in range({d.size(dim)}):"):
        d.declare(i, Kind("i", (), dim), fixed=True)
        name = new_vector(d, dim)
        statements(d, 1, depth - 1)
        d.line(f"{t} += 0.2 * np.sum({name})")
    return t
