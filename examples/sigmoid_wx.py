"""sigmoid(w x) and its derivative x s (1 - s): one parameter, one number of data."""

import numpy as np

import adfun


def sigmoid(t):
    return 1 / (1 + np.exp(-t))


def objective(w, x):
    return sigmoid(w * x)


obj = adfun.make_ad_fun(objective, data={"x": 2.0}, params={"w": 0.5})

print("    w   sigmoid(wx)      d/dw   x s (1 - s)     d2/dw2")
for w in np.linspace(-2.0, 2.0, 9):
    value, gradient = obj.fn_gr([w])
    by_hand = 2.0 * value * (1 - value)
    print(f"{w:5.2f} {value:13.8f} {gradient[0]:9.6f} {by_hand:13.6f} {obj.he([w])[0, 0]:10.6f}")
