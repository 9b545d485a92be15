"""Fits the polynomials of cpp/include/adfun/special with mpmath; run it to write them again.

    python cpp/fits/special.py

Each is a Chebyshev interpolant at 60 nodes in 60-digit arithmetic, truncated where the rest is below
half a unit in the last place, and printed in Horner form with hexadecimal coefficients.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mpmath import mp, mpf  # type: ignore[import-untyped]

HEADERS = Path(__file__).parents[1] / "include" / "adfun" / "special"
NODES = 60
TINY = mpf(10) ** -20

mp.dps = 60

Function = Callable[[mpf], mpf]


def chebyshev(f: Function, a: mpf, b: mpf) -> list[mpf]:
    """Coefficients of the interpolant on [a, b]."""
    angles = [(2 * k + 1) * mp.pi / (2 * NODES) for k in range(NODES)]
    values = [f((a + b) / 2 + (b - a) / 2 * mp.cos(t)) for t in angles]
    sums = [sum(v * mp.cos(j * t) for v, t in zip(values, angles, strict=True)) for j in range(NODES)]
    return [(1 if j == 0 else 2) * s / NODES for j, s in enumerate(sums)]


def powers(series: list[mpf]) -> list[mpf]:
    """A Chebyshev series in powers of t in [-1, 1]."""
    total = [mpf(0)] * len(series)
    before, now = [mpf(1)], [mpf(0), mpf(1)]
    for coefficient in series:
        for i, c in enumerate(before):
            total[i] += coefficient * c
        after = [mpf(0)] + [2 * c for c in now]
        for i, c in enumerate(before):
            after[i] -= c
        before, now = now, after
    return total


def shifted(p: list[mpf], c: mpf) -> list[mpf]:
    """The polynomial p(x - c) in powers of x."""
    p = list(p)
    for i in range(len(p)):
        for j in range(len(p) - 2, i - 1, -1):
            p[j] -= c * p[j + 1]
    return p


def fit(f: Function, a: mpf | float, b: mpf | float, degree: int, centred: bool) -> list[mpf]:
    """Powers of x - (a + b) / 2, or of x itself."""
    a, b = mpf(a), mpf(b)
    p = [c / ((b - a) / 2) ** k for k, c in enumerate(powers(chebyshev(f, a, b)[: degree + 1]))]
    return p if centred else shifted(p, (a + b) / 2)


def horner(name: str, comment: str, p: list[mpf]) -> str:
    """A C++ function that evaluates the polynomial."""
    terms = [float(c).hex() for c in reversed(p)]
    lines = [f"/* {comment} */", f"template <class V> ADFUN_INLINE V adfun_{name}(V t) {{"]
    lines.append(f"  V r = V{{}} + {terms[0]};")
    lines += [f"  r = r * t + {c};" for c in terms[1:]]
    return "\n".join([*lines, "  return r;", "}"]).replace("+ -", "- ") + "\n"


def table(name: str, comment: str, values: list[mpf]) -> str:
    """A C++ array of the nearest doubles."""
    texts = [float(v).hex() for v in values]
    rows = [", ".join(texts[k : k + 4]) for k in range(0, len(texts), 4)]
    body = ",\n".join(f"    {row}" for row in rows)
    return f"/* {comment} */\nstatic const double adfun_{name}[{len(values)}] = {{\n{body}}};\n"


def header(what: str, parts: list[str]) -> str:
    """The text of one header of polynomials."""
    head = f"/* Polynomials of {what}.  Made by cpp/fits/special.py. */\n#pragma once\n"
    return head + '#include "adfun/special/lanes.h"\n\n' + "\n".join(parts)


def root_of(w: mpf) -> mpf:
    """1 / sqrt(w), the argument of an asymptotic series in w."""
    return 1 / mp.sqrt(w)


# -- gamma function ---------------------------------------------------------------------------

NEAR = (mpf("1.25") + TINY, mpf("2.25") + TINY)
FAR = 1 / mpf("4.25") ** 2
DIGAMMA_ROOT = mp.findroot(mp.digamma, mpf("1.4616"))


def stirling_rest(w: mpf) -> mpf:
    x = root_of(w)
    return (mp.loggamma(x) - ((x - 0.5) * mp.log(x) - x + mp.log(2 * mp.pi) / 2)) * x


def digamma_rest(w: mpf) -> mpf:
    x = root_of(w)
    return (mp.log(x) - mp.digamma(x) - 1 / (2 * x)) * x**2


def trigamma_rest(w: mpf) -> mpf:
    x = root_of(w)
    return (mp.psi(1, x) - 1 / x - 1 / (2 * x**2)) * x**3


WHOLE = 256
"""Whole numbers up to this one, as counts are, have their lgamma in a table."""


def sine_ratio(w: mpf) -> mpf:
    return mp.sin(mp.pi * mp.sqrt(w)) / mp.sqrt(w)


def gamma_family() -> str:
    """lgamma, digamma and trigamma on [1.25, 2.25] and beyond 4.25."""
    y = "t = y - 1.75, y in [1.25, 2.25]"
    far = "t = 1 / x^2, x >= 4.25"
    ratio = fit(lambda y: mp.loggamma(y) / ((y - 1) * (y - 2)), *NEAR, 19, True)
    slope = fit(lambda y: mp.digamma(y) / (y - DIGAMMA_ROOT), *NEAR, 20, True)
    second = fit(lambda y: mp.psi(1, y), *NEAR, 22, True)
    rest = fit(stirling_rest, mpf(10) ** -18, FAR, 7, False)
    return header(
        "lgamma, digamma and trigamma",
        [
            horner("lgamma_near", f"lgamma(y) / ((y - 1) (y - 2)), {y}", ratio),
            horner("lgamma_far", f"x (lgamma(x) - Stirling's leading terms), {far}", rest),
            horner("digamma_near", f"digamma(y) / (y - root), {y}", slope),
            horner(
                "digamma_far",
                f"x^2 (log x - 1 / 2x - digamma(x)), {far}",
                fit(digamma_rest, TINY * 100, FAR, 9, False),
            ),
            horner("trigamma_near", f"trigamma(y), {y}", second),
            horner(
                "trigamma_far",
                f"x^3 (trigamma(x) - 1 / x - 1 / 2x^2), {far}",
                fit(trigamma_rest, TINY * 10000, FAR, 10, False),
            ),
            horner("sinpi", "sin(pi r) / r, t = r^2, |r| <= 1/2", fit(sine_ratio, TINY, 0.25, 9, False)),
            table("lgamma_whole", "lgamma(1), lgamma(2) ...", [mp.loggamma(n) for n in range(1, WHOLE + 1)]),
        ],
    )


# -- error function and normal quantiles ------------------------------------------------------

CENTRE = mpf("3.75")


def scaled_erfc(x: mpf) -> mpf:
    if x < 1000:
        return mp.exp(x * x) * mp.erfc(x)
    return sum((-1) ** k * mp.fac2(2 * k - 1) / (2 * x * x) ** k for k in range(9)) / (x * mp.sqrt(mp.pi))


def erfcx_ratio(t: mpf) -> mpf:
    if 1 - t < mpf(10) ** -30:
        return 1 / mp.sqrt(mp.pi)
    x = CENTRE * (1 + t) / (1 - t)
    return (x + CENTRE) * scaled_erfc(x)


def erf_ratio(w: mpf) -> mpf:
    return mp.erf(mp.sqrt(w)) / mp.sqrt(w)


def error_family() -> str:
    """erf near zero; erfcx for x >= 0 (Shepherd and Laframboise 1981)."""
    tail = fit(erfcx_ratio, -1, 1, 24, True)
    return header(
        "erf and erfcx",
        [
            horner("erf_near", "erf(x) / x, t = x^2, |x| <= 3/4", fit(erf_ratio, TINY, 0.5625, 11, False)),
            horner("erfcx_ratio", "(x + 3.75) erfcx(x), t = (x - 3.75) / (x + 3.75), x >= 0", tail),
        ],
    )


def normal_quantile(p: mpf) -> mpf:
    """x with ndtr(x) = p for p < 1/2, by Newton's method on log ndtr."""
    x = -mp.sqrt(-2 * mp.log(p))
    for _ in range(60):
        u = -x / mp.sqrt(2)
        scaled = scaled_erfc(u) / 2
        step = (mp.log(scaled) - x * x / 2 - mp.log(p)) * scaled * mp.sqrt(2 * mp.pi)
        x -= step
        if abs(step) < mpf(10) ** -45 * max(1, abs(x)):
            break
    return x


def central_quantile(w: mpf) -> mpf:
    q = mp.sqrt(w)
    return mp.sqrt(2) * mp.erfinv(2 * q) / q


def tail_quantile(shift: int) -> Function:
    """-(x + r) in v = 1 / (r + shift), where r = sqrt(-2 log p)."""

    def value(v: mpf) -> mpf:
        r = 1 / v - shift
        return -(r + normal_quantile(mp.exp(-r * r / 2)))

    return value


def quantile_family() -> str:
    """ndtri: odd in p - 1/2 near one half, a correction of -sqrt(-2 log p) in the tails."""
    parts = [
        horner(
            "ndtri_near_fit", "ndtri(p) / q, q = p - 1/2, t = q^2, |q| <= 0.35",
            fit(central_quantile, TINY, mpf("0.1225"), 19, False),
        )
    ]  # fmt: skip
    for name, low, high, shift, degree in (
        ("ndtri_tail_fit", mp.sqrt(-2 * mp.log(mpf("0.15"))), mpf(8), 3, 18),
        ("ndtri_far_fit", mpf(8), mpf(39), 12, 19),
    ):
        a, b = 1 / (high + shift), 1 / (low + shift)
        middle = mpf(float((a + b) / 2))
        width = min(b - middle, middle - a) + abs(a + b - 2 * middle)
        p = fit(tail_quantile(shift), middle - width, middle + width, degree, True)
        what = f"-(x + r), r = sqrt(-2 log p), t = 1 / (r + {shift}) - {float(middle).hex()}"
        parts.append(horner(name, what, p))
    return header("the normal quantile", parts)


# -- modified Bessel functions ----------------------------------------------------------------


def bessel_far(order: int) -> Function:
    """sqrt(x) exp(-x) I(x) in t = 16 / x - 1, x >= 8."""

    def value(t: mpf) -> mpf:
        if 1 + t < mpf(10) ** -8:
            return 1 / mp.sqrt(2 * mp.pi)
        x = 16 / (1 + t)
        return mp.sqrt(x) * mp.exp(-x) * mp.besseli(order, x)

    return value


def bessel_near(order: int) -> list[mpf]:
    """Powers of y = x^2 / 4 of I0(x), or of I1(x) / (x / 2): the power series."""
    return [1 / (mp.factorial(k) * mp.factorial(k + order)) for k in range(26)]


def bessel_family() -> str:
    """I0 and I1: the power series up to 8 (DLMF 10.25.2), a fit beyond."""
    near, far = "t = x^2 / 4, |x| <= 8", "t = 16 / x - 1, x >= 8"
    parts = []
    for order, ratio in ((0, ""), (1, " / (x / 2)")):
        parts.append(horner(f"i{order}_near", f"I{order}(x){ratio}, {near}", bessel_near(order)))
        fitted = fit(bessel_far(order), -1, 1, 26, True)
        parts.append(horner(f"i{order}_far", f"sqrt(x) exp(-x) I{order}(x), {far}", fitted))
    return header("the modified Bessel functions I0 and I1", parts)


FAMILIES: dict[str, Callable[[], str]] = {
    "gamma_polynomials.h": gamma_family,
    "error_polynomials.h": error_family,
    "quantile_polynomials.h": quantile_family,
    "bessel_polynomials.h": bessel_family,
}

if __name__ == "__main__":
    for name, family in FAMILIES.items():
        (HEADERS / name).write_text(family())
