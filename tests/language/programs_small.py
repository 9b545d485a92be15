"""Small vectors and matrices of known size beside data of any length."""

from __future__ import annotations

from typing import Any

import numpy as np

R = np.random.default_rng(14)
PROGRAMS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = []


def program(name: str, source: str, data: dict[str, Any], **params: Any) -> None:
    """Add an objective."""
    PROGRAMS.append((name, "import numpy as np\n" + source, data, params))


X = R.normal(size=(9, 3))
LOWER = np.array([1.2, 0.1, 0.9, -0.2, 0.3, 1.1])

program(
    "many_columns_solved_in_closed_form",
    """
def objective(p, X):
    L = np.zeros((3, 3))
    L[np.tril_indices(3)] = p[3:9]
    z = np.linalg.solve(L, (X - p[:3]).T)
    w = np.linalg.solve(L.T, z)
    return 0.5 * np.sum(z ** 2) + len(X) * np.sum(np.log(np.abs(np.diag(L)))) + np.sum(np.sin(w))
""",
    dict(X=X),
    p=np.concatenate([[0.1, -0.2, 0.3], LOWER]),
)
program(
    "many_columns_of_a_small_triangle",
    """
from scipy.linalg import cho_factor, cho_solve, solve_triangular

def objective(p, X):
    L = np.zeros((3, 3))
    L[np.tril_indices(3)] = p
    z = solve_triangular(L, X.T, lower=True)
    u = solve_triangular(L, X.T, lower=True, trans="T", unit_diagonal=True)
    v = cho_solve(cho_factor(L @ L.T + np.eye(3)), X.T)
    return np.sum(z ** 2) + np.sum(np.cos(u)) + np.sum(v * X.T)
""",
    dict(X=X),
    p=LOWER,
)
program(
    "two_by_two_systems_with_no_columns",
    """
def objective(a, X):
    A = np.array([[2.0, a], [a, 1.0]])
    none = np.linalg.solve(A, X[:0, :2].T)
    return np.sum(none) + none.shape[1] + np.sum(np.linalg.solve(A, X[:, :2].T))
""",
    dict(X=X),
    a=0.3,
)
program(
    "a_mixture_of_slices",
    """
from scipy.special import logsumexp

def objective(p, X):
    weight, mean, log_sd = p[:3], p[3:6], p[6:]
    log_p = (weight - logsumexp(weight))[:, None] - log_sd[:, None]
    log_p = log_p - 0.5 * ((X[:, 0] - mean[:, None]) / np.exp(log_sd)[:, None]) ** 2
    return -np.sum(logsumexp(log_p, axis=0))
""",
    dict(X=X),
    p=np.array([0.1, -0.3, 0.2, -1.0, 0.1, 1.2, 0.1, -0.2, 0.3]),
)
program(
    "a_small_table_read_in_loops_and_branches",
    """
def objective(p, seen, X):
    chance = 1 / (1 + np.exp(-np.array([p[0], p[0] + p[1], p[1]])))
    total = 0.0
    for i in range(len(seen)):
        for k in range(seen.shape[1]):
            if seen[i, k] == 1:
                total -= np.log(chance[k])
            elif X[i, k] > 0:
                chance = chance * 0.99
                total -= np.log1p(-chance[k])
    return total + np.sum(chance)
""",
    dict(seen=(X > 0.5).astype(int), X=X),
    p=np.array([0.3, -0.4]),
)
program(
    "elements_of_a_small_table_are_changed_apart",
    """
def objective(a, X):
    table = np.zeros(20)
    table[0], table[1] = a, 2 * a
    for x in X[:, 0]:
        first = table[0]
        table[1] = table[1] + first * x
        if x > 0:
            table[0] = 0.5 * first + table[1]
        table[2] += table[0] * table[1]
    return table[0] + table[1] ** 2 + table[2]
""",
    dict(X=X),
    a=0.4,
)
program(
    "sums_by_groups_in_order_and_mixed",
    """
def objective(u, v, g, h, y):
    eta = u[g] + v[h] * y
    first = np.sum(np.exp(eta) - y * eta)
    n = 3
    return first + np.sum(np.sin(u[g[n:]] * u[g[:-n]])) + np.sum(v ** 2)
""",
    dict(g=np.repeat(np.arange(5), 21), h=R.integers(0, 4, 105), y=R.normal(size=105)),
    u=R.normal(size=5),
    v=R.normal(size=4),
)
