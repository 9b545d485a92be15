"""Short programs that ask for more memory or time than there is."""

from __future__ import annotations

from tests.hostile.judge import Case
from tests.hostile.programs.calls import DATA, HEAD, PARAMS

EXPRESSIONS = (
    "[0] * 10**12", "[a] * 10**9", "(a,) * 10**12", "'a' * 10**10", "b'a' * 10**10", "[[a] * 10**5] * 10**5", "'a' * -1", "[a] * -5",
    "np.zeros(10**15)", "np.zeros(10**10)", "np.zeros((10**5, 10**5, 10**5))", "np.zeros(2**62)", "np.zeros((2**32, 2**32))",
    "np.ones(10**12) * a", "np.full(10**12, a)", "np.empty(10**13)", "np.eye(10**9)", "np.identity(10**8)", "np.arange(10**12)",
    "np.arange(0, 1, 1e-15)", "np.arange(1e300)", "np.linspace(0, a, 10**12)", "np.linspace(0, 1, 10**11)", "np.logspace(0, 1, 10**11)",
    "np.tile(v, 10**12)", "np.repeat(v, 10**12)", "np.repeat(y, 10**12)", "np.tile(y, (10**6, 10**6))", "np.zeros(k * 10**14)",
    "np.outer(np.zeros(10**6), np.zeros(10**6))", "np.kron(np.ones(10**6), np.ones(10**6))", "np.meshgrid(np.zeros(10**6), np.zeros(10**6))",
    "np.broadcast_to(v, (10**9, 10**9, 3))", "np.broadcast_to(y, (10**12, 3))", "np.indices((10**4, 10**4, 10**4))", "np.tri(10**7)",
    "np.bincount([10**15])", "np.bincount(i, minlength=10**13)", "np.diag(np.zeros(10**6))", "np.vander(y, 10**12)", "np.pad(y, 10**13)",
    "np.pad(v, 10**13)", "np.unique(np.arange(10**11))", "np.roll(v, 10**30)", "np.fft.fft(y, 10**13)", "np.zeros(10**30)", "np.zeros(-1)",
    "np.zeros((10**30, 0))", "np.zeros((0, 10**12))", "np.reshape(v, (10**30,))", "np.resize(y, 10**13)", "np.resize(v, 10**13)",
    "9**9**9", "9**9**9 * a", "a * 2**10**10", "2**(2**40)", "10**10**8", "(10**10**5) % 7", "7 ** 10**7 % 3", "1 << 10**12", "1 << 10**9", "a * (1 << 64)",
    "math.factorial(10**8)", "math.factorial(10**6)", "math.factorial(171)", "math.comb(10**9, 5 * 10**8)", "math.perm(10**8)", "math.pow(9, 9**9)",
    "sum(range(10**10))", "sum(range(10**30))", "max(range(10**12))", "list(range(10**10))", "tuple(range(10**9))", "set(range(10**9))",
    "len(range(10**30))", "range(10**30)[5]", "range(10**30)[10**29]", "range(10**30)[-1]", "10**29 in range(10**30)", "[i for i in range(10**10)]",
    "sum(a for _ in range(10**10))", "{i: i for i in range(10**9)}", "[[x for x in range(10**5)] for z in range(10**5)]", "sorted(range(10**9))",
    "list(zip(range(10**9), range(10**9)))", "list(enumerate(range(10**9)))", "list(map(helper, range(10**9)))", "list(reversed(range(10**9)))",
    "sum(list(itertools.product(range(100), repeat=10)), ())", "list(itertools.permutations(range(20)))", "list(itertools.combinations(range(40), 20))",
    "next(itertools.count(10**30))", "list(itertools.count())", "[x for x in itertools.count()]", "sum(itertools.repeat(a, 10**12))", "min(itertools.cycle(r))",
    "list(itertools.islice(itertools.count(), 10**10))", "functools.reduce(lambda x, z: x + z, range(10**10))", "any(x < 0 for x in range(10**12))",
    "str(10**10**7)", "int('9' * 10**7)", "float('9' * 10**6)", "'x'.join(['a' * 10**6] * 10**6)", "'a'.ljust(10**11)", "'{:>99999999999}'.format(1)",
    "f'{k:99999999999}'", "'%99999999999d' % 1", "'a' * 10**5 * 10**5", "'ab'.replace('', 'x' * 10**9)", "'a'.zfill(10**11)", "' ' .center(10**11)",
    "scipy.special.gammaln(10**400)", "scipy.special.binom(10**300, 5)", "scipy.special.comb(10**9, 10**8, exact=True)", "scipy.linalg.hilbert(10**6)",
    "scipy.special.factorial(10**7, exact=True)", "scipy.linalg.toeplitz(np.zeros(10**6))", "np.linalg.matrix_power(m, 10**30)", "np.linalg.matrix_power(m, 10**18)",
    "np.polynomial.legendre.leggauss(10**6)", "np.polynomial.hermite.hermgauss(10**5)", "scipy.special.roots_hermite(10**7)", "np.convolve(np.ones(10**6), np.ones(10**6))",
    "v[10**30]", "v[:10**30]", "v[::10**30]", "m[-10**30:]", "r[10**30]", "r * 10**12", "[v] * 10**9", "v.repeat(10**13)", "np.concatenate([v] * 10**7)",
    "np.stack([y] * 10**8)", "np.array([[0.0] * 10**4] * 10**4) * a", "np.einsum('i,j,k,l,m,n,o,p->ijklmnop', v, v, v, v, v, v, v, v)",
    "np.einsum('i,j->ij', np.zeros(10**6), np.zeros(10**6))", "scipy.stats.poisson.pmf(np.arange(10**11), a)", "a // 5e-324", "int(1e300)", "int(a * 1e300)",
    "round(a, 10**9)", "round(1.5, 10**30)", "divmod(a, 10**400)", "pow(3, 10**9)", "pow(3, 10**9, 7)", "abs(-10**400)", "float(10**400)", "a + 10**400", "10**400 / 10**399",
    "10**400 > a", "max(10**400, 1)", "hash(10**400)", "-10**400 // 3", "10**400 & 255", "(10**400).bit_length()", "range(0, 10**30, 10**29)", "np.arange(0, 10**30, 10**29)",
)  # fmt: skip

BODIES = (
    "while True: pass\nreturn a", "while True: a += 1\nreturn a", "while k: k = 1\nreturn a", "x = [a]\nwhile True: x.append(a)\nreturn a",
    "x = [a]\nwhile len(x) < 10**10: x.append(a)\nreturn a", "x = [a]\nfor z in x: x.append(z)\nreturn a", "x = [a]\nfor _ in range(60): x = x + x\nreturn x[0]",
    "x = 'a'\nfor _ in range(60): x = x + x\nreturn a", "x = (a,)\nfor _ in range(60): x = x + x\nreturn x[0]", "x = [a]\nfor _ in range(60): x = [x, x]\nreturn a",
    "x = 3\nfor _ in range(60): x = x * x\nreturn a", "x = 3\nwhile x: x = x * x\nreturn a", "x = v\nfor _ in range(60): x = np.concatenate([x, x])\nreturn x[0]",
    "for z in range(10**12): a = a + 1\nreturn a", "for z in range(10**30): a = a + 1\nreturn a", "for z in range(10**7): r.append(z)\nreturn a",
    "for z in itertools.count(): a = a + 1\nreturn a", "for z in itertools.count():\n    if z > 3: break\n    a += 1\nreturn a", "for z in iter(int, 1): pass\nreturn a",
    "def f(): return f()\nreturn f()", "def f(n): return f(n + 1)\nreturn f(0)", "def f(x): return f(x) + f(x)\nreturn f(a)", "f = lambda: f()\nreturn f()",
    "def f(n): return a if n == 0 else f(n - 1) + f(n - 1)\nreturn f(30)", "def f(n): return a if n == 0 else f(n - 1) + f(n - 1)\nreturn f(12)",
    "def f(n): return n if n < 2 else f(n - 1) + f(n - 2)\nreturn a * f(35)", "def f(*x): return f(*x, *x)\nreturn f(a)", "def f(**x): return f(**x)\nreturn f(z=a)",
    "def f(x):\n    if x > 0: return f(x - 1)\n    return x\nreturn f(a)", "def f(x): return x if x < 0 else f(x - a)\nreturn f(k)", "def f(n):\n    while True: n = f(n)\nreturn f(a)",
    "def f(m, n): return n + 1 if m == 0 else (f(m - 1, 1) if n == 0 else f(m - 1, f(m, n - 1)))\nreturn a * f(4, 2)", "class C:\n    def __init__(self): self.x = C()\nreturn C().x",
    "class C:\n    @property\n    def x(self): return self.x\nreturn C().x", "class C:\n    def __add__(self, o): return self + o\nreturn C() + a", "class C:\n    def __getattr__(self, n): return self.zz\nreturn C().y",
    "class C:\n    def __len__(self): return 10**30\nreturn len(C()) + a", "class C:\n    def __iter__(self): return self\n    def __next__(self): return a\nreturn sum(C())",
    "class C:\n    def __bool__(self): return self\nreturn a if C() else 0.0", "class C:\n    def __float__(self): return float(self)\nreturn float(C())",
    "class C(C): pass\nreturn a", "x = []\nx.append(x)\nreturn len(x) + a", "x = []\nx.append(x)\nreturn a if x == x else 0.0", "x = {}\nx['x'] = x\nreturn a if x == x else 0.0",
    "x = []\nx.append(x)\nreturn np.sum(x)", "x = []\nx += [x]\nreturn np.array(x)", "x = [a]\nx.extend(x)\nreturn x[1]", "x = [a]\nx[:] = [x]\nreturn x[0][0]", "x = [[]]\nx[0].append(x)\nreturn sum(x)",
    "def g():\n    while True: yield a\nreturn sum(g())", "def g(): yield from g()\nreturn sum(g())", "def g():\n    for z in range(10**12): yield z\nreturn sum(g())", "x = (z for z in x)\nreturn sum(x)",
    "for b1 in range(50):\n    for b2 in range(50):\n        for b3 in range(50):\n            for b4 in range(50): r.append(a)\nreturn a", "try:\n    while True: pass\nexcept ValueError: pass\nreturn a",
    "x = 0\nfor z in range(2000): x = x + np.sum(v * z)\nreturn x", "for z in [1.0] * 10**6: a = a + z\nreturn a", "for z in [v] * 5000: a = a + np.sum(z)\nreturn a", "return functools.reduce(lambda f, _: lambda: f() + f(), range(40), lambda: a)()",
    "x = a\nfor z in list(range(3000)): x = x * a\nreturn x", "for z in ('x',) * 10**5: a += 1\nreturn a", "d2 = {z: a for z in range(10**5)}\nreturn sum(d2.values())", "x = [a for _ in range(10**6)]\nreturn sum(x)",
    "x = [float(z) for z in range(10**5)]\nreturn a * sum(x)", "for z in range(10**5): d[z] = a\nreturn a", "s2 = ''\nfor z in range(10**5): s2 += 'x'\nreturn a * len(s2)", "x = 1\nfor z in range(10**6): x = -x\nreturn x * a",
    "match a:\n    case [*x] if True: return 0.0\nreturn a", "while a > 0:\n    while a > 0:\n        a -= 1\nreturn a", "x = v\nwhile x.size: x = x[1:]\nreturn a", "x = v\nwhile True:\n    x = np.append(x, a)\n    if x.size > 50: break\nreturn x[0]",
)  # fmt: skip


def cases() -> list[Case]:
    made = []
    head = f"import functools, itertools\n{HEAD}\ndef objective({', '.join((*PARAMS, *DATA))}):\n"
    for text in EXPRESSIONS:
        made.append(_bomb(text, f"{head}    return total({text})\n"))
        made.append(_bomb(f"{text} * a", f"{head}    x = {text}\n    return np.sum(x * a)\n"))
        made.append(
            _bomb(
                f"module {text}",
                head.replace("\ndef objective", f"\nX = {text}\ndef objective") + "    return a\n",
            )
        )
    for body in BODIES:
        made.append(_bomb(body, head + "".join(f"    {line}\n" for line in body.splitlines())))
    return made


def _bomb(name: str, source: str) -> Case:
    return Case("bombs", name, source, DATA, PARAMS, native=False)
