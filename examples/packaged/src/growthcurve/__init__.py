"""A growth curve, fitted by an objective that came precompiled with this package."""

from pathlib import Path

import numpy as np
from scipy.optimize import minimize

import adfun
from growthcurve.objective import misfit

PRECOMPILED = Path(__file__).parent / "precompiled"


def fit(t: np.ndarray, weight: np.ndarray) -> dict[str, object]:
    """The parameters that fit weights at times t."""
    start = {"log_rate": 0.0, "level": np.array([weight[-1], weight[0] - weight[-1]])}
    obj = adfun.make_ad_fun(misfit, {"t": t, "weight": weight}, start, artifacts=PRECOMPILED)
    found = minimize(obj.fn, obj.par, jac=obj.gr, hess=obj.he, method="trust-exact", tol=1e-10)
    return obj.unflatten(found.x)
