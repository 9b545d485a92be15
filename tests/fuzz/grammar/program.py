"""Whole programs with their arguments, by seed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.fuzz.grammar import arrays, loops, scalars
from tests.fuzz.grammar.draft import DATA, PARAMS, Dim, Draft, F, I, Kind, bracketed
from tests.fuzz.grammar.statements import helper, statements

assert arrays and loops and scalars

HEADER = """\
import functools
import math

import numpy as np
from scipy import linalg, special
from scipy.stats import binom, norm, poisson

"""


@dataclass(frozen=True)
class Program:
    """Source text with arguments; `other` holds arguments of other sizes for the same compiled program."""

    text: str
    data: dict[str, Any]
    params: dict[str, Any]
    other: tuple[dict[str, Any], dict[str, Any]] | None = None
    seed: int = -1
    notes: tuple[str, ...] = field(default=())


def program(seed: int, size: int | None = None) -> Program:
    """A random program; `size` is the number of top-level statements."""
    d = Draft(seed)
    for _ in range(d.random.choice((0, 1, 1, 2))):
        helper(d, 3, nested=False)
    front = d.lines
    d.lines = []
    for name, kind in (DATA | PARAMS).items():
        d.declare(name, kind, fixed=True)
    _constants(d)
    named = [symbol for symbol in ("n", "m", "k") if d.chance(0.5)]
    for symbol in named:
        d.line(f"{symbol} = {d.size((symbol, 0))}")
        d.declare(symbol, I, fixed=True)
    d.line(f"total = {d.pick(('0', '0.0', d.leaf()))}")
    d.declare("total", F)
    statements(d, size or d.random.choice((1, 2, 2, 3, 3, 4, 5)), d.random.choice((2, 3)))
    _conclude(d)
    used = [n for n in (*DATA, *PARAMS, "mode") if re.search(rf"\b{n}\b", "\n".join(d.lines))]
    if not any(n in PARAMS for n in used):
        used.append("a")
    d.random.shuffle(used)
    text = "\n".join([HEADER, *front, f"def objective({', '.join(used)}):", *d.lines, ""])
    first, second = _arguments(seed, used), _arguments(seed + 10**9, used)
    return Program(text, *first, second, seed)


def _constants(d: Draft) -> None:
    if d.chance(0.15):
        d.line("mode_is_log = mode == 'log'")
        d.line(f"offset = 0.5 if mode_is_log else {d.leaf()}")
        d.declare("offset", F)


def _conclude(d: Draft) -> None:
    """Return something that depends on most of what there is."""
    terms = []
    for n in d.names(lambda n: n.kind.elem == "f" and not n.fixed):
        if n.kind.dims:
            terms.append(
                d.pick(
                    (f"np.sum({n.name})", f"{n.name}.sum()", f"np.mean({n.name})", f"np.sum({n.name} ** 2)")
                )
            )
        else:
            terms.append(n.name)
    for n in d.names(lambda n: n.kind.elem == "i" and not n.kind.dims and not n.fixed):
        terms.append(f"0.1 * {n.name}")
    if not any(re.search(rf"\b{p}\b", "\n".join(d.lines)) for p in PARAMS):
        terms.append("a")
    for k in range(0, len(terms), 4):
        d.line(f"total += {' + '.join(bracketed(t) for t in terms[k : k + 4])}")
    d.line(f"return {d.pick(('total', 'total', f'total + {d.number(1)}', 'float(total)', '0.5 * total'))}")


# -- arguments --------------------------------------------------------------------------------


def _arguments(seed: int, used: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Data and parameters; rounded numbers are easier to read and to keep."""
    rng = np.random.default_rng(seed)
    sizes = {"n": int(rng.integers(3, 8)), "m": int(rng.integers(2, 5)), "k": int(rng.integers(2, 4))}
    values: dict[str, Any] = {name: _value(rng, kind, sizes) for name, kind in (DATA | PARAMS).items()}
    values["grid"] = np.array([-1.0, -0.25, 0.5, 1.25])
    values["counts"] = rng.integers(0, 5, sizes["n"])
    values["mode"] = ("log", "linear")[seed % 2 if seed < 10**9 else (seed - 10**9) % 2]
    for name in ("a", "s", "c"):
        values[name] = float(values[name])
    return {n: values[n] for n in used if n not in PARAMS}, {n: values[n] for n in used if n in PARAMS}


def _value(rng: np.random.Generator, kind: Kind, sizes: dict[str, int]) -> Any:
    shape = tuple(_length(dim, sizes) for dim in kind.dims)
    if kind.elem == "b":
        return rng.random(shape) < 0.6
    if kind.elem == "i":
        return rng.integers(0, _length(kind.bound, sizes) if kind.bound else 5, shape)
    return np.round(rng.normal(0.1, 0.7, shape), 3)


def _length(dim: Dim, sizes: dict[str, int]) -> int:
    return dim[1] + (sizes[dim[0]] if dim[0] else 0)
