"""A straight line through 17 points: by gradient descent, and by scipy.optimize.minimize.

Data: the 17 points that many introductions to gradient descent use.
"""

import numpy as np
from scipy.optimize import minimize

import adfun

try:
    import matplotlib
except ImportError:
    matplotlib = None
else:
    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

X = np.array([
    3.3, 4.4, 5.5, 6.71, 6.93, 4.168, 9.779, 6.182, 7.59, 2.167, 7.042, 10.791, 5.313, 7.997, 5.654, 9.27,
    3.1,
])  # fmt: skip
Y = np.array([
    1.7, 2.76, 2.09, 3.19, 1.694, 1.573, 3.366, 2.596, 2.53, 1.221, 2.827, 3.465, 1.65, 2.904, 2.42, 2.94,
    1.3,
])  # fmt: skip


def objective(x, y, W, b):
    """Half the mean squared error."""
    return np.sum((W * x + b - y) ** 2) / (2 * len(x))


def descend(obj, rate=0.01, steps=5000):
    """Plain gradient descent from the start values."""
    at, costs = obj.par.copy(), []
    for _ in range(steps):
        cost, gradient = obj.fn_gr(at)
        at -= rate * gradient
        costs.append(cost)
    return at, costs


def plot(path, lines, costs):
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    left.plot(X, Y, "o")
    for label, (W, b) in lines.items():
        left.plot(X, W * X + b, label=label)
    left.legend()
    right.semilogx(range(1, len(costs) + 1), costs)
    right.set(xlabel="step", ylabel="cost")
    figure.savefig(path)
    plt.close(figure)


obj = adfun.make_ad_fun(objective, {"x": X, "y": Y}, {"W": 0.1, "b": 0.5})
descended, costs = descend(obj)
fit = minimize(obj.fn, obj.par, jac=obj.gr, hess=obj.he, method="trust-exact")
slope, intercept = np.polyfit(X, Y, 1)

print(obj)
print("                          W          b       cost   evaluations")
for method, at, evaluations in (
    ("start", obj.par, 0),
    ("gradient descent", descended, len(costs)),
    ("minimize", fit.x, fit.nfev),
    ("closed form", (slope, intercept), 0),
):
    print(f"{method:16s}  {at[0]:9.6f}  {at[1]:9.6f}  {obj.fn(at):9.6f}  {evaluations or '':>12}")

if matplotlib is not None:
    plot("linear_regression.png", {"gradient descent": descended, "minimize": fit.x}, costs)
    print("plot: linear_regression.png")
