"""The grammar of Python 3.11 to 3.13, node by node: what is in the language beside what is not."""

from __future__ import annotations

import numpy as np

from tests.hostile.judge import Case

HEAD = "import math\nimport numpy as np\nfrom dataclasses import dataclass\n"

PATTERNS = (
    "1", "-1", "2.0", "-2.0", "1 + 2j", "'x'", "b'x'", "None", "True", "x", "_", "x as y", "1 | 2.0", "1 | 2.0 as y", "(1 | 2) | 3", "[x]", "[x, y]", "(x,)", "[]", "[*x]", "[x, *_]",
    "[*_, x]", "[x, *y, z]", "[[x], y]", "[x, x]", "{}", "{'k': x}", "{'k': x, **rest}", "{**rest}", "{'k': 1 | 2, 'j': _}", "{1: x}", "{-1: x}", "{None: x}", "float()", "int()", "str()",
    "float(x)", "int(x) | float(x)", "Point()", "Point(x=x)", "Point(x, y)", "Point(x, y=2)", "Point(x, y, z)", "Point(z=1)", "math.pi", "math.nothing", "nothing.x", "Nothing()", "list()", "list([x])",
    "dict()", "tuple((x, y))", "bool()", "object()", "np.ndarray()", "np.float64()", "float(real=x)", "[1, 2] | [x, 2]", "x | 1", "x if a > 1", "x if (y := a) > 1", "[x, y] if x < y", "{'k': [x, {'j': y}]}",
)  # fmt: skip
SUBJECTS = (
    "a",
    "n",
    "[a, n]",
    "(a, 2.0, 3)",
    "{'k': a, 'j': 2}",
    "Point(a, 2.0)",
    "'x'",
    "None",
    "v",
    "[[a], {'k': [n, {'j': a}]}]",
)

STATEMENTS = (
    "x = (y := a) + y", "x = [y := a, y ** 2][1]", "x = (lambda: (y := a))()", "x = [y for z in [1, 2] if (y := z)][-1] + y", "x = sum(y := [a, a])", "print(x := a)", "x = a if (y := n) else y", "(a := 3.0)", "def f(x=(y := 2)): return x + y\nx = f()",
    "x, *y = v", "*x, y = v\nx = y", "x, *y, z = v\nx = x + z + len(y)", "x, (y, *z) = 1, v\nx = y", "[x, y], z = (a, n), 3", "x = y = z = [a]\ny[0] += 1\nx = z[0]", "x, x = a, 2.0", "x = *v, a\nx = x[-1]", "x = [*v, *[a], n][3]", "x = {**{'p': a}, 'q': n}['p']", "x = max(*v, *[a])",
    "for x, *y in [[a, 1, 2], [n, 3, 4]]: x = x + len(y)", "for i, (x, y) in enumerate([(a, 1), (n, 2)]): x = x * y + i", "for x in v: pass\nelse: x = x + 1", "for x in v:\n    if x > 1: break\nelse: x = a", "for i in range(3):\n    if i == n: continue\n    x = i", "for x in range(0): pass", "for v[0] in [1.0, 2.0]: pass\nx = v[0]",
    "while True:\n    x = a\n    break\nelse: x = 0", "x = 0\nwhile (x := x + 1) < n: pass", "x = 0\nwhile x < n:\n    x += 1\n    if x == 2: break\nelse: x = 10", "x = 5\nwhile x: x -= 1", "i = 0\nwhile i < n:\n    i += 1\n    try: x = a / i\n    finally: x = i",
    "with np.errstate(all='ignore'): x = a", "with np.errstate(all='ignore') as e, np.errstate(): x = a", "with (np.errstate(), np.errstate() as f): x = a", "with open('x') as f: x = a", "with a: x = a", "with np.errstate(all='raise'): x = a / 0.0",
    "try: x = a\nexcept: x = 1.0\nelse: x = x + 1\nfinally: x = x * 2", "try: x = np.linalg.inv(np.zeros((2, 2)))[0, 0]\nexcept np.linalg.LinAlgError as e: x = a", "try: x = [a][n]\nexcept IndexError: x = -1.0", "try: x = {'p': a}['q']\nexcept KeyError as e: x = -1.0", "try:\n    raise ValueError('x')\nexcept (TypeError, ValueError): x = 3.0",
    "try: x = a\nexcept* ValueError: x = 1.0", "try:\n    raise ExceptionGroup('x', [ValueError(1)])\nexcept* ValueError: x = 1.0", "try: pass\nfinally:\n    x = a", "try: x = 1 // 0\nexcept ZeroDivisionError: x = a", "try: x = math.sqrt(-a)\nexcept ValueError: x = a", "try: x = int('x')\nexcept ValueError as e: x = len(str(e))",
    "raise ValueError(f'{a=}')", "raise ValueError from None", "raise ValueError() from KeyError()", "raise", "if a < 0: raise ValueError('no')\nx = a", "raise NotImplementedError", "raise NotImplemented", "raise StopIteration", "raise ValueError, 'x'", "raise type('E', (Exception,), {})()", "class E(Exception): pass\nraise E('x')",
    "assert a > 0, f'{a:.2f}'\nx = a", "assert a < 0, ('x', a)", "assert a < 0", "assert []", "assert (x := a)", "del v\nx = a", "x = [a, n]\ndel x[0]\nx = x[0]", "x = {'p': a}\ndel x['p'], x['q']", "y = a\ndel y\nx = y", "del a\nx = 1.0", "x = [1, 2, 3]\ndel x[::2]\nx = x[0]", "del (v, a)\nx = 2.0",
    "global x\nx = a", "global a\nx = a", "global np\nx = a", "nonlocal x\nx = a", "def f():\n    global g\n    g = 3.0\nf()\nx = g", "x = 1.0\ndef f():\n    nonlocal x\n    x += a\nf()", "def f():\n    def g():\n        nonlocal y\n        y = a\n    y = 1.0\n    g()\n    return y\nx = f()", "x = GLOBAL * a", "global GLOBAL\nGLOBAL = 3.0\nx = GLOBAL",
    "async def f(): return a\nx = f()", "async def f(): await g()\nx = a", "async def f():\n    async for y in g(): pass\nx = a", "async def f():\n    async with g() as y: pass\nx = a", "async def f(): return [y async for y in g()]\nx = a", "async def f(): yield a\nx = a", "x = (await a)", "async with a: x = a", "import asyncio\nx = asyncio.run(a)",
    "def f(): yield a; yield n\nx = sum(f())", "def f():\n    y = yield a\n    return y\nx = next(f())", "def f(): yield from v\nx = sum(f())", "def f():\n    for y in v: yield y * a\nx = list(f())[1]", "def f():\n    while True: yield a\nx = next(f())", "x = next(y for y in v if y > 0.7)", "x = next((y for y in v if y > 100), a)", "x = sum(y for y in v for z in v)",
    "def f(): return (yield)\nx = a", "g = (y for y in v)\nx = next(g) + next(g)", "g = (y for y in v)\nx = sum(g) + sum(g)", "def f():\n    yield a\n    return n\nx = list(f())[0]", "def f(n):\n    if n: yield n; yield from f(n - 1)\nx = sum(f(3))", "x = f'{a}'\nx = a", "x = len(f'{n:{n}}')", "x = len(f'{n!r:>{n}}')", "x = len(f'{{}}{n}')",
    "x = len(f'{f\"{f'{n}'}\"}')", "x = len(f'{n=}')", "x = len(f'''{\nn\n}''')", "x = len(f'{n:%Y}')", "x = len(f'{n:d}{n:x}{n:e}')", "x = len(f'{\"a\" \"b\"}')", "x = len(f'{(lambda: n)()}')", "x = len(f'{a!z}')", "x = f'{}'", "x = len(rf'\\{n}')", "x = len(f'{n:{n}{n}}')", "x = len(f'{v}')", "x = len(f'{None}')", "x = len('%d %s' % (n, n))",
    "@staticmethod\ndef f(): return a\nx = f()", "@property\ndef f(): return a\nx = f", "import functools\n@functools.lru_cache\ndef f(y): return y * a\nx = f(2)", "import functools\n@functools.wraps(max)\ndef f(y): return y * a\nx = f(2)", "def d(g): return lambda y: g(y) * 2\n@d\n@d\ndef f(y): return y + a\nx = f(1.0)", "@(lambda g: g)\ndef f(): return a\nx = f()", "@a\ndef f(): pass\nx = a", "@np.vectorize\ndef f(y): return y * 2\nx = f(v)[0]",
    "def f(p, /, q, *, r): return p + q * r\nx = f(a, 2, r=3)", "def f(p, /): return p\nx = f(p=a)", "def f(*, r): return r\nx = f(a)", "def f(p, q=2, *r, s=3, **t): return p + q + len(r) + s + len(t)\nx = f(a, 1, 1, 1, s=2, z=1)", "def f(p, *, q=a): return p * q\nx = f(2.0)", "def f(p=[]): p.append(a); return len(p)\nx = f() + f()", "def f(**k): return k['z']\nx = f(**{'z': a})", "def f(p, p): return p\nx = a", "def f(p, **p): return p\nx = a",
    "def f(p): return p\nx = f(a, p=a)", "def f(p): return p\nx = f()", "def f(p): return p\nx = f(*[a, a])", "def f(p): return p\nx = f(**{'q': a})", "x = (lambda *p, **q: len(p) + len(q))(a, 1, z=2)", "x = (lambda p=a, *, q=2: p * q)(q=3)", "f = lambda: 1; f.x = a\nx = f.x", "def f(): pass\nx = f()", "def f(): return\nx = a if f() is None else 0.0", "def f(): return a, n\nx, y = f()", "def f() -> 'nonsense': return a\nx = f()",
    "def f[T](y: T) -> T: return y\nx = f(a)", "class C[T]:\n    def __init__(self, y: T): self.y = y\nx = C(a).y", "type X = int\nx = a", "type X[T] = list[T]\nx = a", "def f[*T, **P](y): return y\nx = f(a)", "def f[T: int = float](y): return y\nx = f(a)", "x: int\nx = a", "x: 'no such' = a", "(x): float = a", "x: float = a if n else 0", "v[0]: float = 3.0\nx = v[0]",
    "class C:\n    y = 1.0\n    def __init__(self): self.z = a\n    def f(self): return self.y + self.z\nx = C().f()", "class C:\n    @property\n    def y(self): return a\nx = C().y", "class C:\n    @y.setter\n    def y(self, z): pass\nx = a", "class C:\n    __slots__ = ('y',)\n    def __init__(self): self.y = a\nx = C().y", "class C(metaclass=type): y = 2.0\nx = C.y * a", "class C:\n    def __call__(self, y): return y * a\nx = C()(2.0)",
    "class C:\n    def __getitem__(self, i): return i * a\nx = C()[2]", "class C:\n    def __add__(self, o): return a\n    def __radd__(self, o): return 2 * a\nx = (C() + 1) * (1 + C())", "class C:\n    def __eq__(self, o): return True\nx = a if C() == 1 else 0.0", "class C:\n    def __len__(self): return 3\nx = len(C()) * a", "class C:\n    def __iter__(self): return iter([a])\nx = sum(C())", "class C:\n    def __enter__(self): return a\n    def __exit__(self, *e): pass\nwith C() as x: pass",
    "class C:\n    def __contains__(self, y): return True\nx = a if 3 in C() else 0.0", "class C:\n    def __del__(self): raise ValueError\nC()\nx = a", "class C:\n    def __new__(cls): return 3.0\nx = C() * a", "class C:\n    class D: y = 2.0\nx = C.D.y * a", "class C:\n    y = [z for z in (1, 2)]\nx = C.y[0] * a", "class C:\n    for y in (1, 2): pass\nx = C.y", "class C:\n    if True: y = a\nx = C.y", "class C: y = a\nC.y = 3.0\nx = C.y", "class C(B): pass\nx = a", "class C(a): pass\nx = a",
    "@dataclass\nclass C:\n    y: float\n    z: float = 2.0\nx = C(a).z * C(a).y", "@dataclass(frozen=True)\nclass C:\n    y: float\nc = C(a)\nc.y = 2.0\nx = c.y", "@dataclass\nclass C:\n    y: float\nx = C()", "@dataclass\nclass C:\n    y: float\nx = a if C(1.0) == C(1.0) else 0.0", "@dataclass(order=True)\nclass C:\n    y: float\nx = a if C(1.0) < C(2.0) else 0.0", "@dataclass\nclass C:\n    y: list = []\nx = a",
    "x = a if n in {1, 2, 3} else 0.0", "x = {y for y in (1, 1, 2)}\nx = len(x) * a", "x = {y: y * a for y in range(3)}[2]", "x = [[y * z for y in range(2)] for z in range(2)][1][1] * a", "x = [y for y in range(5) if y % 2 if y > 1][0] * a", "x = (a,) < (a, 1)\nx = a if x else 0.0", "x = 1 < n < 5 > 2 != a\nx = float(x)", "x = a < n > 1 == True\nx = float(x)", "x = not not a\nx = float(x)", "x = n is 3\nx = a", "x = -+~n * a", "x = n if n else m", "x = ...", "x = a[...]", "x = v[..., None][0, 0]",
    "x = v[::-1][0] + v[-1:][0] + v[:2][1]", "x = v[1:][:1][0]", "x = v[slice(0, 2)][1]", "x = v[n:n]\nx = len(x) + a", "x = v[True]", "x = v[None][0][0]", "x = 'abc'[1]\nx = a", "x = (1, 2, 3)[a]", "x = [1, 2][True] * a", "x = 0x10 + 0b11 + 0o7 + 1_000 + a", "x = 1e3 + 1.e-3 + .5 + a", "x = 10 ** -2 + a", "x = 2 ** -1 ** 2 * a", "x = -2 ** 2 + a", "x = 7 // -2 + 7 % -2 + a", "x = -7.5 // 2 + -7.5 % 2 + a",
    "x = a; ; x", "x = a\n  y = 2", "x = (a", "x = a)", "x == a\nx = a", "x := a", "x = yield", "return = a", "x = a if n", "x = for y in v: y", "x = lambda: yield a", "x = [y for y in v", "x = {**a}", "x = (*v)", "*x = v", "x = *v", "x += y = a", "x, y += a", "f(a) = 3", "x = print a", "import a.b.c as x.y", "from . import *", "from __future__ import braces", "break", "continue", "return a\nx = a", "def f(a, b=1, c): pass", "x = f(a=1, 2)", "x = f(**v, *v)", "x = f(a for a in v, 1)", "x = 'a' 'b' b'c'", "x = ('a'\n'b')\nx = a",
)  # fmt: skip


def cases() -> list[Case]:
    made = []
    for k, subject in enumerate(SUBJECTS):
        for pattern in PATTERNS:
            body = f"x = y = z = 0.0\nmatch {subject}:\n    case {pattern}: r = x if isinstance(x, float) else 1.0\n    case _: r = -1.0\nx = r"
            made.append(_program(f"match {subject}: {pattern}", body, native=k == 0))
    for k, text in enumerate(STATEMENTS):
        made.append(_program(text, text, native=k % 2 == 0))
        inside = text.replace("\n", "\n    ")
        made.append(_program(f"branch: {text}", f"x = a\nif a > 1:\n    {inside}"))
        made.append(_program(f"loop: {text}", f"x = a\nfor k in range(int(n)):\n    {inside}"))
        made.append(
            _program(
                f"arm: {text}", f"x = a\nif a < 1:\n    {inside}\nelse:\n    x = 2.0 * a", native=k % 5 == 0
            )
        )
    return made


def _program(name: str, body: str, *, native: bool = False) -> Case:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    point = "@dataclass\nclass Point:\n    x: float\n    y: float\nGLOBAL = 2.0\n"
    source = f"{HEAD}{point}def objective(a, v, n=3):\n{lines}    return x\n"
    safe = not any(w in body for w in ("open(", "asyncio", "print("))
    return Case("grammar", name, source, {}, PARAMS, native=native, python=safe)


PARAMS = {"a": 2.0, "v": np.array([0.5, 1.5, 2.5])}
