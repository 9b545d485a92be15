"""Attempts to run code, to read or change what is outside, or to take the evaluator's own objects apart."""

from __future__ import annotations

import builtins
import itertools

from tests.hostile.judge import Case
from tests.hostile.programs.calls import DATA, PARAMS, case

DUNDERS = (
    "__class__ __bases__ __mro__ __subclasses__ __dict__ __globals__ __code__ __closure__ __init__ __builtins__ __import__ "
    "__reduce__ __getattribute__ __setattr__ __call__ __wrapped__ __self__ __module__ __doc__ __name__ __loader__ __spec__ "
    "__file__ __path__ __func__ __defaults__ __array__ __array_interface__ __array_ufunc__ __len__ __iter__ __add__ __float__ "
    "__sizeof__ __del__ __hash__ __eq__ __class_getitem__ __init_subclass__ mro gi_frame f_globals _core base ctypes data tofile "
    "dump dumps setflags resize sort fill byteswap partition view getfield setfield tobytes"
).split()
BASES = "a v y m k s r d None np np.sum np.float64 math helper Point Point(a) (lambda:0) scipy.stats.norm scipy.special 'x' ()".split()

CANARY = "sys.canary = 1"
RUN = (
    "exec('import sys; sys.canary = 1')",
    'eval(\'__import__("sys").__setattr__("canary", 1)\')',
    "compile('import sys; sys.canary = 1', 'x', 'exec')",
    "__import__('sys').exit()",
    "__import__('os').remove('x')",
    "open('canary', 'w')",
    "builtins.exec('import sys; sys.canary = 1')",
    'builtins.eval(\'__import__("sys").__setattr__("canary", 1)\')',
    "builtins.open('canary', 'w')",
    "builtins.__import__('os').mkdir('canary')",
    "builtins.print('canary')",
    "builtins.input()",
    "builtins.breakpoint()",
    "builtins.setattr(np, 'canary', 1)",
    "builtins.globals()",
    "operator.methodcaller('mkdir', 'canary')(1)",
    "operator.attrgetter('__class__')(a)",
    "operator.setitem(r, 0, 9.0)",
    "operator.delitem(d, 'x')",
    "operator.iadd(y, 1.0)",
    "functools.partial(exec, 'import sys; sys.canary = 1')()",
    "functools.reduce(exec, ['import sys; sys.canary = 1', None])",
    "list(map(exec, ['import sys; sys.canary = 1']))",
    "list(map(open, ['canary'], ['w']))",
    "max(['import sys; sys.canary = 1'], key=exec)",
    "sorted(['import sys; sys.canary = 1'], key=eval)",
    "np.vectorize(exec)('import sys; sys.canary = 1')",
    "np.fromfunction(exec, (1,))",
    "np.apply_along_axis(exec, 0, y)",
    "np.piecewise(y, [y > 0], [exec])",
    "np.save('canary', y)",
    "np.savetxt('canary', y)",
    "np.savez('canary', y)",
    "np.load('/etc/hostname', allow_pickle=True)",
    "np.loadtxt('/proc/self/stat')",
    "np.genfromtxt('/proc/self/stat')",
    "np.fromfile('/etc/hostname')",
    "np.fromregex('/etc/hostname', 'x', float)",
    "np.memmap('canary', dtype=float, mode='w+', shape=(3,))",
    "np.lib.format.open_memmap('canary', mode='w+', shape=(3,))",
    "np.lib.npyio.DataSource('.')",
    "np.DataSource('.')",
    "np.lib.introspect.opt_func_info()",
    "np.ctypeslib.load_library('libc', '.')",
    "np.testing.runstring('import sys; sys.canary = 1', {})",
    "np.testing.rundocs()",
    "np.f2py.compile('x')",
    "np.test()",
    "np.show_config()",
    "np.info(np.sum)",
    "np.get_include()",
    "np.seterr(all='raise')",
    "np.seterrcall(helper)",
    "np.setbufsize(16)",
    "np.set_printoptions(precision=1)",
    "np.random.seed(0)",
    "np.random.rand(3)",
    "np.random.default_rng(0).normal()",
    "np.random.shuffle(y)",
    "np.put(y, [0], [9.0])",
    "np.place(y, y > 0, [9.0])",
    "np.copyto(y, 0.0)",
    "np.putmask(y, y > 0, 9.0)",
    "np.fill_diagonal(m, 9.0)",
    "np.add(y, 1.0, out=y)",
    "np.add.at(y, 0, 1.0)",
    "np.sort(y).sort()",
    "y.sort()",
    "y.fill(0.0)",
    "y.resize(7)",
    "y.setflags(write=False)",
    "y.tofile('canary')",
    "y.dump('canary')",
    "y.partition(1)",
    "y.byteswap(True)",
    "y.itemset(0, 9.0)",
    "y.put([0], [9.0])",
    "y.setfield(1.0, float)",
    "np.frompyfunc(exec, 1, 1)('import sys; sys.canary = 1')",
    "np.nditer(y)",
    "np.errstate(all='raise').__enter__()",
    "np.printoptions(precision=1).__enter__()",
    "np.array2string(y, formatter={'all': exec})",
    "np.broadcast_arrays(y, m)[0]",
    "np.lib.stride_tricks.as_strided(y, (100000,), (8,))",
    "np.lib.stride_tricks.as_strided(y, (10,), (10**12,))",
    "np.ndarray((100000,), float, y)",
    "np.ndarray((3,))",
    "np.frombuffer(b'x' * 8)",
    "np.fromstring('1 2', sep=' ')",
    "np.from_dlpack(y)",
    "np.empty(3)",
    "np.may_share_memory(y, y)",
    "scipy.test()",
    "scipy.show_config()",
    "scipy.LowLevelCallable(None)",
    "scipy.io.loadmat('x')",
    "scipy.special.seterr(all='raise')",
    "scipy.special.errstate(all='raise').__enter__()",
    "scipy.special.test()",
    "scipy.stats.norm.rvs()",
    "scipy.stats.norm(0, 1).rvs(3)",
    "scipy.stats.bootstrap((y,), np.mean)",
    "scipy.stats.norm.fit(y)",
    "scipy.optimize.minimize(exec, y)",
    "scipy.integrate.quad(exec, 0, 1)",
    "itertools.count()",
    "itertools.cycle(r)",
    "itertools.repeat(1)",
    "list(itertools.count())",
    "sum(itertools.repeat(a))",
    "warnings.warn('canary')",
    "warnings.simplefilter('error')",
    "warnings.filterwarnings('error')",
    "print('canary')",
    "help(a)",
    "input('x')",
    "breakpoint()",
    "exit()",
    "quit()",
    "adfun.make_ad_fun(helper, {}, {'x': 1.0})",
    "adfun.report(**{'*/': a})",
    "types.CodeType()",
    "types.FunctionType(helper.__code__, {})()",
    "type('X', (), {})()",
    "type(a)('3')",
    "getattr(np, 'load')('x')",
    "getattr(__builtins__, 'exec')('1')",
    "__builtins__['exec']('1')",
    "__builtins__.exec('1')",
    "__loader__.load_module('os')",
    "__spec__.loader",
    "vars(np)['load']('x')",
    "globals()['np'].load('x')",
    "().__class__.__base__.__subclasses__()[0]",
    "'{0.__class__}'.format(a)",
    "'%s' % np",
    "f'{np.__dict__}'",
    "memoryview(y)[0]",
    "id(a)",
    "hash(a)",
    "object()",
)

CHANGES = (
    "np.sum = helper", "np.pi = 4", "math.pi = 4", "np.canary = a", "del np.sum", "helper.x = a", "objective.x = a", "Point.x = a",
    "a.x = 1", "v.shape = (1, 3)", "v.flags.writeable = False", "y.dtype = int", "y.strides = (0,)", "y.T[0] = a", "y.flat[0] = a",
    "y.real[0] = 9.0", "v.data = y", "s.x = 1", "d.x = 1", "r.x = 1", "k.x = 1", "None.x = 1", "np.float64.x = 1", "Point(a).y = a",
    "__builtins__.len = helper", "__name__ = 'x'", "len = 3", "global np; np = a", "global zz; zz = a", "import os", "import os as np",
    "import sys; sys.canary = 1", "from os import *", "from os import system", "import numpy.f2py", "import builtins; builtins.len = 1",
    "import importlib; importlib.reload(np)", "from __future__ import annotations", "import adfun._core as c", "from adfun import _core",
    "import pickle", "import ctypes; ctypes.string_at(0)", "import no_such_module", "from . import x", "from .. import x", "import this",
    "import numpy as np, os", "import antigravity", "y[:] = 0.0", "m[0][:] = 0.0", "r[0] = 9.0", "r.clear()", "d['x'] = 9.0", "d.clear()",
    "y += 1.0", "y *= a", "m -= m", "np.sum(y, out=y[0])", "del y", "del a", "del np", "del objective", "helper = 3", "Point = 3",
    "np.add.reduce = helper", "np.add = helper", "np.ndarray.sum = helper", "float = int", "raise SystemExit", "raise KeyboardInterrupt",
    "raise BaseException", "raise MemoryError", "raise a", "raise helper", "raise 'x'", "raise None", "raise ValueError from a", "raise",
    "assert False", "assert a, exec('1')", "assert (a, 'x')", "assert not a, y", "raise StopIteration", "raise GeneratorExit", "raise Warning",
)  # fmt: skip

IMPORTS = "os sys builtins operator functools itertools warnings types pickle ctypes subprocess socket importlib inspect ast adfun threading typing".split()


def cases() -> list[Case]:
    made = []
    for base, name in itertools.product(BASES, DUNDERS):
        made.append(_impure(f"{base}.{name}", f"{base}.{name}"))
        made.append(_impure(f"{base}.{name}()", f"{base}.{name}()"))
    for text in RUN:
        made.append(_impure(text, text, importing=True))
        made.append(_impure(f"{text}, a", text, "a", importing=True))
        made.append(
            _impure(
                f"y: {text}",
                f"z = y; {text.replace('y', 'z', 1) if text.startswith('y') else text}",
                "y",
                importing=True,
            )
        )
    for text in CHANGES:
        made.append(_impure(text, text, "a"))
        made.append(_impure(f"if: {text}", f"if a > 1: {text}", "a"))
    for name in sorted(vars(builtins)):
        if name != "_":
            made += [
                _impure(name, name),
                _impure(f"{name}(a)", f"{name}(a)"),
                _impure(f"{name}('1')", f"{name}('1')"),
            ]
            made.append(_impure(f"{name} = a", f"{name} = a" if name not in KEYWORDS else f"({name})", name))
    for text in RUN[:12]:
        for where in ("default", "decorator", "annotation", "module", "class"):
            made.append(_elsewhere(where, text))
    return made


KEYWORDS = ("None", "True", "False", "__debug__")


def _impure(name: str, *lines: str, importing: bool = False) -> Case:
    """Not for Python to run: what it would do is what must not happen."""
    plain = case("tricks", name, *lines)
    head = "".join(f"import {n}\n" for n in IMPORTS) if importing else ""
    raises = "RuntimeError" if "raise " in name else ""
    return Case(
        "tricks", name, head + str(plain.source), DATA, PARAMS, native=False, python=False, raises=raises
    )


def _elsewhere(where: str, text: str) -> Case:
    head = "import sys, os, builtins, operator, functools\nimport numpy as np\n"
    templates = {
        "default": "def objective(a, b={0}):\n    return a\n",
        "decorator": "@{0}\ndef objective(a):\n    return a\n",
        "annotation": "def objective(a: {0}) -> {0}:\n    x: {0} = a\n    return a\n",
        "module": "{0}\nX = {0}\ndef objective(a):\n    return a\n",
        "class": "class C:\n    x = {0}\ndef objective(a):\n    return a if C else a\n",
    }
    return Case("tricks", f"{where} {text}", head + templates[where].format(text), native=False, python=False)
