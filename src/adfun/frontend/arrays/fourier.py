"""The discrete Fourier transform of rows: what `library/fourier.py` is built on."""

from __future__ import annotations

from adfun.frontend.arrays import core, dense
from adfun.frontend.stage import Stage
from adfun.frontend.values import Array, Value
from adfun.ir.nodes import b1
from adfun.ir.types import F64
from adfun.primitives.fourier import fourier

TRANSFORM = "adfun.library.transform"
"""Its name in the table of functions."""


def transform(stage: Stage, pair: Value, back: Value) -> Array:
    """The transforms of rows, real and imaginary parts in an array (2, m, n); nothing is scaled."""
    array = core.as_array(stage, pair)
    (made,) = dense.call(
        stage, fourier, [dense.as_buffer(stage, array), b1(bool(back))], [(F64, array.shape)]
    )
    return core.stored(stage, dense.buffer_of(made))
