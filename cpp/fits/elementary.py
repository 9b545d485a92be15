"""Prints the polynomials of adfun/lanemath.h and adfun/lanerare.h: near-minimax fits of smooth quotients.

usage: python elementary.py       (needs mpmath)
"""

from __future__ import annotations

from collections.abc import Callable

import mpmath as mp  # type: ignore[import-untyped]

mp.mp.dps = 60
SLACK = mp.mpf("1.0001")
"""How much wider than needed the intervals are: reduced arguments are rounded."""

Function = Callable[[mp.mpf], mp.mpf]


def smooth(quotient: Function, at_zero: Function) -> Function:
    """A quotient that is 0 / 0 at zero, by the first terms of its series there."""
    return lambda x: quotient(x) if abs(x) > mp.mpf(10) ** -12 else at_zero(x)


def show(name: str, function: Function, low: mp.mpf, high: mp.mpf, terms: int) -> None:
    """Print a fit's coefficients, the constant first, and its largest error."""
    coefficients, error = mp.chebyfit(function, [low, high], terms, error=True)
    print(f"{name}: {terms} terms on [{mp.nstr(low, 5)}, {mp.nstr(high, 5)}], error {mp.nstr(error, 3)}")
    for coefficient in reversed(coefficients):
        print(f"    {float(coefficient).hex()}")


def split(name: str, value: mp.mpf, bits: int) -> None:
    """Print a constant as a part of so many bits and the rest."""
    unit = mp.mpf(2) ** (int(mp.floor(mp.log(value, 2))) - bits + 1)
    high = mp.floor(value / unit) * unit
    print(f"{name}: {float(high).hex()} + {float(value - high).hex()}")


def odd(f: Function) -> Function:
    """(f(r) - r) / r^3 as a function of r^2."""
    return lambda z: (f(mp.sqrt(z)) - mp.sqrt(z)) / mp.sqrt(z) ** 3


def main() -> None:
    half_log2 = mp.log(2) / 2 * SLACK
    show(
        "exp: (e^r - 1 - r) / r^2",
        smooth(lambda r: (mp.exp(r) - 1 - r) / r**2, lambda r: mp.mpf(1) / 2 + r / 6),
        -half_log2, half_log2, 10,
    )  # fmt: skip
    show(
        "log: (log(1 + f) - f + f^2 / 2) / f^3",
        smooth(lambda f: (mp.log(1 + f) - f + f * f / 2) / f**3, lambda f: mp.mpf(1) / 3 - f / 4),
        (mp.sqrt(mp.mpf(1) / 2) - 1) * SLACK, (mp.sqrt(2) - 1) * SLACK, 19,
    )  # fmt: skip
    quarter = (mp.pi / 4 * SLACK) ** 2
    show(
        "sin: (sin r - r) / r^3, in r^2",
        smooth(odd(mp.sin), lambda z: -mp.mpf(1) / 6 + z / 120),
        mp.mpf(0), quarter, 6,
    )  # fmt: skip
    show(
        "cos: (cos r - 1 + r^2 / 2) / r^4, in r^2",
        smooth(lambda z: (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2, lambda z: mp.mpf(1) / 24 - z / 720),
        mp.mpf(0), quarter, 6,
    )  # fmt: skip
    show(
        "atan: (atan t - t) / t^3, in t^2",
        smooth(odd(mp.atan), lambda z: -mp.mpf(1) / 3 + z / 5),
        mp.mpf(0), (mp.sqrt(2) - 1) ** 2 * SLACK, 11,
    )  # fmt: skip
    split("log 2", mp.log(2), 42)
    split("pi / 2", mp.pi / 2, 33)
    split("log10 2", mp.log10(2), 43)


main()
