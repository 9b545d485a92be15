"""The C++ of cpp/include/adfun/special against mpmath on dense grids, as scalars and in lanes, and against
SciPy at the borders."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.special
from mpmath import mp, mpf
from numpy.typing import NDArray

HEADERS = Path(__file__).parents[2] / "cpp" / "include"
VECTOR = "lgamma digamma trigamma erf erfc erfcx ndtr log_ndtr".split()
SCALAR = "gamma ndtri erfinv erfcinv i0 i1 i0e i1e".split()
ORDERED_VECTOR = ["ierfcx"]
ORDERED = "polygamma bessel_i bessel_ie".split() + ORDERED_VECTOR
FAMILY = dict.fromkeys(("ndtri", "erfinv", "erfcinv"), "normal_quantile") | dict.fromkeys(
    ("i0", "i1", "i0e", "i1e", "bessel_i", "bessel_ie"), "bessel_family"
)
RNG = np.random.default_rng(17)
Grid = NDArray[np.float64]
Function = Callable[..., Grid]


def source(lanes: bool) -> str:
    """One exported loop for every function."""
    lines = ['#include "adfun/lanemath.h"'] if lanes else []
    lines += sorted({f'#include "adfun/special/{FAMILY.get(n, n)}.h"' for n in VECTOR + SCALAR + ORDERED})
    export = 'extern "C" __attribute__((visibility("default"))) void'
    rest = "for (; i < n; i++) y[i] ="
    for name in VECTOR + SCALAR:
        many = f"for (; i + ADFUN_W <= n; i += ADFUN_W) adfun_store(y + i, adfun_{name}(adfun_load(x + i)));"
        head = f"{export} run_{name}(const double *x, double *y, long n)"
        lines.append(
            f"{head} {{ long i = 0; {many if lanes and name in VECTOR else ''} {rest} adfun_{name}(x[i]); }}"
        )
    for name in ORDERED:
        head = f"{export} run_{name}(double k, const double *x, double *y, long n)"
        many = f"adfun_store(y + i, adfun_{name}(k - adfun_v{{}}, adfun_load(x + i)));"
        many = f"for (; i + ADFUN_W <= n; i += ADFUN_W) {many}" if lanes and name in ORDERED_VECTOR else ""
        lines.append(f"{head} {{ long i = 0; {many} {rest} adfun_{name}(k, x[i]); }}")
    return "\n".join(lines)


def build(compiler: str, target: str, lanes: bool, folder: Path) -> ctypes.CDLL:
    text, library = folder / "special.cpp", folder / "special.so"
    text.write_text(source(lanes))
    flags = f"-std=c++17 -O2 -fPIC -shared -fno-math-errno -fno-trapping-math -Wno-psabi {target}".split()
    subprocess.run([compiler, *flags, f"-I{HEADERS}", str(text), "-o", str(library), "-lm"], check=True)
    return ctypes.CDLL(str(library))


@pytest.fixture(
    scope="module", params=["g++", "g++ lanes", "g++ -march=native lanes", "clang++ -mavx2 lanes"]
)
def call(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Function]:
    """call(name, x, [order]) -> array"""
    compiler, *options = request.param.split()
    if shutil.which(compiler) is None:
        pytest.skip(f"no {compiler}")
    target = next((o for o in options if o.startswith("-m")), "")
    loaded = build(compiler, target, "lanes" in options, tmp_path_factory.mktemp("special"))

    def run(name: str, x: Any, *order: float) -> Grid:
        given = np.ascontiguousarray(x, float)
        result = np.empty_like(given)
        pointers = [a.ctypes.data_as(ctypes.c_void_p) for a in (given, result)]
        getattr(loaded, f"run_{name}")(*map(ctypes.c_double, order), *pointers, ctypes.c_long(given.size))
        return result

    yield run


def logs(low: float, high: float, n: int = 60) -> Grid:
    return np.exp(RNG.uniform(np.log(low), np.log(high), n))


def some(low: float, high: float, n: int = 80) -> Grid:
    return RNG.uniform(low, high, n)


def scaled_erfc(x: Any) -> Any:
    if x < 12:
        with mp.workdps(120):
            return mp.exp(x * x) * mp.erfc(x)
    rest = mpf(0)
    for k in range(200, 0, -1):  # DLMF 7.9.1
        rest = mpf(k) / 2 / (x + rest)
    return 1 / (x + rest) / mp.sqrt(mp.pi)


def log_normal(x: Any) -> Any:
    if x > 0:
        return mp.log1p(-mp.erfc(x / mp.sqrt(2)) / 2)
    return mp.log(scaled_erfc(-x / mp.sqrt(2)) / 2) - x * x / 2


def quantile(p: Any) -> Any:
    """Newton's method on log ndtr, from the side where it converges."""
    if p > 0.5:
        return -quantile(1 - p)
    if p > 0.05:
        return mp.sqrt(2) * mp.erfinv(2 * p - 1)
    x = -mp.sqrt(-2 * mp.log(p))
    for _ in range(30):
        scaled = scaled_erfc(-x / mp.sqrt(2)) / 2
        x -= (log_normal(x) - mp.log(p)) * scaled * mp.sqrt(2 * mp.pi)
    return x


def repeated_integral(n: float, x: Any) -> Any:
    with mp.workdps(140):
        before, now = 2 / mp.sqrt(mp.pi), mp.exp(x * x) * mp.erfc(x)
        for k in range(1, int(n) + 1):
            before, now = now, (before - 2 * x * now) / (2 * k)
        return now


AROUND = np.concatenate([c + s * 10.0 ** -np.arange(1, 15) for c in (1.0, 2.0) for s in (1.0, -1.0)])
BORDERS = np.array([b for x in (0.25, 1.25, 2.25, 3.25, 4.25) for b in (np.nextafter(x, 0), x)])
POSITIVE = np.concatenate([some(0, 6, 300), some(0, 40), logs(1e-300, 1e300), AROUND, BORDERS, [1.0, 2.0]])
ROOT = 1.4616321449683623 + some(-1e-4, 1e-4, 40)

GRIDS: dict[str, tuple[Grid, Callable[[Any], Any]]] = {
    "lgamma": (POSITIVE, mp.loggamma),
    "digamma": (np.concatenate([POSITIVE, ROOT]), mp.digamma),
    "trigamma": (POSITIVE[POSITIVE > 1e-150], lambda x: mp.psi(1, x)),
    "gamma": (np.concatenate([some(0, 171), some(0, 3), np.arange(1.0, 30.0), -some(0, 160)]), mp.gamma),
    "erf": (np.concatenate([some(-6, 6), logs(1e-300, 1)]), mp.erf),
    "erfc": (np.concatenate([some(-6, 26.5), some(-1, 1)]), mp.erfc),
    "erfcx": (np.concatenate([some(-26, 30), some(-1, 1), logs(1, 1e300)]), scaled_erfc),
    "ndtr": (np.concatenate([some(-37.5, 8), some(-1, 1)]), lambda x: mp.erfc(-x / mp.sqrt(2)) / 2),
    "log_ndtr": (np.concatenate([some(-50, 37), some(-3, 3), -logs(1, 1e150)]), log_normal),
    "ndtri": (np.concatenate([some(0, 1), logs(1e-320, 1), 1 - logs(1e-16, 0.1)]), quantile),
    "erfinv": (np.concatenate([some(-1, 1), logs(1e-300, 1)]), mp.erfinv),
    "erfcinv": (np.concatenate([some(0.01, 1.9), logs(1e-300, 1)]), lambda y: -quantile(y / 2) / mp.sqrt(2)),
    "i0": (np.concatenate([some(-700, 700), some(-12, 12)]), lambda x: mp.besseli(0, x)),
    "i1": (np.concatenate([some(-700, 700), some(-12, 12), logs(1e-200, 1)]), lambda x: mp.besseli(1, x)),
    "i0e": (np.concatenate([some(-12, 12), logs(1, 1e8)]), lambda x: mp.exp(-abs(x)) * mp.besseli(0, x)),
    "i1e": (np.concatenate([some(-12, 12), logs(1, 1e8)]), lambda x: mp.exp(-abs(x)) * mp.besseli(1, x)),
}
ORDERED_GRIDS: dict[str, tuple[tuple[float, ...], Grid, Callable[[float, Any], Any]]] = {
    "polygamma": (
        (1, 2, 3, 5),
        np.concatenate([some(0, 30), logs(1e-20, 1e6)]),
        lambda n, x: mp.psi(int(n), x),
    ),
    "ierfcx": ((1, 2, 3), np.concatenate([some(-8, 8), logs(0.01, 30)]), repeated_integral),
    "bessel_i": ((2, 3, 7), np.concatenate([some(-90, 90), logs(0.001, 600)]), lambda n, x: mp.besseli(n, x)),
    "bessel_ie": (
        (2, 3, 7),
        np.concatenate([some(-90, 90), logs(0.001, 3000)]),
        lambda n, x: mp.exp(-abs(x)) * mp.besseli(n, x),
    ),
}


@cache
def exact(name: str, order: float | None = None) -> list[Any]:
    """mpmath's values on the grid of a function."""
    with mp.workdps(50):
        if order is None:
            x, function = GRIDS[name]
            return [mp.re(function(mpf(float(v)))) for v in x]
        _, x, ordered = ORDERED_GRIDS[name]
        return [mp.re(ordered(order, mpf(float(v)))) for v in x]


def errors(found: Grid, wanted: list[Any]) -> Grid:
    """Relative differences."""
    pairs = zip(found, wanted, strict=True)
    return np.array([float(abs((mpf(float(a)) - b) / b)) if b else abs(a) for a, b in pairs])


@pytest.mark.parametrize("name", VECTOR + SCALAR)
def test_accuracy(call: Function, name: str) -> None:
    x = GRIDS[name][0]
    found = errors(call(name, x), exact(name))
    assert found.max() < 2e-15, x[found.argmax()]
    assert np.median(found) < 3e-16


def test_bessel_functions_of_any_order(call: Function) -> None:
    x = np.concatenate([some(0, 90, 40), logs(0.001, 600, 30)])
    for n in (0.3, 1.5, 6.25):
        found = call("bessel_ie", x, n)
        with mp.workdps(40):
            wanted = [mp.exp(-mpf(float(v))) * mp.besseli(n, mpf(float(v))) for v in x]
        assert errors(found, wanted).max() < 1e-14


@pytest.mark.parametrize("name", ORDERED)
def test_accuracy_of_orders(call: Function, name: str) -> None:
    orders, x, _ = ORDERED_GRIDS[name]
    for n in orders:
        found = errors(call(name, x, n), exact(name, n))
        assert found.max() < 1e-14, (n, x[found.argmax()])


def test_far_out_one_lane_does_not_change_another(call: Function) -> None:
    x = np.array([0.5, np.nan, 3.0, np.inf, 1e200, 1.0, 9.0, 0.25])
    for n, last in ((1, 0.5 / 1e200 * (0.5641895835477563 / 1e200)), (3, 0.0)):
        found = call("ierfcx", x, n)
        assert np.isnan(found[1]) and found[3] == 0.0 and found[4] == last
        for k in (0, 2, 5, 6, 7):
            assert found[k] == pytest.approx(float(repeated_integral(n, mpf(float(x[k])))), rel=1e-13)


LEFT = -some(0, 50, 200)


@cache
def exact_left(name: str) -> Grid:
    with mp.workdps(50):
        return np.array([float(mp.re(GRIDS[name][1](mpf(float(v))))) for v in LEFT])


@pytest.mark.parametrize("name", ["lgamma", "digamma", "trigamma"])
def test_left_of_zero(call: Function, name: str) -> None:
    """Reflection keeps absolute accuracy; relative accuracy ends at the zeros."""
    np.testing.assert_allclose(call(name, LEFT), exact_left(name), rtol=3e-15, atol=3e-15)


EDGES = np.array(
    [-np.inf, -1e308, -171.5, -2.0, -1.0, -0.5, -1e-300, -0.0, 0.0, 1e-300, 1.0, 2.0, 1e308, np.inf, np.nan]
)
SCIPY = {"lgamma": "gammaln"}


@pytest.mark.parametrize("name", [n for n in VECTOR + SCALAR if n != "trigamma"])
def test_borders_as_in_scipy(call: Function, name: str) -> None:
    with np.errstate(all="ignore"):
        wanted = getattr(scipy.special, SCIPY.get(name, name))(EDGES)
    np.testing.assert_allclose(call(name, EDGES), wanted, rtol=1e-13, atol=1e-309)


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_polygamma_at_the_borders_as_in_scipy(call: Function, order: int) -> None:
    wanted = scipy.special.digamma(EDGES) if order == 0 else scipy.special.polygamma(order, EDGES)
    np.testing.assert_allclose(call("polygamma", EDGES, order), wanted, rtol=1e-13, atol=1e-15)


def test_lgamma_of_counts_does_not_depend_on_the_neighbours(call: Function) -> None:
    """Whole numbers are looked up, one by one."""
    whole = np.arange(1.0, 300.0)
    with mp.workdps(50):
        exact = np.array([float(mp.loggamma(int(n))) for n in whole])
    alone = call("lgamma", whole)
    np.testing.assert_array_equal(alone[:256], exact[:256])
    np.testing.assert_allclose(alone, exact, rtol=4e-16)
    rng = np.random.default_rng(0)
    others = np.concatenate([whole + 0.5, whole + 1e-9, [np.inf, 1e300]])
    for neighbours in (others, np.concatenate([-whole - 0.25, [0.0, np.nan]])):
        mixed = rng.permutation(np.concatenate([whole, neighbours]))
        found = call("lgamma", mixed)
        counts = np.isin(mixed, whole[:256])
        np.testing.assert_array_equal(found[counts], exact[mixed[counts].astype(int) - 1])
    apart = np.array([call("lgamma", np.full(8, x))[0] for x in others])
    mixed = np.concatenate([others, whole])
    order = rng.permutation(mixed.size)
    found = np.empty(mixed.size)
    found[order] = call("lgamma", mixed[order])
    np.testing.assert_array_equal(found[: others.size], apart)


def test_integers_are_exact(call: Function) -> None:
    assert call("lgamma", [1.0, 2.0]).tolist() == [0.0, 0.0]
    assert call("gamma", np.arange(1.0, 19.0)).tolist() == [float(mp.factorial(k)) for k in range(18)]
    assert call("erf", [0.0, -0.0]).tolist() == [0.0, -0.0]
