"""Third derivatives: the adjoint of the tangent of the tangent, which random effects are built on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from adfun import compile as compiler
from adfun.ir.check import check
from adfun.ir.interpret import run
from adfun.passes.adjoint import adjoint
from adfun.passes.simplify import simplify
from adfun.passes.tangent import tangent
from tests.corpus.cases import CORPUS, Case, case
from tests.fuzz.dual.execute import evaluate
from tests.fuzz.layers import Staging, built

NAMES = (
    "ad_sigmoid_neuron age_structured_sca beta_regression bundle_adjustment cox_partial_likelihood "
    "frozen_norm_string_switch garch11 gaussian_mixture hmm_poisson_forward kalman_matrix lstm_cell_loop "
    "mlp_softmax mvn_cholesky_loops nested_logit newton_while_tolerance nist_thurber schaefer_assessment "
    "student_t_regression weibull_censored xrd_pseudo_voigt gp_regression pilots rats seeds"
).split()
CASES = [
    p
    for name in NAMES
    for p in CORPUS.glob(f"*/{name}")
    if (p.parent.name, name) != ("posteriordb", "garch11")
]
pytestmark = pytest.mark.skipif(not CASES, reason="the corpus is not beside the repository")
NO_REFERENCE = {"frozen_norm_string_switch", "surgical"}
"""What the dual numbers of the tests do not know."""
SECOND = (-205 / 72, 8 / 5, -1 / 5, 8 / 315, -1 / 560)
"""Central differences of eighth order for a second derivative: weights of f(0), f(h) + f(-h), ..."""
Direction = dict[str, Any]


def _direction(staging: Staging, seed: int) -> Direction:
    """Random steps, small against small parameters."""
    rng = np.random.default_rng(seed)
    made: Direction = {}
    for name in staging.params:
        size = np.abs(staging.inputs[name])
        step = 0.3 * rng.normal(size=size.shape) * np.where(size > 0, np.minimum(size, 1.0), 1.0)
        made[name] = step if step.ndim else float(step)
    return made


def _seeds(u: Direction, v: Direction) -> Direction:
    return {f"d_{n}": x for n, x in u.items()} | {f"d2_{n}": x for n, x in v.items()}


def reverse(staging: Staging, u: Direction, v: Direction) -> NDArray[np.float64]:
    """The gradient of the second derivative along u and v."""
    twice = simplify(tangent(tangent(compiler.loops(staging.function))))
    function = check(simplify(adjoint(twice)))
    buffers = run(function, {**staging.inputs, **_seeds(u, v)}).buffers
    return np.concatenate([np.ravel(buffers[f"g_{name}"]) for name in staging.params])


def forward(staging: Staging, u: Direction, v: Direction) -> NDArray[np.float64]:
    """The second derivative along u and v of the gradient."""
    function = check(tangent(tangent(simplify(adjoint(compiler.loops(staging.function))))))
    buffers = run(function, {**staging.inputs, **_seeds(u, v)}).buffers
    return np.concatenate([np.ravel(buffers[f"d2_d_g_{name}"]) for name in staging.params])


def differences(given: Case, u: Direction, v: Direction, h: float) -> NDArray[np.float64]:
    """The same by differences of gradients by dual numbers, which share nothing with the compiler."""
    text = given.model.read_text(encoding="utf-8")

    def gradient(step: float, w: Direction) -> NDArray[np.float64]:
        at = {name: value + step * w[name] for name, value in given.points[0].items()}
        return evaluate(text, given.data, at).gradient

    def second(w: Direction) -> NDArray[np.float64]:
        pairs = [SECOND[k] * (gradient(k * h, w) + gradient(-k * h, w)) for k in range(1, 5)]
        return np.asarray(sum(pairs, SECOND[0] * gradient(0.0, w)) / h**2)

    plus, minus = ({n: u[n] + s * v[n] for n in u} for s in (1, -1))
    return (second(plus) - second(minus)) / 4


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.name)
def test_third_order(path: Any) -> None:
    given = case(path)
    staging = built(given.model.read_text(encoding="utf-8"), given.data, given.points[0])
    u, v = _direction(staging, 1), _direction(staging, 2)
    found = reverse(staging, u, v)
    scale = np.max(np.abs(found))
    assert np.max(np.abs(found - forward(staging, u, v))) <= 1e-9 * scale
    if path.name in NO_REFERENCE:
        return
    coarse, fine = (differences(given, u, v, h) for h in (0.02, 0.01))
    error = np.max(np.abs(coarse - fine))
    assert error <= 1e-3 * scale, "the differences are no reference here"
    assert np.max(np.abs(found - fine)) <= max(error, 1e-6 * scale)
