from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

Vector = NDArray[np.float64]
Convert = Callable[[Any, str], Vector]
Reduce = Callable[[str], tuple[Any, ...]]
Fail = Callable[[int, tuple[int, int, int, int]], None]

ABI: int
"""Of modules that can be loaded: ADFUN_ABI of `adfun/abi.h`."""

class Library:
    """A module in memory; `name in library` tells whether it exports a symbol."""

    def __contains__(self, name: str) -> bool: ...
    def selftest(self) -> list[float]:
        """What it computes of known numbers, by vectors and libm."""

class Inputs:
    """Data of all functions of a module, laid out as `adfun_inputs` says; buffers are kept, not copied."""

    def __init__(
        self,
        data: list[NDArray[Any]],
        ints: list[int],
        reals: list[float],
        offsets: list[int],
        lapack: list[object],
    ) -> None: ...

class Bound:
    """A function of a module with its data: `prepare` has run.  Any error is raised by `fail`."""

    def __init__(
        self,
        library: Library,
        name: str,
        inputs: Inputs,
        *,
        values: int,
        gradients: int,
        last: int,
        slots: int,
        growable: int,
        fail: Fail,
        threads: int = 1,
    ) -> None: ...

class OneBlasThread:
    """While it lives, the BLAS that a capsule's routine belongs to runs on one thread."""

    def __init__(self, routine: object) -> None: ...

Load = Callable[[], tuple[Bound, list[int]]]
"""Asked at the first call: what to call, and where direction k stands in x, if directions are known."""

class Value(Protocol):
    def __call__(self, x: ArrayLike | None = None) -> float: ...

class Gradient(Protocol):
    def __call__(self, x: ArrayLike | None = None) -> Vector: ...

class Pair(Protocol):
    def __call__(self, x: ArrayLike | None = None) -> tuple[float, Vector]: ...

class Hessian(Protocol):
    def __call__(self, x: ArrayLike | None = None) -> NDArray[np.float64]: ...

class Product(Protocol):
    def __call__(self, x: ArrayLike | None, v: ArrayLike) -> Vector: ...

class Report(Protocol):
    def __call__(self, x: ArrayLike | None = None) -> list[tuple[int, NDArray[Any]]]: ...

def helpers() -> int:
    """How many threads this process has started to help calls with."""

def load(image: bytes, directories: list[bytes]) -> Library: ...
def first_order(
    value: Bound, gradient: Bound, par: Vector, convert: Convert, reduce: Reduce
) -> tuple[Value, Gradient, Pair]: ...
def product(load: Load, par: Vector, convert: Convert, reduce: Reduce) -> Product: ...
def hessian(load: Load, par: Vector, convert: Convert, reduce: Reduce) -> Hessian: ...
def report(load: Load, par: Vector, convert: Convert, reduce: Reduce) -> Report: ...
