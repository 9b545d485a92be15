"""scipy.integrate.quad and fixed_quad, and roots by scipy.optimize: functions that call the user's.

What is called must depend on parameters as it will: derivatives go through the nodes of an integral, and to a
root by Newton steps from it, which make them those of the implicit function.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adfun.library.pieces import Scalar

Function = Any

EPSILON = 2.220446049250313e-16

# fmt: off
NODES_21 = np.array([
    0.9956571630258081, 0.9739065285171717, 0.9301574913557082,
    0.8650633666889845, 0.7808177265864169, 0.6794095682990244,
    0.5627571346686047, 0.4333953941292472, 0.2943928627014602,
    0.14887433898163122, 0.0,
])
WEIGHTS_21 = np.array([
    0.011694638867371874, 0.032558162307964725, 0.054755896574351995,
    0.07503967481091996, 0.0931254545836976, 0.10938715880229764,
    0.12349197626206584, 0.13470921731147334, 0.14277593857706009,
    0.14773910490133849, 0.1494455540029169,
])
GAUSS_10 = np.array([
    0.0, 0.06667134430868814, 0.0, 0.1494513491505806,
    0.0, 0.21908636251598204, 0.0, 0.26926671930999635,
    0.0, 0.29552422471475287, 0.0,
])
NODES_15 = np.array([
    0.9914553711208126, 0.9491079123427585, 0.8648644233597691,
    0.7415311855993945, 0.5860872354676911, 0.4058451513773972,
    0.20778495500789848, 0.0,
])
WEIGHTS_15 = np.array([
    0.022935322010529224, 0.06309209262997856, 0.10479001032225019,
    0.14065325971552592, 0.1690047266392679, 0.19035057806478542,
    0.20443294007529889, 0.20948214108472782,
])
GAUSS_7 = np.array([
    0.0, 0.1294849661688697, 0.0, 0.27970539148927664,
    0.0, 0.3818300505051189, 0.0, 0.4179591836734694,
])
# fmt: on


def _both_sides(x: Any, sign: float) -> Any:
    """The nodes or weights on [-1, 1] of those on [0, 1], whose last one belongs to zero."""
    return np.concatenate([sign * x[:-1], x[::-1]])


RULES = {
    "finite": tuple(_both_sides(x, s) for x, s in ((NODES_21, -1.0), (WEIGHTS_21, 1.0), (GAUSS_10, 1.0))),
    "infinite": tuple(_both_sides(x, s) for x, s in ((NODES_15, -1.0), (WEIGHTS_15, 1.0), (GAUSS_7, 1.0))),
}


def adaptive(rule: Any, function: Function, low: Scalar, high: Scalar, wanted: Any, limit: int) -> Any:
    """Integral and error: the interval with the largest error is halved until all errors are small together.

    One interval is evaluated in an iteration: `current`, then `later` if there is one.
    """
    nodes, weights, gauss = rule
    lows, highs = np.zeros(limit), np.zeros(limit)
    values, errors = np.zeros(limit), np.zeros(limit)
    lows[0], highs[0] = low, high
    count, current, later = 1, 0, -1
    going = True
    while going:
        centre = 0.5 * (lows[current] + highs[current])
        half = 0.5 * (highs[current] - lows[current])
        total, coarse, size = 0.0, 0.0, 0.0
        kept = np.zeros(len(nodes))
        for k in range(len(nodes)):
            value = function(centre + half * nodes[k])
            kept[k] = value
            total = total + weights[k] * value
            coarse = coarse + gauss[k] * value
            size = size + weights[k] * np.abs(value)
        spread = np.sum(weights * np.abs(kept - 0.5 * total)) * np.abs(half)
        error = np.abs((total - coarse) * half)
        if (spread != 0.0) & (error != 0.0):
            error = spread * np.minimum(1.0, (200.0 * error / spread) ** 1.5)
        if size * np.abs(half) > 1e-290:
            error = np.maximum(error, 50.0 * EPSILON * size * np.abs(half))
        values[current] = total * half
        errors[current] = error
        if later >= 0:
            current, later = later, -1
        elif (np.sum(errors) <= np.maximum(wanted[0], wanted[1] * np.abs(np.sum(values)))) | (count >= limit):
            going = False
        else:
            current = int(np.argmax(errors))
            later = count
            middle = 0.5 * (lows[current] + highs[current])
            lows[later], highs[later] = middle, highs[current]
            highs[current] = middle
            count = count + 1
    return np.sum(values), np.sum(errors)


def quad(
    func: Function,
    a: Scalar,
    b: Scalar,
    args: Any = (),
    full_output: int = 0,
    epsabs: float = 1.49e-8,
    epsrel: float = 1.49e-8,
    limit: int = 50,
) -> Any:
    """scipy.integrate.quad without extrapolation: Gauss-Kronrod rules on halved intervals (QUADPACK)."""
    extra = args if isinstance(args, tuple) else (args,)
    wanted = (epsabs, epsrel)
    if b == np.inf and a == -np.inf:

        def both(t: Scalar) -> Scalar:
            x = (1.0 - t) / t
            return (func(x, *extra) + func(-x, *extra)) / (t * t)

        return adaptive(RULES["infinite"], both, 0.0, 1.0, wanted, limit)
    if b == np.inf:

        def above(t: Scalar) -> Scalar:
            return func(a + (1.0 - t) / t, *extra) / (t * t)

        return adaptive(RULES["infinite"], above, 0.0, 1.0, wanted, limit)
    if a == -np.inf:

        def below(t: Scalar) -> Scalar:
            return func(b - (1.0 - t) / t, *extra) / (t * t)

        return adaptive(RULES["infinite"], below, 0.0, 1.0, wanted, limit)
    return adaptive(RULES["finite"], lambda x: func(x, *extra), a, b, wanted, limit)


def fixed_quad(func: Function, a: Scalar, b: Scalar, args: Any = (), n: int = 5) -> Any:
    """Gauss-Legendre quadrature of order n."""
    nodes, weights = np.polynomial.legendre.leggauss(n)
    x = 0.5 * (b - a) * (nodes + 1.0) + a
    return 0.5 * (b - a) * np.sum(weights * func(x, *args), axis=-1), None


# -- roots ------------------------------------------------------------------------------------


def polished(function: Function, x: Scalar) -> Scalar:
    """The root near x: three Newton steps with one slope, which leave of the derivatives of x nothing."""
    step = 6e-6 * np.maximum(1.0, np.abs(x))
    rise = 0.0
    for sign in (1.0, -1.0):
        rise = rise + sign * function(x + sign * step)
    slope = rise / (2.0 * step)
    k = 0
    while k < 3:
        x = x - function(x) / slope
        k = k + 1
    return x


def brentq(
    f: Function,
    a: Scalar,
    b: Scalar,
    args: Any = (),
    xtol: float = 2e-12,
    rtol: float = 8.881784197001252e-16,
    maxiter: int = 100,
    full_output: bool = False,
    disp: bool = True,
) -> Scalar:
    """The root between a and b, by secants and halving (the method of Illinois), then Newton steps."""
    extra = args if isinstance(args, tuple) else (args,)
    low, high = 1.0 * a, 1.0 * b
    below, above = f(low, *extra), f(high, *extra)
    if below * above > 0.0:
        raise ValueError("f(a) and f(b) must have different signs")
    k = 0
    while (np.abs(high - low) > 1e-9 * (1.0 + np.abs(high))) & (below != 0.0) & (above != 0.0) & (k < 200):
        x = high - above * (high - low) / (above - below) if k % 3 < 2 else 0.5 * (low + high)
        value = f(x, *extra)
        if value * above <= 0.0:
            low, below = high, above
        elif k % 3 < 2:
            below = 0.5 * below
        high, above = x, value
        k = k + 1
    return polished(lambda x: f(x, *extra), low if below == 0.0 else high)
