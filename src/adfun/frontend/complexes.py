"""Complex numbers that depend on parameters: objects of the library's class `Complex`, two real parts.

z = R + 1 / (1j * w * C)        1j is known now, w * C is a run-time array: their product is a Complex
abs(z), np.exp(z), z[k] = 0     methods and functions of `library/complex_numbers.py`

What is known now stays Python's, what is made of data alone stays NumPy's (`bindtime.py`), until it meets
a value that depends on parameters; or until an array is made to be filled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adfun.frontend import bindtime, written
from adfun.frontend.arrays.fourier import TRANSFORM
from adfun.frontend.machine import Machine
from adfun.frontend.refs import Ref, target
from adfun.frontend.values import Array, Foreign, Instance, ListValue, Scalar, Value, is_known
from adfun.lazy import LazyModule

library = LazyModule("adfun.library.complex_numbers")

transforms = LazyModule("adfun.library.fourier")
physics = LazyModule("adfun.library.special_physics")

_OWN = (
    "absolute angle conjugate negative add subtract multiply divide reciprocal square power exp expm1 log "
    "log10 sqrt sin cos tan sinh cosh tanh isfinite isnan prod matmul dot vdot inner outer kron convolve "
    "tensordot einsum polyval real imag array"
)
OWN: dict[str, str] = {
    **{f"numpy.{name}": name for name in _OWN.split()},
    **{f"numpy.linalg.{name}": name for name in ("solve", "inv", "norm")},
    **{f"scipy.linalg.{name}": name for name in ("solve", "inv", "norm")},
    **{
        f"cmath.{name}": name
        for name in "exp log log10 sqrt sin cos tan sinh cosh tanh isfinite isnan".split()
    },
    "cmath.phase": "angle",
    "numpy.abs": "absolute",
    "numpy.conj": "conjugate",
    "numpy.pow": "power",
    "numpy.true_divide": "divide",
    "numpy.asarray": "complex_",
    "numpy.lib.scimath.sqrt": "sqrt",
    "builtins.complex": "complex_",
    "builtins.pow": "power",
    "numpy.complex128": "complex_",
}
"""Functions of complex numbers that are written in the library."""

FADDEEVA = "scipy.special.wofz"
ALWAYS = frozenset(name for name in OWN if name.startswith("cmath.")) | {FADDEEVA}
"""Functions that take real numbers for complex ones."""

PARTWISE: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(
        (
            f"numpy.{name}"
            for name in "sum mean cumsum concatenate stack vstack hstack column_stack reshape ravel "
            "transpose squeeze expand_dims swapaxes moveaxis diff roll flip fliplr flipud tile repeat diag "
            "diagonal trace trapezoid trapz copy take atleast_1d atleast_2d broadcast_to tril triu nansum "
            "cumulative_sum block gradient rot90 zeros_like ones_like".split()
        ),
        (0,),
    ),
    "numpy.where": (1, 2),
    "numpy.append": (0, 1),
    "numpy.insert": (0, 2),
    "scipy.integrate.trapezoid": (0,),
    "scipy.integrate.simpson": (0,),
}
"""Functions that do the same with both parts, and which of their arguments have parts."""

FOURIER = frozenset(
    f"{module}.{name}"
    for module in ("numpy.fft", "scipy.fft")
    for name in "fft ifft rfft irfft fft2 ifft2 fftshift ifftshift".split()
)
"""Written in `library/fourier.py`."""

MADE_TO_BE_FILLED = frozenset(
    f"numpy.{n}" for n in "zeros ones empty eye identity zeros_like empty_like".split()
)


def is_complex(value: Value) -> bool:
    """Whether a value is a run-time complex number or array."""
    return isinstance(value, Instance) and value.cls.name == "Complex" and set(value.items) == {"re", "im"}


def waits(value: Value) -> bool:
    """Whether a value is complex, but known now or made of data."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.dtype.kind == "c"
    return isinstance(value, complex) or (isinstance(value, Foreign) and np.iscomplexobj(value.example))


def lifted(m: Machine, value: Value) -> Value:
    """A complex value as a run-time one, also inside of lists and tuples; any other value as it is."""
    if waits(value):
        known = not isinstance(value, Foreign)
        parts = [_known(value, p) if known else bindtime.attribute(m, value, p) for p in ("real", "imag")]
        return m.call(library.Complex, parts)
    if isinstance(value, ListValue):
        made = ListValue([lifted(m, v) for v in value.items])
        m.stage.born(made)
        return made
    return tuple(lifted(m, v) for v in value) if type(value) is tuple else value


def _known(value: Any, part: str) -> Any:
    """A part of a complex number or array known now; of an array, a copy."""
    found = getattr(value, part)
    return found.copy() if isinstance(value, np.ndarray) and value.ndim else float(found)


def _holds(value: Value, test: Callable[[Value], bool]) -> bool:
    if isinstance(value, (tuple, ListValue)):
        return any(_holds(v, test) for v in (value if isinstance(value, tuple) else value.items))
    return test(value)


def meet(m: Machine, x: Value, y: Value) -> tuple[Value, Value] | None:
    """Two operands as run-time complex numbers, where one is one or becomes one; None where none does."""
    if is_complex(x) or is_complex(y):
        return lifted(m, x), lifted(m, y)
    if not (waits(x) or waits(y)) or (is_known(x) and is_known(y)) or bindtime.of_data(x, y):
        return None
    other = y if waits(x) else x
    numbers = (Array, Scalar, ListValue, int, float, complex, np.ndarray, np.generic)
    return (lifted(m, x), lifted(m, y)) if isinstance(other, numbers) or waits(other) else None


def called(m: Machine, ref: Ref, args: list[Value], kwargs: dict[str, Value]) -> tuple[Value] | None:
    """What a function gives of run-time complex numbers, or as some; None where it has to do with none."""
    every = (*args, *kwargs.values())
    if "dtype" in kwargs and _is_complex_type(kwargs["dtype"]):
        kwargs = {k: v for k, v in kwargs.items() if k != "dtype"}
        if ref.name in MADE_TO_BE_FILLED or ref.name in ("numpy.full", "numpy.full_like"):
            return (_to_be_filled(m, ref, args, kwargs),)
        if ref.name in ("numpy.array", "numpy.asarray") and not bindtime.of_data(*args):
            return (m.call(library.complex_, [lifted(m, v) for v in args]),)
    elif ref.name in MADE_TO_BE_FILLED and len(args) == 2 and _is_complex_type(args[1]):
        return (_to_be_filled(m, ref, args[:1], kwargs),)
    if ref.name in ALWAYS and not bindtime.of_data(*every):
        function = physics.wofz if ref.name == FADDEEVA else getattr(library, OWN[ref.name])
        return (m.call(function, [m.call(library.complex_, [lifted(m, args[0])])]),)
    if ref.name in FOURIER and not bindtime.of_data(*every):
        options = {k: lifted(m, v) for k, v in kwargs.items()}
        transform = getattr(transforms, ref.name.rpartition(".")[2])
        return (m.call(transform, [Ref(TRANSFORM), *(lifted(m, v) for v in args)], options),)
    mixed = any(_holds(v, waits) for v in every) and not bindtime.of_data(*every)
    if ref.name == "builtins.complex" and not mixed and not all(map(is_known, every)):
        mixed = True
    if not mixed and not any(_holds(v, is_complex) for v in every):
        return None
    args, kwargs = [lifted(m, v) for v in args], {k: lifted(m, v) for k, v in kwargs.items()}
    if ref.name in ("numpy.full", "numpy.full_like"):
        return (_to_be_filled(m, ref, args, kwargs),)
    if ref.name in PARTWISE:
        return (_partwise(m, ref, args, kwargs),)
    if ref.name in OWN:
        return (m.call(getattr(library, OWN[ref.name]), args, kwargs),)
    m.stage.fail(
        f"{ref.name} of complex numbers is not supported",
        "in this call",
        remedy="calculate with real and imaginary parts: z.real, z.imag, np.abs(z)",
    )


def _is_complex_type(value: Value) -> bool:
    if not isinstance(value, (Ref, str, np.dtype)):
        return False
    try:
        return np.dtype(target(value) if isinstance(value, Ref) else value).kind == "c"
    except (TypeError, AttributeError, ImportError):
        return False


def _to_be_filled(m: Machine, ref: Ref, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """np.zeros(n, dtype=complex) and the like."""
    if ref.name in ("numpy.full", "numpy.full_like"):
        fill = lifted(m, args[1])
        parts = (m.call(getattr(library, p), [fill]) for p in ("real", "imag"))
        return m.call(
            library.Complex, [m.call(ref, [args[0], p], {"dtype": Ref("builtins.float")}) for p in parts]
        )
    first = args[0].items["re"] if is_complex(args[0]) else args[0]
    re = m.call(ref, [first, *args[1:]], kwargs)
    return m.call(library.Complex, [re, m.call(Ref("numpy.zeros_like"), [re])])


def _partwise(m: Machine, ref: Ref, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """The same function of the real parts, and of the imaginary ones."""
    has_parts = PARTWISE[ref.name]
    made = []
    for part in (library.real, library.imag):
        given = [_part(m, part, v) if k in has_parts else v for k, v in enumerate(args)]
        made.append(m.call(ref, given, dict(kwargs)))
    if ref.name.endswith("ones_like"):
        made[1] = m.call(Ref("numpy.zeros_like"), [made[1]])
    return m.call(library.Complex, made)


def _part(m: Machine, part: Any, value: Value) -> Value:
    """A part of a value; of a list or tuple of arrays, whose shapes may differ, the parts one by one."""
    if type(value) is tuple:
        return tuple(_part(m, part, v) for v in value)
    if isinstance(value, ListValue):
        made = ListValue([_part(m, part, v) for v in value.items])
        m.stage.born(made)
        return made
    return m.call(part, [value])


def filled(m: Machine, array: Any) -> Value:
    """An array known now that is about to be written to; if it is complex, the run-time one that replaces it
    under all its names."""
    if array.dtype.kind != "c" or array.base is not None or any(v.base is array for v in written.held(m)):
        return array
    made = lifted(m, array)
    written.replace(m, array, made)
    return made
