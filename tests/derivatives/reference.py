"""Derivatives of a program's mpmath reference, with sixty digits to spare."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from mpmath import mp

from tests.derivatives.programs import Program, Values

DIGITS = 60


def exact(value: Any) -> Any:
    """Floats as mpmath numbers, in lists of lists; everything else as it is."""
    if isinstance(value, list):
        return [exact(x) for x in value]
    return mp.mpf(value) if isinstance(value, float) else value


def moved(point: Any, direction: Any, by: Any) -> Any:
    """point + by * direction, component by component."""
    if isinstance(point, list):
        return [moved(p, d, by) for p, d in zip(point, direction, strict=True)]
    return point + by * direction


def directions(program: Program, seed: int) -> Values:
    """A direction for every parameter."""
    rng = np.random.default_rng(seed)
    return {name: np.round(rng.normal(size=np.shape(v)), 3).tolist() for name, v in program.params.items()}


def derivative(program: Program, *along: Values) -> float:
    """The mixed derivative of the reference along the given directions; without any, its value."""
    with mp.workdps(DIGITS):
        data = {name: exact(v) for name, v in program.data.items()}

        def value(*steps: Any) -> Any:
            at = {name: exact(v) for name, v in program.params.items()}
            for step, direction in zip(steps, along, strict=True):
                at = {name: moved(v, exact(direction[name]), step) for name, v in at.items()}
            return program.reference(at, data)

        return float(_mixed(value, len(along)))


def _mixed(value: Callable[..., Any], order: int) -> Any:
    """Central differences with a step far below double precision's."""
    h = mp.mpf(10) ** (-DIGITS // 6)
    total = mp.mpf(0)
    for corner in range(2**order):
        signs = [1 if corner >> k & 1 else -1 for k in range(order)]
        total += value(*[s * h for s in signs]) * mp.fprod(signs)
    return total / (2 * h) ** order


def gradient(program: Program, *along: Values) -> Values:
    """The gradient of a mixed derivative, shaped like the parameters."""
    return {name: _partials(program, name, v, along) for name, v in program.params.items()}


def _partials(program: Program, name: str, value: Any, along: tuple[Values, ...]) -> Any:
    flat = np.zeros(np.shape(value))
    for place in np.ndindex(flat.shape):
        unit = {n: np.zeros(np.shape(v)) for n, v in program.params.items()}
        unit[name][place] = 1.0
        flat[place] = derivative(program, *along, {n: v.tolist() for n, v in unit.items()})
    return flat
