"""One construct inside itself, many times; and very long programs."""

from __future__ import annotations

from collections.abc import Callable

from tests.hostile.judge import Case

DEPTHS = (30, 90, 250, 1000, 20000)


def _inside(opening: str, closing: str) -> Callable[[int], str]:
    return lambda n: f"    return {opening * n}a{closing * n}\n"


def _blocks(line: str, last: str = "s = a") -> Callable[[int], str]:
    def made(n: int) -> str:
        lines = [f"{' ' * (k + 4)}{line.format(k)}" for k in range(n)]
        return "\n".join(["    s = a", *lines, f"{' ' * (n + 4)}{last}", "    return s", ""])

    return made


def _repeated(line: str, result: str = "s") -> Callable[[int], str]:
    return lambda n: (
        "    s = a\n" + "".join(f"    {line.format(k)}\n" for k in range(n)) + f"    return {result}\n"
    )


def _functions(n: int) -> str:
    lines = [f"{' ' * (k + 4)}def f{k}(x):" for k in range(n)]
    ends = [f"{' ' * (k + 4)}return f{k}(x)" for k in range(n - 1, 0, -1)]
    return "\n".join([*lines, f"{' ' * (n + 4)}return x", *(f" {e}" for e in ends), "    return f0(a)", ""])


def _chain(n: int) -> str:
    calls = "".join(f"    f{k} = lambda x: f{k - 1}(x)\n" for k in range(1, n))
    return f"    f0 = lambda x: x\n{calls}    return f{n - 1}(a)\n"


FORMS: dict[str, Callable[[int], str]] = {
    "parentheses": _inside("(", ")"), "minus": _inside("-", ""), "not": _inside("not ", ""), "calls": _inside("abs(", ")"), "sines": _inside("math.sin(", ")"),
    "lists": _inside("[", "]"), "list items": _inside("[", "][0]"), "tuples": _inside("(", ",)[0]"), "dicts": _inside("{0:", "}[0]"), "sets": _inside("{", "}"),
    "conditions": _inside("(a if a else ", ")"), "lambdas": _inside("(lambda: ", ")()"), "sums": _inside("a+(", ")"), "powers": _inside("1.0**", ""), "arrays": _inside("np.array([", "])"),
    "left sums": lambda n: f"    return {'+'.join(['a'] * n)}\n", "left differences": lambda n: f"    return {'-'.join(['a'] * n)}\n",
    "ands": lambda n: f"    return {' and '.join(['a'] * n)}\n", "ors of conditions": lambda n: f"    return a if {' or '.join(['a > 3'] * n)} else 0.0\n",
    "comparisons": lambda n: f"    return a if {' < '.join(['a'] * n)} else 0.0\n", "attributes": lambda n: f"    return a{'.real' * n}\n",
    "subscripts": lambda n: f"    return a{'[0]' * n}\n", "transposes": lambda n: f"    return np.sum(np.ones(2){'.T' * n}) * a\n",
    "comprehensions": lambda n: f"    return sum({'[' * n}a{' for _ in range(1)]' * n}[0:1], 0.0) if False else a\n", "f-strings": lambda n: f"    return a * len(f'{'{k}'.replace('k', '1') * n}')\n",
    "ifs": _blocks("if a > {0}.5 - 1e9:", "s = s + a"), "known ifs": _blocks("if True:"), "fors": _blocks("for i{0} in range(1):"), "run-time whiles": _blocks("while s < 1:", "s += 1"),
    "withs": _blocks("with np.errstate():"), "tries": _blocks("try:"), "classes": _blocks("class C{0}:", "pass"),
    "functions": _functions, "chain of functions": _chain, "statements": _repeated("s = s + a"), "run-time statements": _repeated("s = math.sin(s) * a + {0}"),
    "names": _repeated("s{0} = a"), "asserts": _repeated("assert a > -{0} - 1"), "branches": _repeated("s = s + a if a > {0} else s - a"), "early returns": _repeated("if a > {0} + 5: return s"),
    "elifs": lambda n: "    if a < 0:\n        s = a\n" + "".join(f"    elif a < {k}:\n        s = a + {k}\n" for k in range(1, n)) + "    else:\n        s = 0.0\n    return s\n",
    "decorators": lambda n: "    def d(f): return f\n" + "    @d\n" * n + "    def g(x): return x\n    return g(a)\n", "arguments": lambda n: f"    def g({', '.join(f'x{k}' for k in range(n))}): return x0\n    return g({', '.join(['a'] * n)})\n",
    "targets": lambda n: f"    {' = '.join(f'x{k}' for k in range(n))} = a\n    return x0\n", "unpacking": lambda n: f"    {', '.join(f'x{k}' for k in range(n))} = [a] * {n}\n    return x0\n", "deep unpacking": lambda n: f"    {'(' * n}x{',)' * n} = a\n    return x\n",
}  # fmt: skip

LONG: dict[str, str] = {
    "1 MB of comments": "# x\n" * 250_000 + "def objective(a):\n    return a\n", "1 MB in a comment": f"# {'x' * 1_000_000}\ndef objective(a):\n    return a\n",
    "1 MB of blanks": f"def objective(a):\n    return a{' ' * 1_000_000}\n", "1 MB of newlines": "\n" * 1_000_000 + "def objective(a):\n    return a\n",
    "1 MB text": f"def objective(a):\n    s = '{'x' * 1_000_000}'\n    return a\n", "1 MB name": f"def objective(a):\n    {'x' * 1_000_000} = a\n    return a\n", "1 MB undefined name": f"def objective(a):\n    return {'x' * 1_000_000}\n",
    "1 MB line with an error": f"def objective(a):\n    return a + zz + {'a + ' * 100}'{'x' * 1_000_000}'\n", "1 MB of helpers": "".join(f"def f{k}(x):\n    return x\n" for k in range(35_000)) + "def objective(a):\n    return f7(a)\n",
    "1 MB of constants": "".join(f"X{k} = {k}\n" for k in range(80_000)) + "def objective(a):\n    return a + X9\n", "1 MB docstring": f'def objective(a):\n    """{"x" * 1_000_000}"""\n    return a\n', "20000 imports": "import numpy as np\n" * 20_000 + "def objective(a):\n    return a\n",
    "1 MB of brackets": "(" * 1_000_000, "1 MB of quotes": "'" * 1_000_001, "1 MB of backslashes": "\\\n" * 500_000 + "x", "1 MB of digits": f"def objective(a):\n    return a + {'9' * 1_000_000}\n", "1 MB of indentation": f"def objective(a):\n{' ' * 1_000_000}return a\n",
}  # fmt: skip


def cases() -> list[Case]:
    made = []
    for what, form in FORMS.items():
        for n in DEPTHS:
            source = (
                f"import math\nimport numpy as np\ndef objective(a, k=1):\n{form(n)}"
                if n < 20000 or "\n" not in form(2)[:-1]
                else ""
            )
            if source:
                made.append(Case("nesting", f"{n} {what}", source, native=n <= 90, python=n <= 90))
    return made + [Case("nesting", what, source, native=False, python=False) for what, source in LONG.items()]
