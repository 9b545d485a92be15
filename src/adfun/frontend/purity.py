"""Which library functions the compiler may call itself: those that only compute a value from their arguments.

Such a function is applied to known values while compiling, or to data when they are bound.  It must not run
code given as text, read or write files, draw random numbers, print, change settings or its arguments.
"""

from __future__ import annotations

from types import FunctionType, ModuleType

from adfun.frontend.classes import ClassValue
from adfun.frontend.functions import FunctionValue
from adfun.frontend.refs import Ref, target
from adfun.frontend.values import Instance, ListValue, Value, is_known

_POLYNOMIALS = "polynomial chebyshev legendre laguerre hermite hermite_e polyutils"
_SCIPY = (
    "special stats linalg linalg.lapack integrate interpolate signal signal.windows spatial spatial.distance "
    "spatial.transform optimize sparse sparse.csgraph constants fft ndimage cluster.hierarchy"
)
_NUMPY = "linalg fft polynomial char strings emath lib lib.stride_tricks lib.scimath"
MODULES = frozenset(
    [
        *("math", "cmath", "operator", "itertools", "numpy"),
        *(f"numpy.{name}" for name in _NUMPY.split()),
        *(f"numpy.polynomial.{name}" for name in _POLYNOMIALS.split()),
        *(f"scipy.{name}" for name in _SCIPY.split()),
    ]
)
"""Whose functions are pure, but for those below."""

IMPURE = frozenset(
    "load loads loadtxt save savetxt savez savez_compressed fromfile fromregex genfromtxt memmap DataSource "
    "test show_config show_runtime info source lookfor get_include setbufsize seterr seterrcall geterr "
    "errstate set_printoptions printoptions put place copyto putmask fill_diagonal put_along_axis "
    "nditer nested_iters as_strided ndarray frompyfunc from_dlpack shares_memory "
    "call methodcaller attrgetter setitem delitem "
    "rvs random random_array rand random_state bootstrap permutation_test monte_carlo_test fit_loc_scale "
    "differential_evolution dual_annealing basinhopping LowLevelCallable tofile dump".split()
)
"""Names that are not pure wherever they occur."""

IN_PLACE = frozenset(
    "sort fill put partition resize setfield setflags byteswap itemset tofile dump dumps __setitem__".split()
)
"""Methods of arrays that change them, or write files."""

_AUGMENTED = frozenset(
    "iadd iand iconcat ifloordiv ilshift imatmul imod imul ior ipow irshift isub itruediv ixor".split()
)
_BUILT_IN = frozenset(
    "abs all any bool bytes complex dict divmod enumerate filter float format frozenset int isinstance len "
    "list map max min object pow range repr reversed round set slice sorted str sum tuple zip "
    "ArithmeticError AssertionError Exception FloatingPointError IndexError KeyError NotImplementedError "
    "OverflowError RuntimeError TypeError ValueError ZeroDivisionError".split()
)


def is_pure(ref: Ref) -> bool:
    """Whether a library function may be applied to known values and to data."""
    parts = ref.name.split(".")
    if parts[0] == "builtins":
        return len(parts) == 2 and parts[1] in _BUILT_IN
    cut = next((k for k in range(len(parts) - 1, 0, -1) if ".".join(parts[:k]) in MODULES), 0)
    rest = parts[cut:]
    if not cut or any(p in IMPURE or (p.startswith("_") and p != "__getitem__") for p in rest):
        return False
    if parts[0] == "operator" and rest[0] in _AUGMENTED:
        return False
    return len(rest) == 1 or not _is_module(".".join(parts[: cut + 1]))


def _is_module(name: str) -> bool:
    try:
        return isinstance(target(Ref(name)), ModuleType)
    except (AttributeError, ImportError):
        return False


def is_plain(value: Value) -> bool:
    """Whether a value is ordinary data, known now: no function of the user's in it."""
    if isinstance(value, (FunctionValue, FunctionType, ClassValue, Instance)):
        return False
    if isinstance(value, (tuple, ListValue)):
        return all(is_plain(v) for v in (value if isinstance(value, tuple) else value.items))
    return is_known(value)
