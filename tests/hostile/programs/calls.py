"""Operators, subscripts, functions and methods applied to what they are not made for."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from adfun.frontend.tables import FUNCTIONS, METHODS
from adfun.library import LIBRARY
from adfun.library.distributions import DISTRIBUTIONS
from tests.hostile.judge import Case

HEAD = """
import math
import numpy as np
import scipy.special, scipy.stats, scipy.linalg, scipy.interpolate, scipy.signal
class Point:
    def __init__(self, x):
        self.x = x
def helper(x):
    return x
def total(x):
    return float(np.sum(x))
"""

DATA: dict[str, Any] = {
    "k": 3,
    "b": True,
    "y": np.array([1.0, 2.0, 3.0]),
    "i": np.array([0, 2, 1]),
    "q": np.array([True, False, True]),
    "m": np.array([[2.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 4.0]]),
    "e": np.zeros(0),
    "r": [1.0, 2.0],
    "d": {"x": 1.0},
    "s": "text",
}
PARAMS: dict[str, Any] = {"a": 2.0, "v": np.array([0.5, 1.5, 2.5])}

VALUES = (
    "a v y i q m e k b r d s None 'x' () (1,2) [] [a] {} {'z':a} 3 -1 2.5 True 0 10**30 1e400 np math.sin helper "
    "Point Point(a) slice(1) ... 1j b'x' {1} range(3) float int (lambda:a) (a,'x') [y,m] [[a],y] np.float64 v[:0] "
    "f'{k}' iter([a]) np.inf np.nan v[:,None] -(2**63) print NotImplemented y[:0]"
).split()

BINARY = [*"+ - * / // % ** @ << >> & | ^ == < <= is in and or".split(), "is not", "not in"]
UNARY = [*"- + ~".split(), "not "]


def case(family: str, name: str, *lines: str) -> Case:
    """A function of all arguments; the last line is what is summed up and returned."""
    *before, last = lines
    arguments = ", ".join((*PARAMS, *DATA))
    body = "\n    ".join((*before, f"return total({last})"))
    source = f"{HEAD}\ndef objective({arguments}):\n    {body}\n"
    return Case(family, name, source, DATA, PARAMS, native=False)


def operators() -> list[Case]:
    two = [f"{x} {o} {y}" for o in BINARY for x, y in itertools.product(VALUES, VALUES)]
    one = [f"{o}{x}" for o in UNARY for x in VALUES]
    augmented = [
        (f"{x} {o}= {y}", x) for o in BINARY[:13] for x in "a v y i q m e k r d s".split() for y in VALUES
    ]
    made = [case("operators", text, f"({text})") for text in (*two, *one)]
    return made + [case("operators", text, text, x) for text, x in augmented]


BASES = "a v y i m e k r d s None np helper Point range(3) (a,k) [a,v] 'xy' v[:,None] {'x':v} Point(a) y.sum()".split()
INDICES = (
    "a k b s v i q m e None ... 'x' 0 -1 3 99 -99 10**30 1.5 True () (0,) (0,0) (0,0,0,0) [] [0] [0,99] [True,False] "
    "[True,False,True] : ::-1 ::0 1:99 99:1 'a':'b' a:k ...,... :,:,: 0,None,... i,i q,q i,q [[0,1],[1,0]] slice(0,2) "
    "{0} lambda:0 np helper :k k: ::k 2**62:-(2**62):2**62 y>1 m>1 v>1 r (q,) d 1j [a] range(2) i[:2] None,None,None,0"
).split()


def subscripts() -> list[Case]:
    made = []
    for base, index in itertools.product(BASES, INDICES):
        text = f"{base}[{index}]"
        made.append(case("subscripts", text, text))
        if base.isidentifier():
            made.append(case("subscripts", f"{text} = a", f"{text} = a", base))
            made.append(case("subscripts", f"{text} = y", f"{text} = y", base))
            made.append(case("subscripts", f"{text} += v", f"{text} += v", base))
            made.append(case("subscripts", f"del {text}", f"del {text}", base))
    return made


ARGUMENTS = (
    "| a | v | y | m | i | None | 'x' | v,v | v,y,v | a,a,a,a,a,a,a,a | v,axis=5 | v,axis='x' | m,axis=(0,0) | v,axis=a "
    "| v,nonsense=1 | [] | {} | e | v[:0] | v,out=v | np | helper | 10**30 | -1 | k,v | v,k | m,v | v,m | m,m | v,-1 | v,1.5 "
    "| v,10**9 | [v,m] | [a,[a]] | *v | **d | v,v[:2] | m[:2],m | v,None | True | m[:,:,None],v | 'x','y' | s,v | v,s | v,[],[] "
    "| v,dtype=int | v,dtype='x' | (v,v),axis=3 | v,keepdims=a | v,lambda x:x | np.inf | (a,)*7 | v,q | i,a | range(3) | d"
).split("|")


def _calls(name: str, callee: str, family: str) -> list[Case]:
    return [case(family, f"{name}({given.strip()})", f"{callee}({given.strip()})") for given in ARGUMENTS]


def functions() -> list[Case]:
    dotted = {**dict.fromkeys(FUNCTIONS), **dict.fromkeys(LIBRARY)}
    names = [n for n in dotted if n.split(".")[0] in ("numpy", "math", "scipy")]
    for name, methods in DISTRIBUTIONS.items():
        names += [f"scipy.stats.{name}.{method}" for method in methods]
    made = []
    for name in names:
        callee = name.replace("numpy.", "np.", 1) if name.startswith("numpy.") else name
        made += _calls(name, callee, "functions")
    return made


BUILTIN = (
    "abs all any bool dict divmod enumerate filter float frozenset hasattr getattr int isinstance issubclass iter len list "
    "map max min next pow print range reversed round set slice sorted str sum super tuple type zip complex bytes ord chr "
    "hex bin oct hash id input open eval exec compile globals locals vars dir callable repr format setattr delattr object "
    "property classmethod staticmethod memoryview bytearray ascii breakpoint help __import__"
).split()


def methods() -> list[Case]:
    made = []
    for name in BUILTIN:
        made += _calls(name, name, "methods")
    for name in METHODS:
        made += _calls(f"v.{name}", f"v.{name}", "methods")
    for base, kind in (
        ("r", list),
        ("[a,v]", list),
        ("d", dict),
        ("s", str),
        ("'xy'", str),
        ("(a,k)", tuple),
    ):
        public = [n for n in dir(kind) if not n.startswith("_")]
        for name in public:
            made += _calls(f"{base}.{name}", f"{base}.{name}", "methods")
    return made
