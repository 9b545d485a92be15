"""Objectives whose speed is watched: each as its users write it, with data from a fixed seed.

`size` is the number of observations; tests use small ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray
from scipy.special import expit, gammaln, logsumexp

Array = NDArray[np.float64]
Made = tuple[dict[str, Any], dict[str, Any]]


# -- objectives -------------------------------------------------------------------------------


def negative_binomial(X: Array, y: Array, beta: Array, log_size: float) -> Any:
    """Regression of counts with overdispersion."""
    size = np.exp(log_size)
    mu = np.exp(X @ beta)
    loglik = gammaln(y + size) - gammaln(size) - gammaln(y + 1)
    loglik += size * np.log(size / (size + mu)) + y * np.log(mu / (size + mu))
    return -np.sum(loglik)


def garch(r: Array, mu: float, log_omega: float, a: float, b: float) -> Any:
    """GARCH(1, 1) with a mean: a recursion that cannot be split."""
    alpha, beta = 0.5 * expit(a), expit(b) * (1 - 0.5 * expit(a))
    h = np.exp(log_omega) / (1 - alpha - beta)
    total = 0.0
    for t in range(len(r)):
        e = r[t] - mu
        total += np.log(h) + e * e / h
        h = np.exp(log_omega) + alpha * e * e + beta * h
    return 0.5 * total


def crossed(
    y: Array, subject: Any, item: Any, intercept: float, u: Array, v: Array, log_sd_u: float, log_sd_v: float
) -> Any:
    """Binary answers of subjects to items, joint with both random effects."""
    eta = intercept + u[subject] + v[item]
    nll = np.sum(np.logaddexp(0.0, eta) - y * eta)
    nll += np.sum(0.5 * (u / np.exp(log_sd_u)) ** 2 + log_sd_u)
    nll += np.sum(0.5 * (v / np.exp(log_sd_v)) ** 2 + log_sd_v)
    return nll


def gaussian_process(x: Array, y: Array, log_scale: float, log_sd: float, log_noise: float) -> Any:
    """Marginal likelihood with a squared exponential covariance."""
    d = x[:, None] - x[None, :]
    K = np.exp(2 * log_sd - 0.5 * (d / np.exp(log_scale)) ** 2) + np.exp(2 * log_noise) * np.eye(len(x))
    L = np.linalg.cholesky(K)
    z = scipy.linalg.solve_triangular(L, y, lower=True)
    return 0.5 * z @ z + np.sum(np.log(np.diag(L)))


def kalman(y: Array, log_sd: Array) -> Any:
    """Local linear trend, filtered."""
    var = np.exp(2 * log_sd)
    F = np.array([[1.0, 1.0], [0.0, 1.0]])
    m, P = np.zeros(2), 10.0 * np.eye(2)
    nll = 0.0
    for t in range(len(y)):
        m = F @ m
        P = F @ P @ F.T + np.diag(var[:2])
        S = P[0, 0] + var[2]
        e = y[t] - m[0]
        K = P[:, 0] / S
        m = m + K * e
        P = P - np.outer(K, P[0])
        nll += 0.5 * (np.log(S) + e * e / S)
    return nll


def hidden_markov(y: Array, mu: Array, log_sd: Array, logits: Array) -> Any:
    """Forward algorithm on the log scale."""
    log_T = logits - logsumexp(logits, axis=1, keepdims=True)
    log_p = -0.5 * ((y[:, None] - mu) / np.exp(log_sd)) ** 2 - log_sd
    alpha = log_p[0] - np.log(len(mu))
    for t in range(1, len(y)):
        alpha = logsumexp(alpha[:, None] + log_T, axis=0) + log_p[t]
    return -logsumexp(alpha)


def network(X: Array, y: Array, W1: Array, b1: Array, W2: Array, b2: float) -> Any:
    """One hidden layer, squared loss."""
    hidden = np.tanh(X @ W1 + b1)
    return np.mean((hidden @ W2 + b2 - y) ** 2)


def softmax_regression(X: Array, k: Any, W: Array) -> Any:
    """Multinomial logistic regression."""
    eta = X @ W
    return np.sum(logsumexp(eta, axis=1) - eta[np.arange(len(k)), k])


def predator_prey(times: Array, y: Array, log_rate: Array, log_start: Array) -> Any:
    """Lotka-Volterra by Runge and Kutta's rule, fitted on the log scale."""

    def field(z: Array) -> Array:
        a, b, c, d = np.exp(log_rate)
        return np.array([z[0] * (a - b * z[1]), z[1] * (d * z[0] - c)])

    z, sse = np.exp(log_start), 0.0
    for i in range(len(times) - 1):
        h = times[i + 1] - times[i]
        k1 = field(z)
        k2 = field(z + 0.5 * h * k1)
        k3 = field(z + 0.5 * h * k2)
        k4 = field(z + h * k3)
        z = z + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        sse += np.sum((np.log(z) - y[i + 1]) ** 2)
    return sse


def cox(X: Array, died: Array, beta: Array) -> Any:
    """Partial likelihood; rows are in the order of decreasing times, without ties."""
    eta = X @ beta
    return -np.sum(died * (eta - np.log(np.cumsum(np.exp(eta)))))


# -- data -------------------------------------------------------------------------------------


def _counts(rng: np.random.Generator, n: int) -> Made:
    X, beta = rng.normal(size=(n, 8)) / 3, np.linspace(-0.5, 0.5, 8)
    y = rng.poisson(np.exp(X @ beta) * rng.gamma(2.0, 0.5, n)).astype(float)
    return {"X": X, "y": y}, {"beta": 0.9 * beta, "log_size": 0.5}


def _returns(rng: np.random.Generator, n: int) -> Made:
    r = 0.01 * rng.standard_t(5, size=n)
    return {"r": r}, {"mu": 0.0005, "log_omega": -11.0, "a": -1.0, "b": 1.5}


def _answers(rng: np.random.Generator, n: int) -> Made:
    subjects, items = max(2, n // 200), max(2, n // 500)
    subject, item = rng.integers(0, subjects, n), rng.integers(0, items, n)
    u, v = rng.normal(size=subjects), 0.7 * rng.normal(size=items)
    y = (rng.random(n) < expit(0.3 + u[subject] + v[item])).astype(float)
    effects = {"u": 0.8 * u, "v": 0.8 * v}
    return (
        {"y": y, "subject": subject, "item": item},
        {"intercept": 0.2, **effects, "log_sd_u": 0.1, "log_sd_v": -0.2},
    )


def _curve(rng: np.random.Generator, n: int) -> Made:
    x = np.sort(rng.uniform(0, 10, n))
    y = np.sin(x) + 0.2 * rng.normal(size=n)
    return {"x": x, "y": y}, {"log_scale": 0.1, "log_sd": 0.0, "log_noise": -1.5}


def _trend(rng: np.random.Generator, n: int) -> Made:
    y = np.cumsum(0.1 + 0.3 * rng.normal(size=n)) + rng.normal(size=n)
    return {"y": y}, {"log_sd": np.array([-1.0, -2.0, 0.1])}


def _regimes(rng: np.random.Generator, n: int) -> Made:
    state = rng.integers(0, 4, size=n // 10 + 1).repeat(10)[:n]
    y = 2.0 * state + rng.normal(size=n)
    params = {"mu": np.arange(4) * 1.8, "log_sd": np.full(4, 0.1), "logits": 2.0 * np.eye(4)}
    return {"y": y}, params


def _features(rng: np.random.Generator, n: int) -> Made:
    X = rng.normal(size=(n, 20))
    y = np.sin(X[:, 0]) + 0.1 * rng.normal(size=n)
    W1, W2 = 0.3 * rng.normal(size=(20, 32)), 0.3 * rng.normal(size=32)
    return {"X": X, "y": y}, {"W1": W1, "b1": np.zeros(32), "W2": W2, "b2": 0.1}


def _classes(rng: np.random.Generator, n: int) -> Made:
    X, W = rng.normal(size=(n, 10)), 0.5 * rng.normal(size=(10, 5))
    k = np.argmax(X @ W + rng.gumbel(size=(n, 5)), axis=1)
    return {"X": X, "k": k}, {"W": 0.7 * W}


def _cycles(rng: np.random.Generator, n: int) -> Made:
    times = np.linspace(0.0, n / 100.0, n)
    y = 0.3 * rng.normal(size=(n, 2))
    log_rate, log_start = np.log([1.0, 0.8, 1.0, 0.7]), np.log([1.2, 0.9])
    return {"times": times, "y": y}, {"log_rate": log_rate, "log_start": log_start}


def _lifetimes(rng: np.random.Generator, n: int) -> Made:
    X, died = rng.normal(size=(n, 5)), (rng.random(n) < 0.7).astype(float)
    return {"X": X, "died": died}, {"beta": np.linspace(-0.4, 0.4, 5)}


@dataclass(frozen=True)
class Workload:
    """An objective with a maker of data: `make(rng, size)` gives data and parameters."""

    objective: Callable[..., Any]
    make: Callable[[np.random.Generator, int], Made]
    size: int

    @property
    def name(self) -> str:
        return self.objective.__name__

    def inputs(self, size: int | None = None) -> Made:
        """The same data every time."""
        return self.make(np.random.default_rng(20), size or self.size)


WORKLOADS = {
    w.name: w
    for w in (
        Workload(negative_binomial, _counts, 100_000),
        Workload(garch, _returns, 50_000),
        Workload(crossed, _answers, 100_000),
        Workload(gaussian_process, _curve, 200),
        Workload(kalman, _trend, 2_000),
        Workload(hidden_markov, _regimes, 5_000),
        Workload(network, _features, 2_000),
        Workload(softmax_regression, _classes, 20_000),
        Workload(predator_prey, _cycles, 2_000),
        Workload(cox, _lifetimes, 10_000),
    )
}
