"""Ways to write statements without loops: assignments, changes in place, branches, definitions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.fuzz.grammar.draft import STATEMENTS, B, Dim, Draft, F, Helper, Kind, Name, bracketed
from tests.fuzz.grammar.scalars import call, callable_here


def statement(d: Draft, depth: int) -> None:
    """One statement, or a few that belong together."""
    STATEMENTS.write(d, depth)


def statements(d: Draft, count: int, depth: int) -> None:
    for _ in range(count):
        statement(d, depth)


def body(d: Draft, depth: int) -> None:
    """The inside of a block: some statements, the last of which changes something outside it."""
    statements(d, d.random.choice((0, 0, 1, 1, 2)), depth - 1)
    change(d)


def change(d: Draft) -> None:
    """Change a number or an array that exists already."""
    if d.chance(0.35) and stored(d, 1):
        return
    target = d.assignable()
    if target is None:
        d.line("pass")
        return
    update(d, target)


def update(d: Draft, target: Name) -> None:
    x, name = d.number(2), target.name
    d.line(
        d.pick(
            (
                f"{name} += {x}",
                f"{name} -= {d.tame(x)}",
                f"{name} = 0.5 * {name} + {d.tame(x)}",
                f"{name} = {x}",
            )
            + (
                f"{name} *= 0.8 + 0.2 * {d.tame(x)}",
                f"{name} += 0.3 * {bracketed(x)}",
                f"{name} = {d.tame(name)} - {bracketed(x)}",
            )
            + (f"{name} /= 1.5 + {bracketed(x)} ** 2",)
        )
    )


# -- new names --------------------------------------------------------------------------------


@STATEMENTS.way(3)
def _number(d: Draft, depth: int) -> str:
    x = d.number(3)
    name = d.fresh("t")
    d.line(f"{name} = {d.tame(x) if d.chance(0.4) else x}")
    return d.declare(name, F)


@STATEMENTS.way(3)
def _vector(d: Draft, depth: int) -> str | None:
    dim = d.dim()
    return None if dim is None else new_vector(d, dim)


def new_vector(d: Draft, dim: Dim) -> str:
    v = d.vector(dim, 3)
    name = d.fresh("v")
    owned = d.chance(0.4)
    copied = d.pick((f"{bracketed(v)}.copy()", f"np.array({v})", f"{v} + 0.0", f"np.copy({v})"))
    d.line(f"{name} = {copied if owned else d.tame(v) if d.chance(0.3) else v}")
    return d.declare(name, Kind("f", (dim,)), owned=owned)


@STATEMENTS.way(2)
def _matrix(d: Draft, depth: int) -> str | None:
    rows, columns = d.dim(), d.dim()
    if rows is None or columns is None:
        return None
    m = d.matrix(rows, columns, 3)
    name = d.fresh("m")
    owned = d.chance(0.4)
    d.line(f"{name} = {f'{bracketed(m)}.copy()' if owned else d.tame(m) if d.chance(0.3) else m}")
    return d.declare(name, Kind("f", (rows, columns)), owned=owned)


@STATEMENTS.way(1)
def _filled(d: Draft, depth: int) -> str | None:
    """A new array to be stored to."""
    rows, columns = d.dim(), d.dim()
    if rows is None or columns is None:
        return None
    name = d.fresh("z")
    if d.chance(0.6):
        size = d.size(rows)
        d.line(
            f"{name} = {d.pick((f'np.zeros({size})', f'np.ones({size})', f'np.full({size}, {d.leaf()})', f'np.zeros(shape=({size},))'))}"
        )
        d.declare(name, Kind("f", (rows,)), owned=True)
    else:
        d.line(f"{name} = np.zeros(({d.size(rows)}, {d.size(columns)}))")
        d.declare(name, Kind("f", (rows, columns)), owned=True)
    stored(d, 2)
    return name


@STATEMENTS.way(0.7)
def _integer(d: Draft, depth: int) -> str | None:
    dim = d.dim()
    if dim is None:
        return None
    v, size = d.vector(dim, 1), d.size(dim)
    name = d.fresh("i")
    some = d.pick(
        (
            f"int(np.argmax({v}))",
            f"np.argmin({v})",
            f"{d.whole()} % {bracketed(size)}",
            f"{bracketed(size)} // 2",
        )
    )
    d.line(f"{name} = {some}")
    return d.declare(name, Kind("i", (), dim))


@STATEMENTS.way(0.5)
def _truth(d: Draft, depth: int) -> str:
    name = d.fresh("is")
    d.line(f"{name} = {d.condition(2)}")
    return d.declare(name, B)


@STATEMENTS.way(1)
def _tuple(d: Draft, depth: int) -> str:
    p, q = d.fresh("p"), d.fresh("q")
    x, y = d.number(2), d.number(2)
    d.line(f"{p}, {q} = {x}, {y}")
    d.declare(p, F)
    d.declare(q, F)
    if d.chance(0.5):
        d.line(
            d.pick(
                (
                    f"{p}, {q} = {q}, {p}",
                    f"{p}, {q} = {q} + {p}, {d.tame(p)}",
                    f"({p}, {q}) = ({p} - {q}, {p})",
                )
            )
        )
    return p


@STATEMENTS.way(0.7)
def _unpacked(d: Draft, depth: int) -> str | None:
    dim = d.dim()
    if dim is None:
        return None
    v, p, q = d.vector(dim, 2), d.fresh("p"), d.fresh("q")
    d.line(
        d.pick(
            (
                f"{p}, {q}, *_ = {v}",
                f"{p} = {q} = {d.number(1)}",
                f"*_, {p}, {q} = {v}",
                f"({p}, *_), {q} = {v}, 0.5",
            )
        )
    )
    d.declare(q, F)
    return d.declare(p, F)


@STATEMENTS.way(0.6)
def _dictionary(d: Draft, depth: int) -> str:
    name, p = d.fresh("d"), d.fresh("t")
    x, y = d.number(2), d.number(1)
    d.line(d.pick((f"{name} = {{'p': {x}, 'q': {y}}}", f"{name} = dict(p={x}, q={y})")))
    if d.chance(0.5):
        d.line(
            d.pick(
                (f"{name}['p'] += {d.leaf()}", f"{name}['r'] = {d.leaf()}", f"{name}.update(q={d.leaf()})")
            )
        )
    first = d.pick((f"{name}['p']", f"sum({name}.values())"))
    second = d.pick(
        (f"{name}['q']", f"{name}.get('q', 0.0)", f"sum(v_ for k_, v_ in {name}.items() if k_ != 'p')")
    )
    d.line(f"{p} = {first} - {second}")
    return d.declare(p, F)


# -- changes in place -------------------------------------------------------------------------


@STATEMENTS.way(2.5)
def _change(d: Draft, depth: int) -> str | None:
    return "" if stored(d, depth) else None


@STATEMENTS.way(1.5)
def _update(d: Draft, depth: int) -> str | None:
    target = d.assignable()
    if target is None:
        return None
    update(d, target)
    return ""


def stored(d: Draft, depth: int) -> bool:
    """Store to a part of an array that is ours; whether there is one."""
    rank = d.random.choice((1, 1, 2))
    target = d.assignable(rank, owned=True) or d.assignable(3 - rank, owned=True)
    if target is None:
        return False
    if len(target.kind.dims) == 1:
        _store_vector(d, target.name, target.kind.dims[0])
    else:
        _store_matrix(d, target.name, *target.kind.dims)
    return True


def _store_vector(d: Draft, name: str, dim: Dim) -> None:
    x, v, i = d.number(2), d.vector(dim, 2), d.index(dim)
    p = bracketed(v)
    m = d.mask(dim, 1)
    ways = [
        f"{name}[{i}] = {x}",
        f"{name}[{i}] += {d.tame(x)}",
        f"{name}[-1] *= 0.5",
        f"{name}[{i}] -= {name}[{d.index(dim)}]",
    ]
    ways += [
        f"{name}[1:] = {p}[:-1]",
        f"{name}[1:] += 0.5 * {name}[:-1]",
        f"{name}[::2] = {x}",
        f"{name}[:2] = [{x}, {d.leaf()}]",
    ]
    ways += [f"{name}[{m}] = {x}", f"{name}[{m}] *= 0.7", f"{name}[{m}] = {p}[{m}]", f"{name}[~({m})] = 0.1"]
    ways += [
        f"{name} += {d.tame(v)}",
        f"{name} *= 0.9",
        f"{name}[:] = {d.tame(v)}",
        f"{name}[...] = {d.tame(v)}",
        f"{name} -= {bracketed(x)} * 0.2",
    ]
    ways += [
        f"{name}[{d.whole()} % 2:] -= 0.3 * {bracketed(d.leaf())}",
        f"{name}[0], {name}[1] = {name}[1], {name}[0]",
        f"{name}.sort()",
    ]
    keys = d.one(lambda n: n.kind.elem == "i" and len(n.kind.dims) == 1 and n.kind.bound == dim)
    if keys is not None:
        w = d.vector(keys.kind.dims[0], 2)
        ways += [
            f"np.add.at({name}, {keys.name}, {d.tame(w)})",
            f"{name}[{keys.name}] = {d.leaf()}",
            f"{name}[{keys.name}] += 0.1",
        ] * 2
        ways += [f"np.add.at({name}, {keys.name}, 1.0)", f"np.subtract.at({name}, {keys.name}, {d.tame(w)})"]
    d.line(d.pick(ways))


def _store_matrix(d: Draft, name: str, rows: Dim, columns: Dim) -> None:
    x, v, w = d.number(2), bracketed(d.vector(rows, 2)), bracketed(d.vector(columns, 2))
    i, j, m = d.index(rows), d.index(columns), bracketed(d.matrix(rows, columns, 2))
    ways = [
        f"{name}[{i}, {j}] = {x}",
        f"{name}[{i}, {j}] += {d.tame(x)}",
        f"{name}[{i}] = {w}",
        f"{name}[:, {j}] = {v}",
    ]
    ways += [
        f"{name}[{i}, :] += {d.tame(w)}",
        f"{name}[:, {j}] *= 0.5",
        f"{name} += 0.5 * {w}",
        f"{name} *= 0.8",
        f"{name}[{i}][{j}] -= {x}",
    ]
    ways += [
        f"{name}[1:, :] = {m}[:-1, :]",
        f"{name}[:, ::-1] = {d.tame(m)}",
        f"{name}[:2, :2] = np.eye(2) * {d.leaf()}",
        f"{name}[...] = {d.tame(m)}",
    ]
    ways += [
        f"{name}[{m} > 0.2] = {d.leaf()}",
        f"{name}[{m} < 0] *= 0.3",
        f"{name}[{d.mask(rows, 1)}] = {w}",
        f"{name}[{d.mask(rows, 1)}, {j}] = {x}",
    ]
    if rows == columns:
        size = d.size(rows)
        ways += [
            f"{name}[np.diag_indices({size})] += {d.leaf()}",
            f"{name}[np.arange({size}), np.arange({size})] = {v}",
        ]
        ways += [f"np.fill_diagonal({name}, {d.leaf()})", f"{name}[np.tril_indices({size}, -1)] = {d.leaf()}"]
    keys = d.one(lambda n: n.kind.elem == "i" and n.kind.dims == (rows,) and n.kind.bound == columns)
    if keys is not None:
        ways += [
            f"{name}[np.arange({d.size(rows)}), {keys.name}] += {d.tame(v)}",
            f"{name}[np.arange({d.size(rows)}), {keys.name}] = {v}",
        ] * 2
    d.line(d.pick(ways))


@STATEMENTS.way(0.4)
def _view(d: Draft, depth: int) -> str | None:
    """A view through which its base is changed."""
    base = d.assignable(1, owned=True)
    if base is None:
        return None
    name, v = d.fresh("view"), base.name
    x = d.number(1)
    d.line(f"{name} = {d.pick((f'{v}[1:]', f'{v}[:2]', f'{v}[::-1]', f'{v}.reshape(-1)', v))}")
    d.line(d.pick((f"{name}[0] = {x}", f"{name} += {d.tame(x)}", f"{v}[1] = {x}", f"{name}[:] = {x}")))
    p = d.fresh("t")
    d.line(f"{p} = np.sum({name}) + {v}[1]")
    return d.declare(p, F)


# -- branches ---------------------------------------------------------------------------------


@STATEMENTS.way(3)
def _if(d: Draft, depth: int) -> str | None:
    if depth <= 0:
        return None
    test = d.condition(2) if d.chance(0.5) else d.data_condition(2)
    new = d.fresh("t") if d.chance(0.4) else ""
    kind = F
    arms = d.random.choice((1, 2, 2, 3)) if not new else d.random.choice((2, 3))
    for k in range(arms):
        header = f"if {test}:" if k == 0 else "else:" if k == arms - 1 else f"elif {d.condition(1)}:"
        with d.block(header):
            body(d, depth)
            if new:
                d.line(f"{new} = {d.number(2)}")
            if k < arms - 1 and not new and d.loops and d.chance(0.12):
                d.line("continue")
    return d.declare(new, kind) if new else ""


@STATEMENTS.way(0.4)
def _early_return(d: Draft, depth: int) -> str | None:
    if depth <= 0 or d.chance(0.3):
        return None
    test = d.condition(1) if d.chance(0.6) else d.data_condition(1)
    with d.block(f"if {test}:"):
        statements(d, d.random.choice((0, 0, 1)), depth - 1)
        d.line(f"return {d.number(2)}")
    return ""


@STATEMENTS.way(0.4)
def _try(d: Draft, depth: int) -> str | None:
    dim = d.dim()
    if dim is None or depth <= 0:
        return None
    m = bracketed(d.matrix(dim, dim, 1))
    name = d.fresh("t")
    with d.block("try:"):
        d.line(f"f_ = np.linalg.cholesky({m} @ {m}.T {d.pick(('+', '+', '-'))} 1.5 * np.eye({d.size(dim)}))")
        d.line(f"{name} = {d.pick(('np.sum(np.log(np.diag(f_)))', 'f_[-1, 0] * ' + d.leaf()))}")
    with d.block("except np.linalg.LinAlgError:"):
        d.line(
            d.pick(
                (f"{name} = {d.number(1)}", f"return {d.number(1)}")
                if not d.loops
                else (f"{name} = {d.number(1)}",)
            )
        )
    return d.declare(name, F)


@STATEMENTS.way(0.3)
def _asserted(d: Draft, depth: int) -> str:
    x = bracketed(d.number(1))
    d.line(
        d.pick(
            (
                f"assert {x} > -1e9",
                f"assert np.isfinite({x}), 'not finite'",
                f"assert abs({x}) < 1e9, f'too large: {{{d.leaf()}}}'",
            )
            + (f"if not {x} > -1e9: raise ValueError('too small')",)
        )
    )
    return ""


# -- functions --------------------------------------------------------------------------------


@contextmanager
def _nested(d: Draft, header: str) -> Iterator[None]:
    """The body of a nested function: names of outside are only read."""
    loops, outer = d.loops, d.scopes
    d.loops = 0
    d.scopes = [{k: Name(n.name, n.kind, False, True) for k, n in s.items()} for s in outer]
    with d.block(header):
        yield
    d.scopes, d.loops = outer, loops


def helper(d: Draft, depth: int, *, nested: bool) -> str:
    """A function of numbers, or of a vector and a number, some with defaults."""
    name = d.fresh("h")
    dim = d.dim() if nested else ("n", 0)
    args: list[tuple[str, Kind]] = []
    if d.chance(0.4) and dim is not None:
        args.append((d.fresh("r"), Kind("f", (dim,))))
    args += [(d.fresh("r"), F) for _ in range(d.random.choice((1, 2, 2)))]
    optional = d.random.choice((0, 0, 1)) if not args[-1][1].dims else 0
    spelled = [n if k < len(args) - optional else f"{n}={d.literal()}" for k, (n, _) in enumerate(args)]
    if optional and d.chance(0.3):
        spelled.insert(-1, "*")
    result = args[0][1] if args[0][1].dims and d.chance(0.4) else F
    header = f"def {name}({', '.join(spelled)}):"
    with _nested(d, header) if nested else d.module_function(header):
        for n, kind in args:
            d.declare(n, kind, fixed=d.chance(0.5) or bool(kind.dims))
        statements(d, d.random.choice((0, 1, 2, 3)), depth - 2)
        d.line(f"return {d.tame(d.vector(result.dims[0], 2)) if result.dims else d.tame(d.number(3))}")
    d.helpers.append(Helper(name, tuple(args), result, optional))
    return name


@STATEMENTS.way(0.6)
def _closure(d: Draft, depth: int) -> str | None:
    if depth <= 1 or d.loops or len(d.scopes) > 1:
        return None
    helper(d, depth, nested=True)
    return _called(d, depth)


@STATEMENTS.way(0.8)
def _called(d: Draft, depth: int) -> str | None:
    found = [h for h in d.helpers if callable_here(d, h)]
    if not found:
        return None
    chosen = d.random.choice(found)
    name = d.fresh("v" if chosen.result.dims else "t")
    d.line(f"{name} = {call(d, chosen, 2)}")
    return d.declare(name, chosen.result)


@STATEMENTS.way(0.3)
def _counter(d: Draft, depth: int) -> str | None:
    """A nested function that changes a number of its surroundings."""
    if d.loops or depth <= 1 or len(d.scopes) > 1:
        return None
    total, name, p = d.fresh("t"), d.fresh("f"), d.fresh("e")
    d.line(f"{total} = {d.leaf()}")
    with d.block(f"def {name}({p}):"):
        d.line(f"nonlocal {total}")
        d.line(f"{total} += {p} * {d.leaf()}")
        d.line(f"return {d.tame(total)}")
    d.declare(total, F)
    q = d.fresh("t")
    d.line(f"{q} = {name}({d.number(1)}) + {name}({d.number(1)})")
    return d.declare(q, F)


@STATEMENTS.way(0.6)
def _lambda(d: Draft, depth: int) -> str | None:
    if d.loops:
        return None
    name, p, q = d.fresh("f"), d.fresh("e"), d.fresh("t")
    x = d.leaf()
    d.line(
        d.pick(
            (
                f"{name} = lambda {p}: {p} * {x} - np.sin({p})",
                f"{name} = lambda {p}, o=0.5: o * {p} + {d.tame(x)}",
            )
        )
    )
    d.line(f"{q} = {name}({d.number(2)}) + {name}({d.leaf()})")
    return d.declare(q, F)
