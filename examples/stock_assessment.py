"""How much fish is there?  A Schaefer model fitted to catches and catch rates (CPUE) of two fisheries.

    B[t+1] = B[t] + r B[t] (1 - B[t] / K) - catch[t],   B[0] = K,   log cpue[t] ~ Normal(log(q B[t]), sigma)

Data: T. Polacheck, R. Hilborn and A. E. Punt (1993), Fitting surplus production models: comparing methods
and measuring uncertainty, Canadian Journal of Fisheries and Aquatic Sciences 50, 2597-2607.
"""

import numpy as np
from scipy.optimize import minimize
from scipy.stats import norm

import adfun

ALBACORE = {  # South Atlantic, from 1967: 1000 t, and kg per 100 hooks
    "catch": np.array([
        15.9, 25.7, 28.5, 23.7, 25.0, 33.3, 28.2, 19.7, 17.5, 19.3, 21.6, 23.1, 22.5, 22.5, 23.6, 29.1, 14.4,
        13.2, 28.4, 34.6, 37.5, 25.9, 25.3,
    ]),
    "cpue": np.array([
        61.89, 78.98, 55.59, 44.61, 56.89, 38.27, 33.84, 36.13, 41.95, 36.63, 36.33, 38.82, 34.32, 37.64,
        34.01, 32.16, 26.88, 36.61, 30.07, 30.75, 23.36, 22.36, 21.91,
    ]),
}  # fmt: skip
HAKE = {  # Namibia, from 1965: 1000 t, and t per hour of trawling
    "catch": np.array([
        93.510, 212.444, 195.032, 382.712, 320.430, 402.467, 365.557, 606.084, 377.642, 318.836, 309.374,
        389.020, 276.901, 254.251, 170.006, 97.181, 90.523, 176.532, 216.181, 228.672, 212.177, 231.179,
        136.942, 212.000,
    ]),
    "cpue": np.array([
        1.78, 1.31, 0.91, 0.96, 0.88, 0.90, 0.87, 0.72, 0.57, 0.45, 0.42, 0.42, 0.49, 0.43, 0.40, 0.45, 0.55,
        0.53, 0.58, 0.64, 0.66, 0.65, 0.61, 0.63,
    ]),
}  # fmt: skip


def objective(log_r, log_K, log_q, log_sigma, catch, cpue):
    """Negative log-likelihood."""
    r, K = np.exp(log_r), np.exp(log_K)
    biomass = np.empty(len(catch))
    B = K
    for t in range(len(catch)):
        biomass[t] = B
        B = B + r * B * (1 - B / K) - catch[t]
        if B < 0.01 * K:  # fished out: stay positive, so that the likelihood stays finite
            B = 0.01 * K
    expected = np.exp(log_q) * biomass
    adfun.report(biomass=biomass, expected=expected, depletion=biomass / K)
    return -np.sum(norm.logpdf(np.log(cpue), np.log(expected), np.exp(log_sigma)))


def print_range(label, log_estimate, error):
    """An estimate with its 95% interval, from the logarithm and its standard error."""
    estimate, low, high = np.exp(log_estimate + np.array([0.0, -1.96, 1.96]) * error)
    print(f"  {label:6s} {estimate:10.4g}   95%: {low:.4g} to {high:.4g}")


def assess(obj, name, first_year):
    fit = minimize(obj.fn, obj.par, jac=obj.gr, hess=obj.he, method="trust-exact")
    covariance = np.linalg.inv(obj.he(fit.x))
    print(f"{name}: negative log-likelihood {fit.fun:.4f} after {fit.nit} steps")
    for parameter, estimate, variance in zip(obj.names, fit.x, np.diag(covariance), strict=True):
        print_range(parameter.removeprefix("log_"), estimate, np.sqrt(variance))
    log_msy = fit.x[0] + fit.x[1] - np.log(4)  # the largest catch that lasts is r K / 4
    print_range("MSY", log_msy, np.sqrt(covariance[:2, :2].sum()))
    found = obj.report(fit.x)
    for t in range(0, len(found["biomass"]), 6):
        biomass, depletion = found["biomass"][t], found["depletion"][t]
        print(f"  {first_year + t}: biomass {biomass:7.1f}, {depletion:6.1%} of what it was before fishing")
    return fit


start = {"log_r": np.log(0.3), "log_K": np.log(300.0), "log_q": np.log(0.2), "log_sigma": np.log(0.2)}
albacore = adfun.make_ad_fun(objective, ALBACORE, start)
print(albacore)
assess(albacore, "South Atlantic albacore", 1967)

# Another fishery, another number of years: nothing is compiled again.
hake = albacore.with_data(HAKE, start | {"log_K": np.log(3000.0), "log_q": np.log(5e-4)})
assess(hake, "Namibian hake", 1965)
