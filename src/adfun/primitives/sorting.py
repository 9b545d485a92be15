"""The kernel that sorts: values are gathered by the order it gives, so that they keep their derivatives.

C++ stands in `adfun/sorting.h`:

    argsort    x[n]    order[n]    the stable order of increasing values, NaN last
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from adfun.ir.rows import Kernel


def _argsort_reference(x: NDArray[Any]) -> tuple[NDArray[Any]]:
    return (np.argsort(x, kind="stable"),)


argsort = Kernel("argsort", _argsort_reference, header="sorting")
