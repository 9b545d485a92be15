"""What is supported of the libraries: dotted names, methods and attributes, and their handlers."""

from __future__ import annotations

from adfun.frontend.tables.entry import Handler
from adfun.frontend.tables.math_table import math_functions
from adfun.frontend.tables.methods_table import ATTRIBUTES, METHODS
from adfun.frontend.tables.numpy_table import numpy_functions
from adfun.frontend.tables.scipy_table import scipy_functions

FUNCTIONS: dict[str, Handler] = {**numpy_functions(), **math_functions(), **scipy_functions()}


def supported() -> dict[str, list[str]]:
    """The names of what is supported on run-time values, by module; methods and attributes of arrays."""
    found: dict[str, list[str]] = {"method": sorted(METHODS), "attribute": sorted(ATTRIBUTES)}
    for dotted in sorted(FUNCTIONS):
        module, _, name = dotted.partition(".")
        for inner in ("linalg", "special", "polynomial"):
            if name.startswith(f"{inner}."):
                module, name = f"{module}.{inner}", name.removeprefix(f"{inner}.")
        found.setdefault(module, []).append(name)
    return found


__all__ = ["ATTRIBUTES", "FUNCTIONS", "METHODS", "supported"]
