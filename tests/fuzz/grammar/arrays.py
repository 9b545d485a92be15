"""Ways to write vectors, matrices and masks."""

from __future__ import annotations

from tests.fuzz.grammar.draft import FEWER, MASKS, MATRICES, VECTORS, Dim, Draft, Kind, bracketed


def _applied(d: Draft, x: str) -> str:
    """An elementwise function of an array."""
    square, t = f"{bracketed(x)} ** 2", d.tame(x)
    return d.pick(
        (f"np.exp({t})", f"np.exp(-{square})", f"np.log(1.2 + {square})", f"np.sqrt(0.3 + {square})", f"np.sin({x})")
        + (f"np.cos({x})", f"np.tanh({x})", f"np.log1p({square})", f"np.expm1({t})", f"np.arctan({x})")
        + (f"-{bracketed(x)}", f"np.abs({x})", f"np.square({x})", f"{bracketed(x)} ** 3", f"np.hypot({x}, 0.8)")
        + (f"special.gammaln(1.5 + {square})", f"special.expit({x})", f"special.erf({x})", f"special.log_ndtr({x})")
        + (f"np.clip({x}, -0.9, 1.1)", f"np.maximum({x}, 0.15)", f"np.minimum({x}, {d.leaf()})", f"{bracketed(x)} / 2")
        + (f"np.where({bracketed(x)} > 0.2, {x}, 0.1 * {bracketed(x)})", f"norm.logpdf({x}, {d.leaf()}, 1.2)")
        + (f"special.xlogy(0.5, 1 + {square})", f"np.where({bracketed(x)} > 0, np.log(np.abs({x}) + 0.1), {d.leaf()})")
        + (f"(1.3 + {t}) ** {d.leaf()}", f"{bracketed(x)}.clip(-1, 1)", f"np.logaddexp({x}, 0.0)", f"2.0 ** {t}")
    )  # fmt: skip


def _combined(d: Draft, x: str, y: str) -> str:
    p, q = bracketed(x), bracketed(y)
    return d.pick(
        (f"({x} + {y})", f"({x} - {q})", f"{p} * {q}", f"{p} / (1.5 + {q} ** 2)", f"np.maximum({x}, {y})")
        + (f"np.where({p} > {q}, {x}, {y})", f"np.arctan2({x}, 1.2 + {q} ** 2)", f"np.hypot({p} + 0.5, {y})")
        + (f"np.where({p} < 0.5, {y}, {x})", f"(1.2 + {p} ** 2) ** {d.tame(y)}", f"np.logaddexp({x}, {y})")
    )


# -- vectors ----------------------------------------------------------------------------------


@VECTORS.way(5)
def _elementwise(d: Draft, dim: Dim, depth: int) -> str:
    return _applied(d, d.vector(dim, depth))


@VECTORS.way(5)
def _pairwise(d: Draft, dim: Dim, depth: int) -> str:
    return _combined(d, d.vector(dim, depth), d.vector(dim, depth))


@VECTORS.way(3)
def _with_number(d: Draft, dim: Dim, depth: int) -> str:
    v, x = bracketed(d.vector(dim, depth)), bracketed(d.number(depth))
    return d.pick(
        (f"{x} * {v}", f"({v} + {x})", f"({x} - {v})", f"{v} / (1.2 + {x} ** 2)", f"np.minimum({v}, {x})")
    )


@VECTORS.way(2.5)
def _gathered(d: Draft, dim: Dim, depth: int) -> str | None:
    keys = d.one(lambda n: n.kind.elem == "i" and n.kind.dims == (dim,) and n.kind.bound is not None)
    if keys is None or keys.kind.bound is None:
        return None
    source = bracketed(d.vector(keys.kind.bound, depth - 1))
    table = d.name_of(Kind("f", (dim, keys.kind.bound)))
    if table is not None and d.chance(0.3):
        return f"{table}[np.arange({d.size(dim)}), {keys.name}]"
    return d.pick((f"{source}[{keys.name}]", f"np.take({source}, {keys.name})"))


@VECTORS.way(3)
def _moved(d: Draft, dim: Dim, depth: int) -> str:
    v = d.vector(dim, depth)
    p = bracketed(v)
    return d.pick(
        (f"{p}[::-1]", f"np.roll({v}, 1)", f"np.roll({v}, -2)", f"np.flip({v})", f"np.cumsum({v})", f"{p}.cumsum()")
        + (f"np.sort({v})", f"np.cumprod(1 + 0.2 * np.tanh({v}))", f"{p}.copy()", f"{p}[np.argsort({v})]", f"{p}[:]")
        + (f"np.concatenate([[{d.leaf()}], {p}[1:]])", f"np.append({p}[:-1], {d.leaf()})", f"{p}.reshape(-1)")
        + (f"np.concatenate(({p}[1:], {p}[:1]))", f"np.hstack([{p}[:2], {p}[2:]])", f"np.repeat({v}, 2)[::2]")
        + (f"({p} - {p}.mean())", f"{p} / (1 + np.sum({p} ** 2))", f"special.softmax({v})", f"special.log_softmax({v})")
        + (f"np.convolve({v}, [0.25, {d.leaf()}], mode='same')", f"({p} - np.max({v}))", f"np.tile({v}, 2)[:{d.size(dim)}]")
        + (f"np.array([e_ * {d.leaf()} for e_ in {p}])", f"np.array(list({p}))", f"np.asarray([e_ for e_ in {p}])")
        + (f"np.array([{p}[i_] * (i_ + 1) for i_ in range({d.size(dim)})])", f"np.gradient({v})", f"np.ravel({v})")
    )  # fmt: skip


@VECTORS.way(2)
def _fewer(d: Draft, dim: Dim, depth: int) -> str | None:
    if dim != FEWER:
        return None
    v = d.vector(("n", 0), depth)
    p = bracketed(v)
    return d.pick(
        (f"np.diff({v})", f"{p}[1:]", f"{p}[:-1]", f"({p}[1:] - {d.leaf()} * {p}[:-1])", f"np.delete({v}, 1)")
    )


@VECTORS.way(4)
def _of_matrix(d: Draft, dim: Dim, depth: int) -> str | None:
    other = d.dim()
    if other is None:
        return None
    m = d.matrix(dim, other, depth)
    p, v = bracketed(m), d.vector(other, depth)
    q, j = bracketed(v), d.index(other)
    return d.pick(
        (f"{p} @ {q}", f"np.dot({m}, {v})", f"{p}.dot({v})", f"{p}.sum(axis=1)", f"np.mean({m}, axis=1)", f"{p}[:, {j}]")
        + (f"{q} @ {p}.T", f"np.matmul({m}, {v})", f"np.einsum('ij,j->i', {m}, {v})", f"np.max({m}, axis=1)")
        + (f"np.sum({p} * {q}, axis=1)", f"np.sum({p} * {q}[None, :], axis=-1)", f"special.logsumexp({m}, axis=1)")
        + (f"{p}.T[{j}]", f"np.prod(1 + 0.2 * np.tanh({m}), axis=1)", f"np.var({m}, axis=1)", f"{p}.T.sum(axis=0)")
        + (f"np.squeeze({p} @ {q}[:, None])", f"({p} @ {q}[:, None])[:, 0]", f"np.linalg.norm({p} + 0.5, axis=1)")
        + (f"np.array([row @ {q} for row in {p}])", f"np.array([np.sum(row) for row in {p}])", f"{p}[..., {j}]")
        + (f"np.cumsum({m}, axis=1)[:, -1]", f"np.min({m}, axis=1, keepdims=True).ravel()", f"np.average({m}, axis=1)")
        + (f"np.where({p} > 0.1, {p}, {q}).sum(axis=1)", f"np.sum({p}[:, ::-1] * {q}, axis=1)", f"np.tensordot({m}, {v}, 1)")
    )  # fmt: skip


@VECTORS.way(1.5)
def _square(d: Draft, dim: Dim, depth: int) -> str:
    m = d.matrix(dim, dim, depth)
    p, v = bracketed(m), bracketed(d.vector(dim, depth))
    spd = f"{p} @ {p}.T + {bracketed(d.size(dim))} * np.eye({d.size(dim)})"
    return d.pick(
        (f"np.diag({m})", f"{p}.diagonal()", f"np.diagonal({m})", f"np.linalg.solve({spd}, {v})", f"np.linalg.inv({spd}) @ {v}")
        + (f"np.linalg.cholesky({spd}) @ {v}", f"np.diag(np.linalg.cholesky({spd}))", f"np.tril({m}) @ {v}")
        + (f"linalg.solve_triangular(np.linalg.cholesky({spd}), {v}, lower=True)", f"np.triu({m}, 1) @ {v}")
        + (f"linalg.cho_solve(linalg.cho_factor({spd}), {v})",)
    )  # fmt: skip


@VECTORS.way(0.8)
def _at_grid(d: Draft, dim: Dim, depth: int) -> str | None:
    if not d.sees("grid"):
        return None
    v = d.vector(dim, depth)
    return d.pick(
        (f"np.interp({v}, grid, np.cos(grid))", f"np.interp({v}, grid, grid * {d.leaf()})")
        + (
            f"grid[np.searchsorted(grid, {v}) % 4] * {d.leaf()}",
            f"np.polyval([0.2, {d.leaf()}, 0.5], {d.tame(v)})",
        )
    )


@VECTORS.way(0.8)
def _on_counts(d: Draft, dim: Dim, depth: int) -> str | None:
    if dim != ("n", 0) or not d.sees("counts"):
        return None
    v = d.vector(dim, depth)
    rate = f"np.exp({d.tame(v)})"
    return d.pick(
        (f"counts * {bracketed(v)}", f"special.gammaln(counts + {rate})", f"poisson.logpmf(counts, {rate})")
        + (f"np.where(mask, {v}, 0.0)", f"(counts > 1) * {bracketed(v)}", f"np.where(counts == 0, {v}, {d.leaf()})")
        + (f"binom.logpmf(counts, 6, special.expit({v}))", f"mask.astype(float) - {bracketed(v)}", f"counts / (1 + {rate})")
    )  # fmt: skip


@VECTORS.way(0.6)
def _vectorized(d: Draft, dim: Dim, depth: int) -> str:
    v, x = d.vector(dim, depth), d.leaf()
    return d.pick(
        (f"np.vectorize(lambda e_: e_ * {x} if e_ > 0.2 else np.sin(e_))({v})", f"np.select([{bracketed(v)} > 0.5, {bracketed(v)} < -0.2], [{v}, -{bracketed(v)}], 0.3)")
        + (f"np.linspace({x}, {d.leaf()}, {d.size(dim)})", f"np.zeros({d.size(dim)}) + {x}", f"np.full_like({v}, {x})")
    )  # fmt: skip


# -- matrices ---------------------------------------------------------------------------------


@MATRICES.way(4)
def _each(d: Draft, rows: Dim, columns: Dim, depth: int) -> str:
    return _applied(d, d.matrix(rows, columns, depth))


@MATRICES.way(2.5)
def _both(d: Draft, rows: Dim, columns: Dim, depth: int) -> str:
    return _combined(d, d.matrix(rows, columns, depth), d.matrix(rows, columns, depth))


@MATRICES.way(4)
def _broadcast(d: Draft, rows: Dim, columns: Dim, depth: int) -> str:
    v, w = d.vector(rows, depth), d.vector(columns, depth)
    p, q = bracketed(v), bracketed(w)
    m = bracketed(d.matrix(rows, columns, depth - 1))
    return d.pick(
        (f"np.outer({v}, {w})", f"{p}[:, None] * {q}[None, :]", f"({p}[:, None] - {q})", f"({p}[:, np.newaxis] + {q})")
        + (f"{m} * {q}", f"({m} + {p}[:, None])", f"({m} - {p}.reshape(-1, 1))", f"np.exp(-({p}[:, None] - {q}[None, :]) ** 2)")
        + (f"np.subtract.outer({v}, {w})", f"np.add.outer({v}, {w})", f"np.broadcast_to({w}, ({d.size(rows)}, {d.size(columns)}))")
        + (f"np.tile({w}, ({d.size(rows)}, 1))", f"np.where({p}[:, None] > 0.1, {m}, {q})", f"np.expand_dims({v}, 1) * {q}")
        + (f"np.ones(({d.size(rows)}, {d.size(columns)})) * {q}", f"np.repeat({p}[:, None], {d.size(columns)}, axis=1)")
    )  # fmt: skip


@MATRICES.way(2.5)
def _rearranged(d: Draft, rows: Dim, columns: Dim, depth: int) -> str:
    m, t = bracketed(d.matrix(rows, columns, depth)), bracketed(d.matrix(columns, rows, depth))
    return d.pick(
        (f"{t}.T", f"np.transpose({t})", f"{m}[::-1]", f"{m}[:, ::-1]", f"np.flipud({m})", f"np.fliplr({m})")
        + (f"np.roll({m}, 1, axis=0)", f"np.cumsum({m}, axis=0)", f"np.sort({m}, axis=1)", f"{m}.copy()", f"np.swapaxes({t}, 0, 1)")
        + (f"({m} - {m}.mean(axis=0))", f"({m} - {m}.mean(axis=1, keepdims=True))", f"{m} / (1 + np.sum({m} ** 2, axis=1, keepdims=True))")
        + (f"np.vstack([{m}[1:], {m}[:1]])", f"np.concatenate([{m}[:, 1:], {m}[:, :1]], axis=1)", f"np.stack([row for row in {m}])")
        + (f"{m}.reshape({d.size(columns)}, {d.size(rows)}).T", f"special.softmax({m}, axis=1)", f"np.moveaxis({t}, 0, 1)")
        + (f"np.column_stack([{m}[:, 0], {m}[:, 1:]])", f"np.array([{m}[r_] * (r_ + 1) for r_ in range({d.size(rows)})])")
        + (f"np.reshape({m}.ravel(), ({d.size(rows)}, {d.size(columns)}))", f"special.log_softmax({m}, axis=0)")
    )  # fmt: skip


@MATRICES.way(2.5)
def _multiplied(d: Draft, rows: Dim, columns: Dim, depth: int) -> str | None:
    inner = d.dim()
    if inner is None:
        return None
    x, y = bracketed(d.matrix(rows, inner, depth)), bracketed(d.matrix(inner, columns, depth))
    return d.pick(
        (f"{x} @ {y}", f"np.dot({x}, {y})", f"np.matmul({x}, {y})", f"np.einsum('ij,jk->ik', {x}, {y})", f"{x}.dot({y})")
        + (f"({y}.T @ {x}.T).T", f"np.sum({x}[:, :, None] * {y}[None, :, :], axis=1)", f"np.tensordot({x}, {y}, axes=(1, 0))")
    )  # fmt: skip


@MATRICES.way(1.5)
def _gathered_rows(d: Draft, rows: Dim, columns: Dim, depth: int) -> str | None:
    keys = d.one(lambda n: n.kind.elem == "i" and n.kind.dims == (rows,) and n.kind.bound is not None)
    if keys is None or keys.kind.bound is None:
        return None
    m = bracketed(d.matrix(keys.kind.bound, columns, depth - 1))
    return d.pick(
        (
            f"{m}[{keys.name}]",
            f"{m}[{keys.name}, :]",
            f"np.take({m}, {keys.name}, axis=0)",
            f"{m}.T[:, {keys.name}].T",
        )
    )


@MATRICES.way(3)
def _of_equal_axes(d: Draft, rows: Dim, columns: Dim, depth: int) -> str | None:
    if rows != columns:
        return None
    size, v = d.size(rows), bracketed(d.vector(rows, depth))
    m = bracketed(d.matrix(rows, rows, depth - 1))
    spd = f"{m} @ {m}.T + {bracketed(size)} * np.eye({size})"
    return d.pick(
        (f"np.diag({v})", f"np.eye({size}) * {d.leaf()}", f"({m} + {m}.T)", f"np.linalg.inv({spd})", f"np.linalg.cholesky({spd})")
        + (f"np.tril({m})", f"np.triu({m}, k=1)", f"np.linalg.solve({spd}, {m})", f"{m} * np.eye({size})", f"({spd})")
        + (f"linalg.cholesky({spd}, lower=True)", f"np.diag({v}) @ {m}", f"np.linalg.matrix_power(0.3 * {m}, 2)")
        + (f"linalg.cho_solve(linalg.cho_factor({spd}), {m})", f"np.where(np.tri({size}) > 0, {m}, 0.0)")
    )  # fmt: skip


# -- masks ------------------------------------------------------------------------------------


@MASKS.way(3)
def _compared(d: Draft, dim: Dim, depth: int) -> str:
    v = bracketed(d.vector(dim, min(depth, 1)))
    return f"{v} {d.pick(('>', '<', '>='))} {d.literal()}"


@MASKS.way(2)
def _data(d: Draft, dim: Dim, depth: int) -> str | None:
    if dim != ("n", 0) or not d.sees("mask"):
        return None
    return d.pick(("mask", "~mask", "counts > 1", "x > 0.2", "g == 0", "mask & (x > 0)", "(x > y) | mask"))


@MASKS.way(1)
def _joined(d: Draft, dim: Dim, depth: int) -> str | None:
    if depth <= 0:
        return None
    x, y = bracketed(d.mask(dim, depth - 1)), bracketed(d.mask(dim, depth - 1))
    return d.pick((f"({x} & {y})", f"({x} | {y})", f"np.logical_and({x}, {y})", f"~{x}"))
