"""Programs and arguments that try to break the compiler or the C++ it writes.

Each must give what Python gives, or be refused with an error that a user can act on.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.fuzz.layers import built

import adfun
from adfun import ArgumentError, CompileError
from adfun.ir.interpret import run

REFUSED = "refused"
"""Expected instead of a number: CompileError or ArgumentError."""

# -- names that mean something in C++ ---------------------------------------------------------

NAMES = (
    "register NULL double int long char void auto template typename namespace static extern volatile "
    "struct union switch case default new delete_ operator this throw typedef goto inline const "
    "constexpr nullptr true false M_PI errno stdin INFINITY NAN HUGE_VAL EOF main std adfun abi x0 "
    "n0 value fn gr y1 j0 gamma signgam assert_ isnan __func__ __LINE__ __FILE__ _Complex _Bool I "
    "unix linux alignas and_eq xor bitor compl not_eq "
).split()


def test_names_of_locals() -> None:
    lines = [f"    {name} = a * {k + 1}.0" for k, name in enumerate(NAMES)]
    source = "\n".join(["def objective(a):", *lines, f"    return {' + '.join(NAMES)}", ""])
    assert adfun.make_ad_fun(source, {}, {"a": 1.0}).fn() == sum(range(1, len(NAMES) + 1))


def test_names_of_arguments() -> None:
    """As scalars and, every other one, as arrays; half of them data."""
    values: dict[str, Any] = {
        name: np.full(2, k + 1.0) if k % 2 else k + 1.0 for k, name in enumerate(NAMES) if name != "a"
    }
    data = {name: values[name] for name in NAMES[::3]}
    params = {name: value for name, value in values.items() if name not in data}
    terms = " + ".join(f"np.sum({name})" for name in values)
    source = f"import numpy as np\ndef objective({', '.join(values)}):\n    return {terms}\n"
    expected = sum(float(np.sum(value)) for value in values.values())
    assert adfun.make_ad_fun(source, data, params).fn() == expected


@pytest.mark.parametrize("name", ["double", "main", "NULL", "std"])
def test_names_of_functions(name: str) -> None:
    source = f"def {name}(x):\n    return x * x\n\ndef objective(a):\n    return {name}(a) + 1.0\n"
    assert adfun.make_ad_fun(source, {}, {"a": 3.0}).fn() == 10.0


# -- programs of one number -------------------------------------------------------------------


def _of(expression: str) -> str:
    return f"def objective(a):\n    return {expression}\n"


def _body(*lines: str) -> str:
    return "import numpy as np\ndef objective(a):\n" + "".join(f"    {line}\n" for line in lines)


PROGRAMS: list[tuple[str, str, Any]] = [
    ("150 parentheses", _of("(" * 150 + "a" + ")" * 150), 2.0),
    ("250 parentheses", _of("(" * 250 + "a" + ")" * 250), REFUSED),
    ("10000 parentheses", _of("(" * 10000 + "a" + ")" * 10000), REFUSED),
    ("90 calls inside each other", _of("abs(" * 90 + "a" + ")" * 90), 2.0),
    ("90 minus signs", _of("-" * 90 + "a"), 2.0),
    ("100000 minus signs", _of("-" * 100000 + "a"), REFUSED),
    ("100 terms", _of("+".join(["a"] * 100)), 200.0),
    ("90 conditions", _of("".join(f"{k}.0 if a < {k} else " for k in range(90)) + "a"), 3.0),
    ("60 lambdas", _of("(lambda x: " * 60 + "x" + ")(a)" * 60), 2.0),
    (
        "15 loops",
        _body("s = 0.0", *[" " * k + f"for i{k} in range(2):" for k in range(15)], " " * 15 + "s += a"),
        REFUSED,
    ),
    (
        "15 loops that return",
        _body(
            "s = 0.0",
            *[" " * k + f"for i{k} in range(1):" for k in range(15)],
            " " * 15 + "s += a",
            "return s",
        ),
        2.0,
    ),
    (
        "25 loops",
        _body(*[" " * k + f"for i{k} in range(1):" for k in range(25)], " " * 25 + "s = a", "return s"),
        2.0,
    ),
    (
        "unicode names",
        "def objective(a):\n    μ = a\n    σ_ñ = μ * 2\n    变量 = σ_ñ\n    return 变量\n",
        4.0,
    ),
    ("NFKC look-alikes", "def objective(a):\n    ﬁt = a\n    return fit + ﬁt\n", 4.0),
    ("look-alike argument", "def objective(ａ):\n    return a\n", 2.0),
    ("Cyrillic a", _of("а"), REFUSED),
    ("giant integer", _of(f"a + {10**400}"), REFUSED),
    ("integer of 64 bits", _of(f"a + {2**63}"), 2.0 + 2.0**63),
    ("integer of 70 bits", _of(f"a + {2**70}"), 2.0 + 2.0**70),
    ("power of integers", _of("a + 10 ** 300"), 1e300),
    ("10000 digits", _of("a + " + "9" * 10000), REFUSED),
    ("1e400", _of("a + 1e400"), math.inf),
    ("minus 1e400", _of("a - 1e400"), -math.inf),
    ("smallest", _of("a * 5e-324"), 1e-323),
    ("minus zero", _of("a / -1e400"), 0.0),
    ("not a number", _of("a * (1e400 - 1e400)"), math.nan),
    ("NUL byte", "def objective(a):\n    return a\0\n", REFUSED),
    ("NUL in a string", _body('s = "x\\0y"', "return a if len(s) == 3 else 0.0"), 2.0),
    ("end of comment", _body("s = '*/'", "'*/ #error'", "return a  # */"), 2.0),
    ("#error", _body("s = '\\n#error no\\n'", "assert a > 0, s", "return a"), 2.0),
    ("backslash", _body("assert a > 0, 'x\\\\'", "return a  # \\"), 2.0),
    ("quotes", _body("assert a > 0, 'a\"b\\'c??/'", "return a"), 2.0),
    ("raw string ends", _body("assert a > 0, ')\";}'", "return a"), 2.0),
    ("braces", _body("assert a > 0, '{0} {} {x}'", "return a"), 2.0),
    ("percent", _body("assert a > 0, '%s %n'", "return a"), 2.0),
    ("lone surrogate", _body("assert a > 0, '\\ud800'", "return a"), 2.0),
    ("trigraph", _body("s = '??/'", "return a"), 2.0),
    ("empty source", "", REFUSED),
    ("a newline", "\n", REFUSED),
    ("only comments", "# nothing\n# here\n", REFUSED),
    ("only a number", "3\n", REFUSED),
    ("only a class", "class objective:\n    pass\n", REFUSED),
    ("a lambda", "objective = lambda a: a\n", 2.0),
    ("two of one name", "def objective(a):\n    return 1.0\n\ndef objective(a):\n    return a\n", 2.0),
    ("calls itself", _of("objective(a)"), REFUSED),
    (
        "mutual recursion",
        "def g(x):\n    return h(x)\ndef h(x):\n    return g(x)\ndef objective(a):\n    return g(a)\n",
        REFUSED,
    ),
    (
        "known recursion",
        "def g(x, n):\n    return x if n == 0 else g(x, n - 1)\ndef objective(a):\n    return g(a, 30)\n",
        2.0,
    ),
    ("endless list", _body("s = [a]", "s.append(s)", "return s"), REFUSED),
    ("list of itself", _body("s = [a]", "s.append(s)", "return s[1][1][0]"), 2.0),
    ("dict of itself", _body("d = {}", "d['d'] = d", "return a"), 2.0),
    ("True = a", _body("True = a", "return a"), REFUSED),
    ("return outside", "return 3\n", REFUSED),
    ("break outside", _body("break", "return a"), REFUSED),
    ("shadowed np", _body("np = a", "return np"), 2.0),
    ("shadowed built-in", _body("sum = a", "return sum"), 2.0),
    ("shadowed argument", _body("a = a * 2", "return a"), 4.0),
    ("dunder", _of("a.__class__.__bases__"), REFUSED),
    ("eval", _of("eval('a')"), REFUSED),
    ("exec", _body("exec('b = a')", "return b"), REFUSED),
    ("__import__", _of("__import__('os').getpid() + a"), REFUSED),
    ("globals", _of("globals()['a']"), REFUSED),
    ("locals", _of("locals()['a']"), REFUSED),
    ("getattr", _of("getattr(a, 'real')"), None),
    ("walrus", _of("(b := a) + b"), 4.0),
    ("match", _body("match a:", "    case 1:", "        return 0.0", "return a"), None),
    ("chained comparison", _of("a if 1 < a < 3 else 0.0"), 2.0),
    ("is", _of("a if a is not None else 0.0"), 2.0),
    ("not callable", _of("a(3)"), REFUSED),
    ("ellipsis", _of("..."), REFUSED),
    ("bytes", _of("b'abc'"), REFUSED),
    ("a tuple", _of("a, a"), REFUSED),
    ("a truth value", _of("a > 1"), 1.0),
    ("None", _of("None"), REFUSED),
    ("the function", _of("objective"), REFUSED),
    ("a module", _body("return np"), REFUSED),
    ("ten million zeros", _body("return a + np.zeros(10_000_000)[5]"), 2.0),
    ("negative size", _body("return a + np.sum(np.zeros(-1))"), REFUSED),
    ("10 ** 400", _of("10 ** 400"), REFUSED),
    ("deep sum", _of("+".join(["a"] * 3000)), None),
    ("shift by much", _of("a + (1 << 5000)"), REFUSED),
    ("tabs", "def objective(a):\n\treturn a\n", 2.0),
    ("CRLF", "def objective(a):\r\n    return a\r\n", 2.0),
    ("form feed", "\f\ndef objective(a):\n    return a\n", 2.0),
    ("exec by its module", "import builtins\n" + _of("builtins.exec('import sys; sys.canary = 1')"), REFUSED),
    ("exec by NumPy", _body("np.testing.runstring('import sys; sys.canary = 1', {})", "return a"), REFUSED),
    ("a file", _body("np.lib.format.open_memmap('canary', mode='w+', shape=(3,))", "return a"), REFUSED),
    ("a file by a method", _body("np.arange(3.0).tofile('canary')", "return a"), REFUSED),
    ("settings of NumPy", _body("np.setbufsize(32)", "return a"), REFUSED),
    ("how NumPy prints", _body("np.set_printoptions(precision=1)", "return a"), 2.0),
    (
        "foreign memory",
        _body("return np.lib.stride_tricks.as_strided(np.arange(3.0), (9,), (10**12,))[8]"),
        REFUSED,
    ),
    ("random numbers of SciPy", "import scipy.stats\n" + _of("a * scipy.stats.norm.rvs()"), REFUSED),
    ("hidden members", _body("return a if np.sum.__class__() else 0.0"), REFUSED),
    ("endless iterator", "import itertools\n" + _of("sum(itertools.count(), a)"), REFUSED),
    ("a long list", _of("a + len([0] * 10**12)"), REFUSED),
    ("a long text", _of("a + len('a' * 10**10)"), REFUSED),
    ("a long range", _of("a + len(list(range(10**12)))"), REFUSED),
    ("a power of powers", _of("a + 9**9**9 % 7"), REFUSED),
    ("a large factorial", "import math\n" + _of("a + math.factorial(10**8) % 7"), REFUSED),
    ("too few arguments", _of("a + divmod(7)"), REFUSED),
    ("a list of a matrix's items", _body("x = [1.0, 2.0]", "x.index(a, 1, 2, 3)", "return a"), REFUSED),
    ("a view is written to", _body("x = np.arange(3.0)", "z = x[1:]", "z[0] = 7", "return x[1] * a"), 14.0),
    ("two names of an array", _body("x = np.arange(3.0)", "z = x", "x += 1", "return z[1] * a"), 4.0),
    (
        "a reshaped array",
        _body("x = np.arange(3.0)", "z = x.reshape(3, 1)", "x[1] = a", "return z[1, 0]"),
        2.0,
    ),
    (
        "a reversed view",
        _body(
            "x = np.arange(6.0).reshape(2, 3)", "z = x.T", "y = x[:, ::-1]", "y[0, 0] = a", "return z[2, 0]"
        ),
        2.0,
    ),
    ("an array in a tuple", _body("x = np.arange(3.0)", "t = x, 1", "x[1] = a * a", "return t[0][1]"), 4.0),
    ("sorted in place", _body("x = np.array([3.0, 1.0, 2.0])", "x.sort()", "return x[0] * a"), 2.0),
    ("filled in place", _body("x = np.arange(3.0)", "x.fill(4.0)", "return x[0] * a"), 8.0),
    ("put in place", _body("x = np.arange(3.0)", "np.put(x, [0], [4.0])", "return x[0] * a"), 8.0),
    (
        "a diagonal",
        _body("x = np.arange(4.0).reshape(2, 2)", "np.fill_diagonal(x, 4)", "return x[0, 0] * a"),
        8.0,
    ),
    ("no name's array", _body("np.arange(3.0)[0] = a", "return a"), REFUSED),
    ("byte order mark", "\ufeffdef objective(a):\n    return a\n", REFUSED),
]


@pytest.mark.parametrize(("source", "expected"), [pytest.param(*row[1:], id=row[0]) for row in PROGRAMS])
def test_program(source: str, expected: float | str | None) -> None:
    """`None` as the expected value: what Python gives, or refused."""
    try:
        value = adfun.make_ad_fun(source, {}, {"a": 2.0}).fn()
    except (CompileError, ArgumentError) as error:
        assert expected in (REFUSED, None), error
        assert str(error)
        return
    assert expected != REFUSED, value
    if expected is None:
        names: dict[str, Any] = {}
        try:
            exec(source, names)
        except RecursionError:  # Python 3.10 itself does not get as far as this
            return
        expected = float(names["objective"](2.0))
    assert value == pytest.approx(expected, rel=1e-15, nan_ok=True)


# -- arguments --------------------------------------------------------------------------------


class Unreadable:
    """An array-like that raises an error of its own."""

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("hostile")


SUM = "import numpy as np\ndef objective(p, d):\n    return np.sum(p) + np.sum(d)\n"
ITEM = "def objective(p, d):\n    return p * d[{key}]\n"

ARGUMENTS: list[tuple[str, str, Any, Any, Any]] = [
    ("nan", SUM, np.array([1.0, math.nan]), 1.0, math.nan),
    ("inf", SUM, np.array([1.0, math.inf]), 1.0, math.inf),
    ("empty data", SUM, np.zeros(0), 1.0, 1.0),
    ("empty matrix", SUM, np.zeros((3, 0)), 1.0, 1.0),
    ("empty list", SUM, [], 1.0, 1.0),
    ("long and empty", SUM, np.zeros((0, 10**9)), np.zeros((10**9, 0, 10**9)), 0.0),
    ("an array that cannot be read", SUM, Unreadable(), 1.0, REFUSED),
    ("empty parameter", SUM, 1.0, np.zeros(0), 1.0),
    ("bool parameter", SUM, 1.0, True, REFUSED),
    ("bool parameters", SUM, 1.0, np.array([True, True]), REFUSED),
    ("integer parameters", SUM, 1.0, np.array([1, 2]), 4.0),
    ("7 axes", SUM, np.ones((1,) * 7), 1.0, REFUSED),
    ("6 axes", SUM, np.ones((1, 2, 1, 1, 2, 1)), 1.0, 5.0),
    ("0 axes", SUM, np.array(3.0), np.array(1.0), 4.0),
    ("float16", SUM, np.ones(2, np.float16), 1.0, 3.0),
    ("longdouble", SUM, np.ones(2, np.longdouble), 1.0, 3.0),
    ("uint64", SUM, np.array([1, 2], np.uint64), 1.0, 4.0),
    ("big uint64", SUM, np.array([2**64 - 1], np.uint64), 1.0, None),
    ("big endian", SUM, np.array([1.0, 2.0], ">f8"), 1.0, 4.0),
    ("negative stride", SUM, np.arange(3.0)[::-1], 1.0, 4.0),
    ("Fortran order", SUM, np.ones((2, 3), order="F"), np.ones((2, 2), order="F"), 10.0),
    ("broadcast view", SUM, np.broadcast_to(1.0, (2, 2)), 1.0, 5.0),
    ("read only", SUM, np.frombuffer(bytes(16)), 1.0, 1.0),
    ("integer keys", ITEM.format(key="3"), {3: 2.0}, 1.0, 2.0),
    ("tuple keys", ITEM.format(key="(1, 2)"), {(1, 2): 2.0}, 1.0, None),
    ("hostile key", ITEM.format(key="'*/ #error'"), {"*/ #error": 2.0}, 1.0, 2.0),
    ("newline in a key", ITEM.format(key="'a\\n#error\\n'"), {"a\n#error\n": 2.0}, 1.0, 2.0),
    ("empty key", ITEM.format(key="''"), {"": 2.0}, 1.0, 2.0),
    ("keys that look alike", ITEM.format(key="'a'"), {"a": 2.0, "a ": 5.0, "A": 7.0}, 1.0, 2.0),
    ("empty dict", ITEM.format(key="'a'"), {}, 1.0, REFUSED),
    ("empty dict of parameters", "def objective(p, d):\n    return d\n", 1.0, {}, 1.0),
    ("mixed list", ITEM.format(key="0"), [2.0, "a", None], 1.0, 2.0),
    ("None", SUM, None, 1.0, REFUSED),
    ("text", SUM, "abc", 1.0, REFUSED),
    ("huge integer", SUM, 10**30, 1.0, None),
    ("structured", SUM, np.zeros(2, dtype=[("a", float)]), 1.0, REFUSED),
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    ("source", "data", "start", "expected"), [pytest.param(*row[1:], id=row[0]) for row in ARGUMENTS]
)
def test_arguments(source: str, data: Any, start: Any, expected: float | str | None) -> None:
    """`None` as the expected value: what Python gives, or refused."""
    try:
        obj = adfun.make_ad_fun(source, {"d": data}, {"p": start})
    except (CompileError, ArgumentError) as error:
        assert expected in (REFUSED, None), error
        assert str(error)
        return
    if expected is None:
        expected = float(np.sum(data) + 1.0) if source is SUM else 2.0
    assert expected != REFUSED, obj.fn()
    assert obj.fn() == pytest.approx(expected, nan_ok=True)
    assert obj.gr().shape == obj.par.shape


def test_integer_beyond_64_bits() -> None:
    """Known integers are exact; one that does not fit where it meets a run-time integer is refused."""
    source = "def objective(p, d):\n    return p * ((d + 2**70) - 2**70)\n"
    for d in (2, -3):
        assert adfun.make_ad_fun(source, {"d": d}, {"p": 1.0}).fn() == d
    counting = (
        "def objective(p, d):\n    k = 0\n    while k < p:\n        k += d\n    return p * (k + 2**70)\n"
    )
    with pytest.raises(CompileError, match="does not fit into 64 bits"):
        adfun.make_ad_fun(counting, {"d": 2}, {"p": 1.0})
    source = "def objective(p, d):\n    return p * 2**70 + d / 2**70 if -(2**70) < d < 2**64 else p\n"
    assert adfun.make_ad_fun(source, {"d": 2}, {"p": 1.0}).fn() == 2.0**70


@pytest.mark.parametrize(
    "body",
    [
        "f *= i", "f = f * 2 + i", "f = 3**i", "f = i**3 * i**4 * i**8", "f = 1 << i",
        "f = i * 1000 + (2**63 - 41000)",
    ],
)  # fmt: skip
def test_integer_that_grows_beyond_64_bits(body: str) -> None:
    """Python's integers have no limit: exact up to 64 bits, an error beyond, never another number."""
    source = (
        f"def objective(p, n):\n    f = 1\n    for i in range(1, n + 1):\n        {body}\n    return p * f\n"
    )
    names: dict[str, Any] = {}
    exec(source, names)
    small = adfun.make_ad_fun(source, {"n": 2}, {"p": 1.0})
    for n in range(80):
        expected = names["objective"](1.0, n)
        if expected < 2**62:
            assert small.with_data({"n": n}).fn() == expected
        elif expected >= 2**63:
            with pytest.raises(OverflowError, match="64 bits"):
                small.with_data({"n": n})


@pytest.mark.parametrize("shape", ["2**53", "(2**30, 3, 2**20)"])
def test_arrays_that_no_memory_holds(shape: str) -> None:
    with pytest.raises(CompileError, match="too large") as caught:
        adfun.make_ad_fun(
            f"import numpy as np\ndef objective(p):\n    return p + np.zeros({shape}).sum()\n", {}, {"p": 1.0}
        )
    assert caught.value.diagnostics[0].span.line == 3


CHAIN = (
    "def g(x, n):\n    return x if n == 0 else g(x, n - 1) * 1.5\ndef objective(a):\n    return g(a, {n})\n"
)
TREE = """
def g(x, low, high):
    if high - low == 1:
        return x[low]
    middle = low + 1
    return g(x, low, middle) + 0.5 * g(x, middle, high)

def objective(a):
    return g(a, 0, 300)
"""


def _from_depth(depth: int, action: Callable[[], Any]) -> Any:
    return _from_depth(depth - 1, action) if depth else action()


@pytest.mark.parametrize("depth", [0, 500, 800])
def test_recursion_that_ends(depth: int) -> None:
    """As deep as in Python, and wherever Python stands in its own stack."""

    def made() -> float:
        return adfun.make_ad_fun(CHAIN.format(n=300), {}, {"a": 2.0}, cache=False).fn()

    assert _from_depth(depth, made) == pytest.approx(2.0 * 1.5**300, rel=1e-12)


def test_recursion_over_an_array() -> None:
    objective = adfun.make_ad_fun(TREE, {}, {"a": np.ones(300)})
    assert objective.fn() == pytest.approx(2.0)
    assert objective.gr()[:3] == pytest.approx([1.0, 0.5, 0.25])


@pytest.mark.parametrize("depth", [0, 500, 800])
@pytest.mark.parametrize("source", [_of("objective(a)"), CHAIN.format(n=10**6), CHAIN.format(n=-1)])
def test_recursion_without_end(source: str, depth: int) -> None:
    limit = sys.getrecursionlimit()
    with pytest.raises(CompileError, match="recursion is too deep"):
        _from_depth(depth, lambda: adfun.make_ad_fun(source, {}, {"a": 2.0}))
    assert sys.getrecursionlimit() == limit


def test_ragged_list() -> None:
    with pytest.raises(ValueError, match="sizes 2 and 1"):
        adfun.make_ad_fun(SUM, {"d": [[1.0, 2.0], [3.0]]}, {"p": 1.0}).fn()


def test_data_that_contain_themselves() -> None:
    d: dict[str, Any] = {"a": 1.0}
    d["d"] = d
    with pytest.raises((CompileError, ArgumentError)):
        adfun.make_ad_fun(ITEM.format(key="'a'"), {"d": d}, {"p": 1.0})


def test_300_parameters() -> None:
    names = [f"p{k}" for k in range(300)]
    source = f"def objective({', '.join(names)}):\n    s = 0.0\n"
    source += "".join(f"    s += {k} * {name}\n" for k, name in enumerate(names)) + "    return s\n"
    obj = adfun.make_ad_fun(source, {}, dict.fromkeys(names, 1.0))
    np.testing.assert_array_equal(obj.gr(), np.arange(300.0))


def test_byte_order_mark_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "objective.py"
    path.write_bytes(b"\xef\xbb\xbfdef objective(a):\n    return a\n")
    assert adfun.make_ad_fun(path, {}, {"a": 2.0}).fn() == 2.0


def test_no_parameters() -> None:
    obj = adfun.make_ad_fun("def objective(y):\n    return y\n", {"y": 2.0}, {})
    assert obj.fn() == 2.0
    assert obj.gr().shape == (0,)


@pytest.mark.parametrize(
    "message", ["*/ \\n#error", "{0} {}", "%s%n", "a\\\\", '\\"; }', "caf\u00e9 \U0001f600"]
)
def test_message_of_assert(message: str) -> None:
    source = f'def objective(a):\n    assert a < 0, "{message}"\n    return a\n'
    with pytest.raises(AssertionError) as caught:
        adfun.make_ad_fun(source, {}, {"a": 1.0}).fn()
    assert str(caught.value) == message.encode("latin-1", "backslashreplace").decode("unicode_escape")


# -- what Python refuses, and where the error stands --------------------------------------------

LISTED = {"r": [1.0, 2.0], "y": np.array([1.0, 2.0, 3.0]), "k": 2}
MISTAKES: list[tuple[str, float | str]] = [
    ("r *= -1; return a + np.sum(r)", 2.0),
    ("return a + np.sum(r * k)", 8.0),
    ("return a * (r == [1.0, 2.0])", 2.0),
    ("return a * [a, 1.0].count(2.0)", 2.0),
    ("return a * (2.0 in y)", 2.0),
    ("return a * np.sum(np.isreal(y))", 6.0),
    ("np.nanmedian(y, out=y[:1].reshape(())); return a * y[0]", 4.0),
    ("return a + np.sum(stats.expon.entropy(y, 1.5))", 6.216395324324493),
    ("return a + np.sum(stats.norm.var(y[:0], 1.5))", 2.0),
    ("return a + np.sum(stats.gumbel_r.entropy([]))", 2.0),
    ("return np.sum(iter([a, a]))", REFUSED),
    ("r[1.5] = a; return a", REFUSED),
    ("return np.sum([a] + range(3))", REFUSED),
    ("return a * ([a] < [3.0])", REFUSED),
    ("return a * (y not in 3)", REFUSED),
    ("return a * (y in {1: 2})", REFUSED),
    ("return a * ((x for x in [a]) == 1)", REFUSED),
    ("return np.sum(tuple(y, y)) * a", REFUSED),
    ("return next(range(k)) * a", REFUSED),
    ("return a * hasattr(y, y)", REFUSED),
    ("return max(y * a, y)[0]", REFUSED),
    ("return np.sum(y.view(np.int64)) * a", REFUSED),
    ("return np.sum(np.sinh(y, np.zeros(3, bool))) * a", REFUSED),
    ("return math.isnan((a, a)) * a", REFUSED),
    ("return stats.lomax.ppf(a, a, a, a, a)", REFUSED),
    ("return a if math.nothing else 0.0", REFUSED),
    ("assert a, (yield a); return a", REFUSED),
    ("return [x async for x in y][0] * a", REFUSED),
    ("raise a", REFUSED),
    ("\n if a > 1: raise a\n return a", "TypeError"),
    ("return np.sum(y[y[1:] > 0]) * a", "IndexError"),
    ("return np.sum(np.outer(y, y)[[0, 1], np.flatnonzero(y)]) * a", "IndexError"),
    ("return stats.gamma.interval(a, a)[0]", "ValueError"),
]


@pytest.mark.parametrize(("body", "expected"), MISTAKES)
def test_mistake(body: str, expected: float | str) -> None:
    """A number, REFUSED, or the kind of the exception; by the interpreter of the IR."""
    source = (
        f"import math\nimport numpy as np\nfrom scipy import stats\ndef objective(a, r, y, k):\n {body}\n"
    )
    if expected == REFUSED:
        with pytest.raises(CompileError, match=r"\^"):
            built(source, LISTED, {"a": 2.0})
        return
    made = built(source, LISTED, {"a": 2.0})
    if isinstance(expected, str):
        with pytest.raises(Exception) as caught:
            run(made.function, made.inputs)
        assert type(caught.value).__name__ == expected
        return
    assert run(made.function, made.inputs).values[0] == pytest.approx(expected, rel=1e-14)


PLACES: list[tuple[str, str, str]] = [
    ("é = 'éé'; return zz", ":2:19", " " * 18 + "^^"),
    ("変数 = '変数'; return zz", ":2:20", " " * 23 + "^^"),
    ("é = 'éé'; return (", ":2:19", " " * 18 + "^"),
    ("if a > 1: yield", ":2:12", " " * 11 + "^^^^^"),
    ("return " + "-" * 100_000 + "a", ":2:", "^"),
]


@pytest.mark.parametrize(("body", "column", "caret"), PLACES, ids=[str(k) for k in range(len(PLACES))])
def test_place(body: str, column: str, caret: str) -> None:
    """Columns count characters; carets stand under what a terminal shows."""
    with pytest.raises(CompileError) as caught:
        built(f"def objective(a):\n {body}\n", {}, {"a": 2.0})
    lines = str(caught.value).splitlines()
    assert column in lines[1]
    assert lines[4].split("| ", 1)[1].startswith(caret) or (caret == "^" and "^" in lines[4])
