"""NIST StRD nonlinear regression Thurber: certified estimates and standard errors.

Data and certified values: NIST Statistical Reference Datasets, in the public domain,
https://www.itl.nist.gov/div898/strd/nls/data/thurber.shtml (electron mobility in semiconductors).
"""

import numpy as np
from scipy.optimize import minimize

import adfun

Y, X = np.array([
    (80.574, -3.067), (84.248, -2.981), (87.264, -2.921), (87.195, -2.912), (89.076, -2.840),
    (89.608, -2.797), (89.868, -2.702), (90.101, -2.699), (92.405, -2.633), (95.854, -2.481),
    (100.696, -2.363), (101.060, -2.322), (401.672, -1.501), (390.724, -1.460), (567.534, -1.274),
    (635.316, -1.212), (733.054, -1.100), (759.087, -1.046), (894.206, -0.915), (990.785, -0.714),
    (1090.109, -0.566), (1080.914, -0.545), (1122.643, -0.400), (1178.351, -0.309), (1260.531, -0.109),
    (1273.514, -0.103), (1288.339, 0.010), (1327.543, 0.119), (1353.863, 0.377), (1414.509, 0.790),
    (1425.208, 0.963), (1421.384, 1.006), (1442.962, 1.115), (1464.350, 1.572), (1468.705, 1.841),
    (1447.894, 2.047), (1457.628, 2.200),
]).T  # fmt: skip

START = np.array([1000.0, 1000.0, 400.0, 40.0, 0.7, 0.3, 0.03])
CERTIFIED = np.array([
    (1.2881396800e03, 4.6647963344e00),
    (1.4910792535e03, 3.9571156086e01),
    (5.8323836877e02, 2.8698696102e01),
    (7.5416644291e01, 5.5675370270e00),
    (9.6629502864e-01, 3.1333340687e-02),
    (3.9797285797e-01, 1.4984928198e-02),
    (4.9727297349e-02, 6.5842344623e-03),
])  # fmt: skip


def curve(b, x):
    return (b[0] + b[1] * x + b[2] * x**2 + b[3] * x**3) / (1 + b[4] * x + b[5] * x**2 + b[6] * x**3)


def objective(b, x, y):
    """Half the sum of squared residuals."""
    fitted = curve(b, x)
    adfun.report(fitted=fitted)
    return 0.5 * np.sum((y - fitted) ** 2)


def standard_errors(obj, b):
    """Of the expected information J'J / s^2, which is what NIST certifies, and of the observed one.

    Where the data are the fitted values themselves no residual is left, and the Hessian is J'J.
    """
    variance = 2 * obj.fn(b) / (len(X) - len(b))
    at_fitted = obj.with_data({"x": X, "y": obj.report(b)["fitted"]})
    return [np.sqrt(np.diag(variance * np.linalg.inv(h))) for h in (at_fitted.he(b), obj.he(b))]


obj = adfun.make_ad_fun(objective, {"x": X, "y": Y}, {"b": START})
fit = minimize(obj.fn, obj.par, jac=obj.gr, hess=obj.he, method="trust-exact", options={"gtol": 1e-6})
expected, observed = standard_errors(obj, fit.x)

print(f"{fit.nit} steps; residual sum of squares {2 * fit.fun:.7f} (certified 5642.7082397)\n")
print("          estimate        certified   standard error     certified    observed information")
for name, estimate, error, other, (right, right_error) in zip(
    obj.names, fit.x, expected, observed, CERTIFIED, strict=True
):
    print(f"{name} {estimate:15.9g} {right:16.9g} {error:16.9g} {right_error:13.9g} {other:13.6g}")
worst = [np.max(np.abs(mine / right - 1)) for mine, right in zip((fit.x, expected), CERTIFIED.T, strict=True)]
print(f"\nlargest relative difference: estimates {worst[0]:.0e}, standard errors {worst[1]:.0e}")
