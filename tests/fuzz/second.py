"""Second derivatives of random programs: compiled, interpreted, and by differences of exact gradients."""

from __future__ import annotations

import traceback

import numpy as np
from numpy.typing import NDArray

import adfun
from adfun.diagnostics.errors import AdfunError
from tests.fuzz import layers
from tests.fuzz.dual.execute import evaluate
from tests.fuzz.grammar.program import Program
from tests.fuzz.verify import Outcome, Unfit, first_line, reference

STEP = 1e-3
EXACT, DIFFERENCES = 1e-9, 1e-6


def hessian(program: Program) -> NDArray[np.float64]:
    """By differences of dual gradients, of sixth order; Unfit where halving the step changes them."""
    flat = np.concatenate([np.ravel(v) for v in program.params.values()]).astype(float)
    columns = []
    for k in range(len(flat)):
        coarse, fine = (_difference(program, flat, k, h) for h in (STEP, STEP / 2))
        if np.max(np.abs(coarse - fine)) > 1e-8 * max(1.0, float(np.max(np.abs(fine)))):
            raise Unfit("differences do not settle")
        columns.append(fine)
    return np.stack(columns, axis=1)


def _difference(program: Program, flat: NDArray[np.float64], k: int, h: float) -> NDArray[np.float64]:
    total = np.zeros(len(flat))
    for step, weight in ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60)):
        for sign in (1, -1):
            moved = flat.copy()
            moved[k] += sign * step * h
            total += sign * weight * evaluate(program.text, program.data, unflatten(program, moved)).gradient
    return total / h


def unflatten(program: Program, flat: NDArray[np.float64]) -> dict[str, object]:
    """The parameters that a vector stands for."""
    made, start = {}, 0
    for name, value in program.params.items():
        size = int(np.size(value))
        part = flat[start : start + size].reshape(np.shape(value))
        made[name] = part if part.ndim else float(part)
        start += size
    return made


def second_order(program: Program) -> Outcome:
    """he and hvp against each other, the interpreter, and the reference."""
    try:
        reference(program.text, program.data, program.params)
        expected = hessian(program)
    except (Unfit, Exception) as unfit:
        return Outcome("unfit", str(unfit)[:80])
    try:
        made = adfun.make_ad_fun(program.text, program.data, program.params, cache=False)
        v = np.random.default_rng(program.seed % 1000).normal(size=len(made.par))
        dense, product = made.he(), made.hvp(made.par, v)
        staging = layers.built(program.text, program.data, program.params)
        interpreted = layers.second_order(staging, unflatten(program, v))
        forms = list(layers.hessians(staging))
    except AdfunError as error:
        return Outcome("refused", first_line(error), str(error))
    except Exception as error:
        return Outcome(
            "error", f"{type(error).__name__}: {first_line(error)}", traceback.format_exc()[-3000:]
        )
    scale = max(1.0, float(np.max(np.abs(expected))))
    for name, found, wanted, limit in (
        ("hessian", dense, expected, DIFFERENCES * scale),
        ("product", product, dense @ v, EXACT * scale * max(1.0, float(np.max(np.abs(v))))),
        ("interpreted product", interpreted, product, EXACT * scale * max(1.0, float(np.max(np.abs(v))))),
        ("symmetry", dense, dense.T, 0.0),
        *(("form of the hessian", np.tril(form), np.tril(dense), EXACT * scale) for form in forms),
    ):
        if not np.max(np.abs(found - wanted), initial=0.0) <= limit:
            return Outcome(name, f"{found} instead of {wanted}")
    return Outcome("ok")
