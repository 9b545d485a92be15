"""SciPy's LAPACK as function pointers, for what we have no kernel of our own for."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Iterator

import adfun._core as _core
from adfun.diagnostics.internal import InternalError
from adfun.lazy import load

_SIGNATURES = {
    "dsyevd": "ccididdiiii",
}
"""All arguments are pointers: c char, i int, d double."""

ORDER = tuple(_SIGNATURES)
"""The places of the routines in `adfun_workspace.lapack`."""


@functools.cache
def routines() -> tuple[object, ...]:
    """The capsules of all routines, in order; raises InternalError when SciPy's interface is another one."""
    try:
        table = load("scipy.linalg.cython_lapack").__pyx_capi__
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "this objective takes eigenvalues by SciPy's LAPACK: install scipy"
        ) from None
    return tuple(_checked(name, table.get(name)) for name in ORDER)


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Let SciPy's BLAS run on one thread inside, as it does while compiled objectives call it."""
    held = _core.OneBlasThread(routines()[0])
    try:
        yield
    finally:
        del held


def _checked(name: str, capsule: object) -> object:
    """Cython names the capsule of a routine by its C signature."""
    found = re.search(r'"void \((.*)\)"', repr(capsule))
    types = found.group(1).split(", ") if found else []
    letters = "".join("d" if t.endswith("_d *") else t[0] for t in types if t.endswith(" *"))
    if letters != _SIGNATURES[name]:
        raise InternalError(f"SciPy's {name} has another signature than expected: {capsule!r}")
    return capsule
