"""Names that mean something in C++, in Python or to the compiler itself, wherever a name can stand."""

from __future__ import annotations

import keyword
import re
from pathlib import Path
from typing import Any

import adfun
from tests.hostile.judge import Case

NAMES = (
    "alignas alignof and_eq asm auto bitand bitor bool case catch char char8_t compl concept const consteval constexpr const_cast "
    "decltype default delete do double dynamic_cast enum explicit export extern false float friend goto inline int long mutable "
    "namespace new noexcept not_eq nullptr operator or_eq private protected public register reinterpret_cast requires restrict "
    "short signed sizeof static static_assert static_cast struct switch template this thread_local throw true typedef typeid "
    "typename union unsigned using virtual void volatile wchar_t xor xor_eq NULL EOF errno stdin stdout M_PI INFINITY NAN "
    "HUGE_VAL DBL_MAX INT_MAX RAND_MAX CHAR_BIT assert_ isnan isfinite main std adfun abi linux unix i386 __linux__ __func__ "
    "__LINE__ __FILE__ __cplusplus __COUNTER__ _Complex _Bool _Atomic _Generic I complex_ imaginary y0 y1 j0 j1 jn gamma "
    "lgamma signgam exp log sin pow abs fabs min max div time clock exit abort malloc free memcpy printf x0 n0 value grad fn gr "
    "he hvp inputs workspace state status d_x g_x t0 v0 s0 i0 out seed lanes adfun_call_fn adfun_prepare_gr adfun_inputs "
    "ADFUN_PART ADFUN_ONLY restrict__ __attribute__ __builtin_exp __restrict __asm__ __int128 _ __ ___ "
    "μ σ_ñ 变量 ª ſ ﬁ ℌ K Å ǅ ᵢ x² ｘ １".split()
)
NAMES = tuple(n for n in dict.fromkeys(NAMES) if n.isidentifier() and not keyword.iskeyword(n))

HEADERS = Path(adfun.__file__).parents[2] / "cpp" / "include" / "adfun"
OWN = re.compile(
    r"(?:#define|struct|inline [\w ]+?|typedef .*?)\s+(\w+)\s*[({;]|\b((?:adfun|ADFUN)_\w+)|->(\w+)"
)


def of_headers() -> tuple[str, ...]:
    """Macros, functions, types and members of what generated modules include, where the sources are at hand."""
    found = (
        name
        for path in sorted(HEADERS.rglob("*.h"))
        for match in OWN.finditer(path.read_text(encoding="utf-8"))
        for name in match.groups()
    )
    return tuple(n for n in dict.fromkeys(found) if n and n.isidentifier() and not keyword.iskeyword(n))


HEAD = "import numpy as np\nimport adfun\n"
CHUNK = 12


def cases() -> list[Case]:
    made = []
    for first in range(0, len(NAMES), CHUNK):
        some = NAMES[first : first + CHUNK]
        for role in ROLES:
            made.append(_case(role, some))
    own = of_headers()
    for k, first in enumerate(range(0, len(own), CHUNK)):
        roles = list(ROLES)
        made.append(_case(roles[k % len(roles)], own[first : first + CHUNK]))
    made += [_alike(a, b) for a, b in LOOK_ALIKES]
    return made


def _case(role: str, names: tuple[str, ...]) -> Case:
    source, data, params = ROLES[role](names)
    return Case("names", f"{role}: {' '.join(names)}", HEAD + source, data, params)


def _lines(lines: list[str], result: str, arguments: str = "a") -> str:
    body = "".join(f"    {line}\n" for line in lines)
    return f"def objective({arguments}):\n{body}    return {result}\n"


def _locals(names: tuple[str, ...]) -> Any:
    return _lines([f"{n} = a * {k}.0" for k, n in enumerate(names)], " + ".join(names)), {}, {"a": 2.0}


def _loops(names: tuple[str, ...]) -> Any:
    lines = ["s = 0.0", *(f"for {n} in range(3):\n        s += a * {n}" for n in names)]
    return _lines(lines, "s"), {}, {"a": 2.0}


def _functions(names: tuple[str, ...]) -> Any:
    defined = "".join(f"def {n}(x, {n}_):\n    return x * {n}_\n" for n in names)
    return defined + _lines([], " + ".join(f"{n}(a, {n}_=2.0)" for n in names)), {}, {"a": 2.0}


def _arguments(names: tuple[str, ...]) -> Any:
    values = {n: float(k) for k, n in enumerate(names)}
    data, params = dict(list(values.items())[::2]), dict(list(values.items())[1::2])
    return _lines([], " + ".join(names), ", ".join(names)), data, params


def _reports(names: tuple[str, ...]) -> Any:
    return _lines([f"adfun.report({n}=a)" for n in names], "a"), {}, {"a": 2.0}


def _classes(names: tuple[str, ...]) -> Any:
    lines = [f"class {n}:\n        def __init__(self, x):\n            self.{n} = x" for n in names]
    return _lines(lines, " + ".join(f"{n}(a).{n}" for n in names)), {}, {"a": 2.0}


def _keys(names: tuple[str, ...]) -> Any:
    total = " + ".join(f"d[{n!r}]" for n in names)
    return _lines([], f"a * ({total})", "a, d"), {"d": {n: float(k) for k, n in enumerate(names)}}, {"a": 2.0}


def _lambdas(names: tuple[str, ...]) -> Any:
    return _lines([], " + ".join(f"(lambda {n}: {n} * {n})(a)" for n in names)), {}, {"a": 2.0}


ROLES = {
    "locals": _locals, "loops": _loops, "functions": _functions, "arguments": _arguments, "reports": _reports,
    "classes": _classes, "keys": _keys, "lambdas": _lambdas,
}  # fmt: skip

LOOK_ALIKES = (
    ("ﬁt", "fit"), ("ａ", "a"), ("K", "K"), ("Å", "Å"), ("ſ", "s"), ("ª", "a"), ("ℌ", "H"), ("а", "a"), ("ο", "o"), ("x̂", "x"),
    ("é", "é"), ("𝐚", "a"), ("ｎｐ", "np"), ("ǆ", "dž"), ("ⅷ", "viii"), ("a‍b", "ab"), ("a\u202eb", "ab"), ("a\u200bb", "ab"), ("\ufeffa", "a"),
)  # fmt: skip


def _alike(one: str, other: str) -> Case:
    return Case(
        "names",
        f"look-alike {one!a} {other!a}",
        f"{HEAD}def objective(a):\n    {one} = a * 3\n    return {other}\n",
    )
