"""The hand-written references of hand.cpp, called with flat parameters, as objects are."""

from __future__ import annotations

import ctypes
import functools
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

Array = NDArray[np.float64]
ValueAndGradient = Callable[[Array], tuple[float, Array]]

SOURCE = Path(__file__).with_name("hand.cpp")
FLAGS = "-O3 -march=native -mprefer-vector-width=512 -fno-math-errno -fopenmp-simd -shared -fPIC".split()


def compiler() -> str | None:
    """The references need g++ and the C library's vector functions."""
    return shutil.which("g++")


@functools.cache
def _library() -> ctypes.CDLL:
    command = compiler()
    if command is None:
        raise RuntimeError("the hand-written references need g++")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hand.so"
        subprocess.run([command, *FLAGS, str(SOURCE), "-o", str(path), "-lmvec", "-lm"], check=True)
        return ctypes.CDLL(str(path))


def _pointer(array: NDArray[Any]) -> ctypes.c_void_p:
    """An address that keeps the array alive."""
    return array.ctypes.data_as(ctypes.c_void_p)


def _function(name: str) -> Any:
    function = getattr(_library(), name)
    function.restype = ctypes.c_double
    return function


def negative_binomial(data: Mapping[str, Any], params: Mapping[str, Any]) -> ValueAndGradient:
    """What depends on y alone is done once, as adfun does."""
    X, y, function = data["X"], data["y"], _function("negative_binomial")
    n, p = X.shape
    constant = ctypes.c_double(float(np.sum(gammaln(y + 1))))
    head = (ctypes.c_int64(n), ctypes.c_int64(p), _pointer(X), _pointer(y), constant)

    def call(x: Array) -> tuple[float, Array]:
        gradient = np.empty(p + 1)
        return function(*head, _pointer(x), ctypes.c_double(x[p]), _pointer(gradient)), gradient

    return call


def garch(data: Mapping[str, Any], params: Mapping[str, Any]) -> ValueAndGradient:
    """Forward mode by hand."""
    r, function = data["r"], _function("garch")
    head = (ctypes.c_int64(len(r)), _pointer(r))

    def call(x: Array) -> tuple[float, Array]:
        gradient = np.empty(4)
        return function(*head, *map(ctypes.c_double, x), _pointer(gradient)), gradient

    return call


def crossed(data: Mapping[str, Any], params: Mapping[str, Any]) -> ValueAndGradient:
    """The groups are kept as 32-bit integers."""
    y, function = data["y"], _function("crossed")
    subject, item = data["subject"].astype(np.int32), data["item"].astype(np.int32)
    subjects, items = len(params["u"]), len(params["v"])
    sizes = map(ctypes.c_int64, (len(y), subjects, items))
    head = (*sizes, _pointer(y), _pointer(subject), _pointer(item))

    def call(x: Array) -> tuple[float, Array]:
        gradient = np.empty(len(x))
        u, v = x[1:], x[1 + subjects :]
        sds = map(ctypes.c_double, x[-2:])
        start = (ctypes.c_double(x[0]), _pointer(u), _pointer(v))
        value = function(*head, *start, *sds, _pointer(gradient))
        return value, gradient

    return call


HAND: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], ValueAndGradient]] = {
    "negative_binomial": negative_binomial,
    "garch": garch,
    "crossed": crossed,
}
