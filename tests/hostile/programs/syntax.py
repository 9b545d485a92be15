"""Every construct of Python's grammar, the ones outside the language first, in every position."""

from __future__ import annotations

import itertools

from tests.hostile.judge import Case

HEAD = "import math\nimport numpy as np\n"

EXPRESSIONS = (
    "(yield)", "(yield a)", "(yield from [a])", "(await a)", "[x async for x in [a]]", "(x for x in [a])", "{x for x in [1]}", "{x: a for x in [1]}", "[*[a]]", "{**{}}", "{*[1]}",
    "b'x'", "3j", "...", "f'{a!r:>{3}}'", "f'{a=}'", "(zz := a)", "lambda *x, y=a, **z: x", "lambda: (yield)", "not a", "~a", "a @ a", "a[...]", "a[::0]", "a[1:2, ::3]", "a.b.c.d", "a()", "a(*[a], **{})", "print(a)",
    "__debug__", "__name__", "__file__", "None", "True", "NotImplemented", "a if a else None", "[] or {}", "a < a is not None in [a]", "1 .real", "'x' 'y'", "('x' % a)", "super()", "super().x", "type(a)", "object", "a is a", "(a,)[0]",
    "[[x for y in [a]] for x in [a]][0][0]", "(lambda f: f(f))(lambda f: a)", "max", "np", "np.nothing", "np.random.rand()", "math.nothing", "open", "exec", "zz", "objective", "objective(a)", "iter([a])", "next(iter([a]))", "slice(a)", "range(a)", "int(a)",
)  # fmt: skip

PLACES = {
    "returned": "return {0}", "assigned": "x = {0}\nreturn a", "added": "return a + {0}", "negated": "return -({0})", "argument": "return np.sum({0})", "keyword": "return np.sum(a, axis={0})", "star": "return max(*{0})", "double star": "return dict(**{0})",
    "called": "return ({0})(a)", "attribute": "return ({0}).real", "subscript": "return [a][{0}]", "subscripted": "return ({0})[0]", "slice": "return [a][{0}:][0]", "condition": "if {0}: return a\nreturn 0.0", "conditional": "return a if {0} else 0.0",
    "while": "while {0}: break\nreturn a", "for": "for x in {0}: a = a + 1\nreturn a", "comprehension": "return sum([a for x in {0}])", "filter": "return sum([a for x in [1] if {0}])", "item": "return sum([{0} for x in [1]])", "assert": "assert {0}\nreturn a",
    "message": "assert a, {0}\nreturn a", "raise": "raise {0}", "cause": "raise ValueError('x') from {0}", "default": "def f(x={0}): return a\nreturn f()", "decorator": "@{0}\ndef f(x): return x\nreturn f(a)", "annotation": "x: {0} = a\nreturn x", "lambda": "return (lambda: {0})()",
    "base": "class C({0}): pass\nreturn a", "member": "class C:\n    x = {0}\nreturn a", "with": "with {0}: pass\nreturn a", "with as": "with {0} as x: pass\nreturn a", "except": "try: pass\nexcept {0}: pass\nreturn a", "key": "return {{{0}: a}}", "value": "return {{'x': {0}}}['x']",
    "formatted": "return a * len(f'{{{0}}}')", "deleted": "del {0}\nreturn a", "target": "{0} = a\nreturn a", "augmented": "{0} += a\nreturn a", "loop target": "for {0} in [a]: pass\nreturn a", "unpacked": "x, y = {0}\nreturn a", "walrus": "return (x := {0})", "compared": "return a if {0} == a else 0.0",
    "match": "match {0}:\n    case 1: return a\nreturn a", "case": "match a:\n    case {0}: return a\nreturn a", "guard": "match a:\n    case x if {0}: return a\nreturn a", "statement": "{0}\nreturn a", "loop": "for k in range(int(3)):\n    x = {0}\nreturn a", "branch": "if a > 1:\n    x = {0}\nelse:\n    x = a\nreturn x",
}  # fmt: skip

STATEMENTS = (
    "pass", "global zz", "global zz; zz = a", "nonlocal a", "nonlocal zz", "del a", "del a, a", "del (a)", "del [a]", "del np.x", "import os", "from os import path as p", "from math import *", "from __future__ import division", "break", "continue", "return", "return a, a", "yield",
    "async def f(): pass", "async with a: pass", "async for x in a: pass", "await a", "with a: pass", "with a as b, c as d: pass", "with (a as b): pass", "try: pass\nfinally: pass", "try: x = a\nfinally: x = 1", "try: raise ValueError\nexcept ValueError: a = a + 1",
    "try: raise ValueError\nexcept: a = 3.0", "try: pass\nexcept* ValueError: pass", "try: pass\nexcept (ValueError, KeyError) as e: pass\nelse: a = a + 1", "try: return a\nfinally: return 3.0", "class C: pass", "class C(metaclass=type): pass", "class C:\n    __slots__ = ('x',)", "class C:\n    def __new__(cls): return 3",
    "class C:\n    x: int = 3\n    def __init_subclass__(cls): pass", "@property\ndef f(): pass", "@staticmethod\ndef f(): pass", "def f(a, /, b, *, c): return a\nf(1, 2, c=3)", "def f(*, a): return a\nf(1)", "def f(a, a): pass", "def f(): yield 1", "def f(x: 'int') -> 'no': return x", "def f(): nonlocal a; a = 3.0\nf()",
    "def f():\n    global a\n    a = 3\nf()", "x: int", "x: int = 3", "a: float = a", "a.x: int = 3", "(a): int = 3", "a += 1", "a @= a", "a //= 0", "a, b = 1", "a, *b = [1, 2, 3]", "*a, = [1.0]", "*a, *b = [1]", "a = *[1.0],", "[a, [b, c]] = [1.0, [2, 3]]", "a = b = c = a", "f() = 3", "1 = a", "a + 1 = 3", "None = 3", "a = yield",
    "for a in [1.0, 2.0]: pass\nelse: a = a + 1", "while False: pass\nelse: a = a + 1", "for x in []: pass", "for (x, y) in [(1, 2)]: pass", "for x.y in [1]: pass", "for x[0] in [1]: pass", "for a[0] in [1]: pass", "while a: a = a - 1", "if a: pass", "if a: pass\nelif a: pass\nelse: pass", "assert a", "assert (a, 'x')", "assert not a, 'x'",
    "raise", "raise ValueError", "raise ValueError('x')", "raise ValueError('x') from None", "raise a", "raise 3", "raise KeyError(a)", "match a:\n    case 1 | 2: pass\n    case _: pass", "match a:\n    case [x, *_]: pass", "match a:\n    case {'x': y, **z}: pass", "match a:\n    case str() as s: pass",
    "match a:\n    case float(x): pass", "match a:\n    case -1.5+2j: pass", "match a:\n    case x.y: pass", "match a:\n    case None: pass", "type X = int", "def f[T](x: T): return x", "print(a)", "print(a, file=3)", "exec('a = 3')", "a", "'docstring'", "...", "lambda: 0", "[print(x) for x in [1]]", "a if a else a", "(yield)", "__import__('os')", "if 1:\n    def g(): return 3.0\n    a = g()",
)  # fmt: skip

AROUND = {
    "function": "{0}", "run-time if": "if a > 1:\n    {1}\nelse:\n    a = a * 2", "run-time loop": "for i in range(int(n)):\n    {1}", "known loop": "for i in [1, 2]:\n    {1}", "while": "i = 0\nwhile i < n:\n    i += 1\n    {1}", "try": "try:\n    {1}\nexcept np.linalg.LinAlgError:\n    a = 0.0",
    "else": "for i in range(2): pass\nelse:\n    {1}", "nested function": "def inner(a):\n    {1}\n    return a\na = inner(a)", "class": "class K:\n    def method(self, a):\n        {2}\n        return a\na = K().method(a)", "case": "match 3:\n    case 3:\n        {2}", "module": "",
}  # fmt: skip


def cases() -> list[Case]:
    made = [
        _program(f"{place}: {text}", form.format(text))
        for (place, form), text in itertools.product(PLACES.items(), EXPRESSIONS)
    ]
    for (place, form), text in itertools.product(AROUND.items(), STATEMENTS):
        if place == "module":
            source = f"{HEAD}{text}\ndef objective(a, n=3):\n    return a\n"
            made.append(Case("syntax", f"module: {text}", source, native=False, python="exec" not in text))
            continue
        inner = text.replace("\n", "\n    "), text.replace("\n", "\n        ")
        made.append(_program(f"{place}: {text}", form.format(text, *inner) + "\nreturn a"))
    return made


def _program(name: str, body: str) -> Case:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    safe = not any(word in body for word in ("exec", "__import__", "open", "while a"))
    return Case("syntax", name, f"{HEAD}def objective(a, n=3):\n{lines}", native=False, python=safe)
