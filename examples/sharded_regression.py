"""A Poisson regression over twelve months of counts that no process holds together: a sum over a cluster.

Every worker reads its months where it is; a call sends the parameters there and gets, for every month, one
value and one gradient back.  (Needs Dask: pip install "adfun[dask]".)
"""

import numpy as np
from scipy.optimize import minimize

import adfun

try:
    from distributed import Client, LocalCluster
except ImportError:
    Client = None

MONTHS = range(12)
EFFECTS = np.array([0.5, -0.3, 0.2])


def objective(beta, X, y):
    """Negative log-likelihood of Poisson counts, without a constant: a sum over rows."""
    eta = X @ beta
    return np.sum(np.exp(eta) - y * eta)


def prior(beta):
    """No sum over rows: it is given as `once`."""
    return np.sum(beta**2) / 200


def month(number, rows=5_000):
    """The data of a month; here they are drawn, elsewhere read from a file of that month."""
    rng = np.random.default_rng([2026, number])
    X = np.column_stack([np.ones(rows), rng.normal(size=(rows, 2))])
    return {"X": X, "y": rng.poisson(np.exp(X @ EFFECTS))}


def fitted(client):
    """The estimates, from months that stay on the workers."""
    start = {"beta": np.zeros(3)}
    first = adfun.make_ad_fun(objective, month(0, rows=100), start)  # a few rows tell what kind of data it is
    penalty = adfun.make_ad_fun(prior, {}, start)
    months = [client.submit(month, number) for number in MONTHS]
    total = adfun.shard(first, months, client, once=penalty)
    fit = minimize(total.fn_gr, total.par, jac=True, method="BFGS")
    return fit.x, np.sqrt(np.diag(np.linalg.inv(total.he(fit.x))))


if __name__ == "__main__":
    if Client is None:
        print('Dask is not installed: pip install "adfun[dask]"')
    else:
        with (
            LocalCluster(2, threads_per_worker=1, dashboard_address=None) as cluster,
            Client(cluster) as client,
        ):
            estimates, errors = fitted(client)
        for name, effect, estimate, error in zip("abc", EFFECTS, estimates, errors, strict=True):
            print(f"{name}: {estimate:8.5f} +- {error:.5f}  (drawn with {effect})")
