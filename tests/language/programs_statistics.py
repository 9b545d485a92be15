"""Objectives of statisticians and ecologists that lean on labels, trees and records in the data."""

from __future__ import annotations

from typing import Any

import numpy as np

R = np.random.default_rng(11)
PROGRAMS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = []


def program(name: str, source: str, data: dict[str, Any], params: dict[str, Any]) -> None:
    """Add an objective."""
    PROGRAMS.append((name, "import numpy as np\n" + source, data, params))


Y = R.normal(size=8)
LABELS = np.array([5, 2, 9, 5, 2, 9, 9, 5])

program(
    "dict_from_labels",
    """
def objective(effects, y, year):
    index = {label: i for i, label in enumerate(sorted(set(year)))}
    parts = {g: y[year == g] for g in np.unique(year)}
    pred = np.array([effects[index[label]] for label in year])
    total = 0.0
    for k, (g, values) in enumerate(parts.items()):
        total += np.sum((values - effects[k]) ** 2) / len(values)
    return total + np.sum((y - pred) ** 2)
""",
    dict(y=Y, year=LABELS),
    dict(effects=np.array([0.3, -0.2, 0.1])),
)
program(
    "dict_filled_along_years",
    """
def objective(log_r, log_k, years, catch):
    r, k = np.exp(log_r), np.exp(log_k)
    biomass = {years[0]: k / 2}
    for year, taken in zip(years, catch):
        now = biomass[year]
        biomass[year + 1] = now + r * now * (1 - now / k) - taken
    return sum((biomass[year] - 50.0) ** 2 for year in years) / len(years)
""",
    dict(years=np.arange(1990, 1997), catch=np.linspace(1, 4, 7)),
    dict(log_r=-1.0, log_k=4.0),
)
program(
    "dict_of_rows_by_run_time_key",
    """
def objective(theta, site, y):
    rows = {3: theta[0], 7: theta[1], 4: theta[2]}
    total = 0.0
    for s, v in zip(site, y):
        total += (v - rows[s][0]) ** 2 * np.exp(rows[s][1])
    return total
""",
    dict(site=np.array([3, 7, 4, 4, 7, 3]), y=R.normal(size=6)),
    dict(theta=R.normal(size=(3, 2)) * 0.3),
)
program(
    "sets_of_labels",
    """
def objective(mu, y, group, kind):
    total = 0.0
    for g in set(group):
        total += np.sum((y[group == g] - mu[g]) ** 2)
    seen = {int(g) for g in group}
    for g in sorted(set(range(4)) - seen):
        total += mu[g] ** 2
    return total * (2 if kind in {"a", "b"} else 1) * len(seen)
""",
    dict(y=Y, group=np.array([0, 3, 1, 1, 0, 3, 3, 0]), kind="b"),
    dict(mu=R.normal(size=4)),
)
program(
    "pruning_along_a_tree",
    """
def below(node, tree, trait, length, rate):
    left, right = tree[node]
    if left < 0:
        return trait[node], 0.0, 0.0
    m1, v1, l1 = below(left, tree, trait, length, rate)
    m2, v2, l2 = below(right, tree, trait, length, rate)
    v1, v2 = v1 + rate * length[left], v2 + rate * length[right]
    s = v1 + v2
    value = l1 + l2 - 0.5 * (np.log(2 * np.pi * s) + (m1 - m2) ** 2 / s)
    return (m1 * v2 + m2 * v1) / s, v1 * v2 / s, value

def objective(log_rate, trait, length, tree):
    tree = {k: (int(a), int(b)) for k, (a, b) in enumerate(tree)}
    _, _, value = below(4, tree, trait, length, np.exp(log_rate))
    return -value
""",
    dict(
        trait=np.array([0.1, 0.5, -0.3, 0.0, 0.0]),
        length=np.array([1.0, 1.0, 1.5, 0.5, 0.0]),
        tree=np.array([[-1, -1], [-1, -1], [-1, -1], [0, 1], [3, 2]]),
    ),
    dict(log_rate=0.2),
)
program(
    "partials_in_a_dict",
    """
def objective(log_length, log_pi, tree, tips):
    pi = np.exp(log_pi) / np.sum(np.exp(log_pi))
    stay = np.exp(-np.exp(log_length))
    partial = {}
    for i, states in enumerate(tips):
        here = np.ones((len(states), 2))
        for s, code in enumerate(states):
            if code < 2:
                here[s] = np.eye(2)[code]
        partial[i] = here
    for parent, a, b in tree:
        P, Q = (stay[c] * np.eye(2) + (1 - stay[c]) * pi for c in (a, b))
        partial[parent] = (partial[a] @ P.T) * (partial[b] @ Q.T)
    return -np.sum(np.log(partial[tree[-1][0]] @ pi))
""",
    dict(tree=np.array([[3, 0, 1], [4, 3, 2]]), tips=np.array([[0, 1, 1], [0, 2, 1], [1, 1, 0]])),
    dict(log_length=R.normal(size=4) * 0.3, log_pi=np.array([0.1, -0.1])),
)
program(
    "match_on_strings_and_tuples",
    """
def link(eta, name):
    match name.lower():
        case "logit" | "logistic":
            return 1 / (1 + np.exp(-eta))
        case "cloglog":
            return -np.expm1(-np.exp(eta))
        case other:
            raise ValueError(f"unknown link {other}")

def penalty(spec, b):
    match spec:
        case ("ridge", lam):
            return lam * np.sum(b ** 2)
        case ("smooth lasso", lam, eps):
            return lam * np.sum(np.sqrt(b ** 2 + eps))
        case _:
            return 0.0

def objective(b, x, y, name, spec):
    p = link(b[0] + b[1] * x, name)
    for k in range(3):
        match k:
            case 0:
                p = p * 0.99
            case n if n > 1:
                p = p * 0.98
    return -np.sum(y * np.log(p) + (1 - y) * np.log1p(-p)) + penalty(spec, b)
""",
    dict(x=Y, y=(Y > 0) * 1, name="CLogLog", spec=("smooth lasso", 0.3, 1e-4)),
    dict(b=np.array([0.1, 0.2])),
)
program(
    "dataclass_with_factories",
    """
from dataclasses import dataclass, field

@dataclass
class Growth:
    linf: float
    k: float
    t0: float = -0.1
    ages: np.ndarray = field(default_factory=lambda: np.arange(1, 6))
    label: str = field(default="fish", repr=False)

    @property
    def length(self):
        return self.linf * (1 - np.exp(-self.k * (self.ages - self.t0)))

def objective(log_linf, log_k, y):
    return np.sum((y - Growth(np.exp(log_linf), k=np.exp(log_k)).length) ** 2)
""",
    dict(y=np.array([10.0, 18.0, 24.0, 30.0, 33.0])),
    dict(log_linf=3.7, log_k=-1.2),
)
KNOTS = np.array([0.0, 0.2, 0.5, 0.8, 1.1])
AT = np.array([0.05, 0.3, 0.52, 0.79, 0.95, 1.05])

program(
    "interpolation_through_parameters",
    """
from scipy.interpolate import interp1d, CubicSpline
def objective(v, x, t):
    total = np.sum(interp1d(x, v, bounds_error=False, fill_value=(v[0], 2.0))(t + 0.1) ** 2)
    total += np.sum(interp1d(x, v, kind="previous")(t) ** 3)
    for bc in ("natural", "not-a-knot"):
        spline = CubicSpline(x, v, bc_type=bc)
        total += np.sum(np.exp(spline(t))) + spline(0.37, 1)
    return total
""",
    dict(x=KNOTS, t=AT),
    dict(v=R.normal(size=5)),
)
program(
    "splines_from_coefficients",
    """
from scipy.interpolate import BSpline, PchipInterpolator, interp1d, splev
def objective(v, c, x, t, knots):
    basis = np.array([BSpline(knots, np.eye(6)[i], 3)(t) for i in range(6)]).T
    known = interp1d(np.array([0.0, 0.5, 2.0]), np.array([1.0, 2.0, 4.0]))
    total = np.sum((basis @ c - splev(t, (knots, 2 * c, 3))) ** 2) + BSpline(knots, c, 3)(0.55)
    return total + np.sum(PchipInterpolator(x, v)(t) ** 2) + known(v[0] ** 2 / 4)
""",
    dict(x=KNOTS, t=AT, knots=np.r_[[0.0] * 4, 0.4, 0.7, [1.2] * 4]),
    dict(v=R.normal(size=5) * 0.5, c=R.normal(size=6)),
)
program(
    "windows_filters_polynomials",
    """
from numpy.lib.stride_tricks import sliding_window_view
from scipy.signal import lfilter
def objective(phi, log_b, y):
    e = y[3:] - sliding_window_view(y[:-1], 3)[:, ::-1] @ phi
    b = np.exp(log_b)
    h, last = lfilter([1.0, 0.2], [1.0, -b], 1 + e ** 2, zi=[b * 2.0])
    p = np.poly1d(phi)
    return np.sum(np.log(h) + e ** 2 / h) + p(0.3) ** 2 + last[0]
""",
    dict(y=R.normal(size=12)),
    dict(phi=np.array([0.3, -0.1, 0.2]), log_b=-0.7),
)
program(
    "small_constant_table_in_a_loop",
    """
def objective(a, b, y):
    nodes, weights = np.polynomial.hermite_e.hermegauss(7)
    total = 0.0
    for v in y:
        like = 0.0
        for q in range(len(nodes)):
            like += weights[q] * np.exp(-((v - a - np.exp(b) * nodes[q]) ** 2) / 2)
        total -= np.log(like)
    return total
""",
    dict(y=R.normal(size=5)),
    dict(a=0.1, b=-0.3),
)
program(
    "families_with_a_base_class",
    """
from abc import ABC, abstractmethod
from numpy import *

class Family(ABC):
    scale = 1.0

    def __init__(self, weights, power=1.0):
        self.weights = weights
        self.power = power

    @abstractmethod
    def loglik(self, y, eta): ...

    def total(self, y, eta):
        return -self.scale * sum(self.weights * self.loglik(y, eta) ** self.power)

class Poisson(Family):
    def loglik(self, y, eta):
        return y * eta - exp(eta)

class Scaled(Poisson):
    scale = 2.0

    def __init__(self, *args, log_theta, **kw):
        super().__init__(*args, **kw)
        self.theta = exp(log_theta)

    def loglik(self, y, eta):
        return super().loglik(y, eta) / self.theta

def objective(b, log_theta, x, y):
    eta = b[0] + b[1] * x
    starts = flatnonzero(r_[True, diff(y) != 0])
    first = add.reduceat(eta, starts)
    total = Scaled(ones_like(y), log_theta=log_theta).total(y, eta) + Poisson(0.5).total(y, eta)
    return total + pi * max(eta) + sum(first ** 2)
""",
    dict(x=R.normal(size=7), y=np.array([1.0, 1, 0, 2, 2, 2, 4])),
    dict(b=np.array([0.1, 0.2]), log_theta=0.3),
)
program(
    "whittle_likelihood",
    """
def objective(log_s, a, y):
    frequencies = 2 * np.pi * np.fft.rfftfreq(len(y))[1:]
    periodogram = np.abs(np.fft.rfft(y - y.mean())[1:]) ** 2 / len(y)
    turned = np.exp(-1j * frequencies)
    density = np.exp(2 * log_s) / (1 - 2 * a * turned.real + a**2)
    return np.sum(np.log(density) + periodogram / density)
""",
    dict(y=Y),
    dict(log_s=0.1, a=0.4),
)
program(
    "objects_of_scipy_made_of_data",
    """
import scipy.interpolate
import scipy.linalg
import scipy.sparse
from scipy import stats

def objective(c, b, x, y):
    smooth = scipy.interpolate.UnivariateSpline(x, y, s=0.5)
    slope, level, *_ = stats.linregress(x, y)
    line = stats.linregress(x, y)
    inside = scipy.interpolate.BSpline.design_matrix(x, np.array([0, 0, 0, 0, 1, 1, 1, 1.0]), 3)
    right = np.linalg.svd(np.column_stack([x, y]), full_matrices=False)[2]
    path = scipy.sparse.diags([1.0, 2.0, 1.0, 1.0]).toarray()
    fit = inside.toarray() @ (path @ c) + smooth(x) + level + slope * x + b * line.rvalue
    rest = abs(right[0, 0]) + len(np.fft.rfft(y)) + np.roots([1, 0, 4]).imag[0]
    return np.sum((y - fit) ** 2) + rest * b
""",
    dict(x=np.linspace(0.05, 0.95, 8), y=Y),
    dict(c=np.array([0.1, -0.4, 0.3, 0.2]), b=0.7),
)
