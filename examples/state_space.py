"""The level of the Nile: a local level model by the Kalman filter, written as a loop.

    y[t] = level[t] + e[t],   level[t+1] = level[t] + w[t]

Data: annual flow of the Nile at Aswan 1871 to 1970, in 10^8 m^3 (G. W. Cobb 1978, Biometrika 65, 243-251).
J. Durbin and S. J. Koopman, Time Series Analysis by State Space Methods, chapter 2, estimate the variances
15099 of e and 1469.1 of w.
"""

import numpy as np
from scipy.optimize import minimize

import adfun

FLOW = np.array([
    1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180,
    799, 958, 1140, 1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833,
    701, 916, 692, 1020, 1050, 969, 831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768,
    845, 864, 862, 698, 845, 744, 796, 1040, 759, 781, 865, 845, 944, 984, 897, 822, 1010,
    771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890, 744, 749, 838, 1050, 918,
    986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740,
])  # fmt: skip


def objective(log_var_e, log_var_w, y):
    """Negative log-likelihood; the first observation tells the first level (diffuse start)."""
    var_e, var_w = np.exp(log_var_e), np.exp(log_var_w)
    level, variance = y[0], var_e
    levels, variances, nll = [level], [variance], 0.0
    for observed in y[1:]:
        variance = variance + var_w
        innovation, total = observed - level, variance + var_e
        nll += 0.5 * (np.log(2 * np.pi * total) + innovation**2 / total)
        level = level + variance / total * innovation
        variance = variance * var_e / total
        levels.append(level)
        variances.append(variance)
    adfun.report(level=np.array(levels), deviation=np.sqrt(np.array(variances)))
    return nll


obj = adfun.make_ad_fun(objective, {"y": FLOW}, {"log_var_e": np.log(1e4), "log_var_w": np.log(1e3)})
fit = minimize(obj.fn, obj.par, jac=obj.gr, hess=obj.he, method="trust-exact")
errors = np.sqrt(np.diag(np.linalg.inv(obj.he(fit.x))))

print(obj)
print(f"log-likelihood {-fit.fun:.4f} after {fit.nit} steps")
for name, estimate, error in zip(obj.names, fit.x, errors, strict=True):
    low, high = np.exp(estimate - 1.96 * error), np.exp(estimate + 1.96 * error)
    print(f"{name.removeprefix('log_')}  {np.exp(estimate):8.1f}   95% {low:.0f} to {high:.0f}")

filtered = obj.report(fit.x)
print("year   flow   filtered level")
for t in range(9, len(FLOW), 10):
    print(f"{1871 + t}   {FLOW[t]:4d}   {filtered['level'][t]:6.0f} +- {filtered['deviation'][t]:.0f}")
