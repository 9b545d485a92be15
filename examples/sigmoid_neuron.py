"""One sigmoid neuron with squared loss: adfun next to SymPy and to finite differences.

The neuron is saturated (z = 13.75): the derivatives are near 1e-5, and the difference of two losses near 30
holds few digits of them.
"""

import math

import numpy as np
import sympy

import adfun

PARAMS = {"param": 3.5, "intc": 5.0}
DATA = {"x": 2.5, "y": 6.5}


def sigmoid(z):
    return 1.0 / (1.0 + math.exp(-z))


def objective(param, intc, x, y):
    prediction = sigmoid(param * x + intc)
    return (prediction - y) ** 2


def by_sympy():
    """Symbolic derivatives, evaluated with 30 digits."""
    param, intc, x, y = symbols = sympy.symbols("param intc x y")
    loss = (1 / (1 + sympy.exp(-(param * x + intc))) - y) ** 2
    at = {symbol: sympy.Rational(str((PARAMS | DATA)[symbol.name])) for symbol in symbols}
    return [loss.diff(p).evalf(30, subs=at) for p in (param, intc)]


def by_differences(x, step=1e-6):
    """Central differences."""
    steps = step * np.eye(len(x))
    return [(objective(*(x + d), **DATA) - objective(*(x - d), **DATA)) / (2 * step) for d in steps]


obj = adfun.make_ad_fun(objective, DATA, PARAMS)
exact, differences = by_sympy(), by_differences(obj.par)

print(f"loss {obj.fn():.15g} compiled, {objective(**PARAMS, **DATA):.15g} as Python\n")
print("derivative by              adfun                 SymPy    differences    error: adfun   differences")
for name, mine, right, crude in zip(obj.names, obj.gr(), exact, differences, strict=True):
    errors = [abs(float((value - right) / right)) for value in (mine, crude)]
    print(f"{name:10s} {mine:22.15e} {float(right):.15e} {crude:14.6e} {errors[0]:15.1e} {errors[1]:13.1e}")
