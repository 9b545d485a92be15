"""What is supported of the libraries: dotted names, methods and attributes, and their handlers."""

from __future__ import annotations

from adfun.frontend.tables.entry import Handler
from adfun.frontend.tables.math_table import math_functions
from adfun.frontend.tables.methods_table import ATTRIBUTES, METHODS
from adfun.frontend.tables.numpy_table import numpy_functions
from adfun.frontend.tables.scipy_table import scipy_functions

FUNCTIONS: dict[str, Handler] = {**numpy_functions(), **math_functions(), **scipy_functions()}

__all__ = ["ATTRIBUTES", "FUNCTIONS", "METHODS"]
