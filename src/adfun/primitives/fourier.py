"""The discrete Fourier transform of every row of a matrix of complex numbers, as a kernel.

    fourier    X[2,m,n], back    Y[2,m,n]    real parts, then imaginary parts; row by row
                                             Y[j] = sum over k of X[k] exp(-2 pi i j k / n)

`back` turns the sign of the exponent; nothing is scaled. C++ stands in `adfun/fourier.h`. The matrix of the
transform is symmetric, so what is adjoint to it is the transform with the other sign.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from adfun.ir.builder import Builder
from adfun.ir.nodes import Buffer, Const, KernelCall, Operand, b1
from adfun.ir.rows import Kernel
from adfun.ir.types import F64
from adfun.primitives.loops import accumulate

Array = NDArray[Any]
Buffers = tuple[Buffer | None, ...]


def _reference(x: Array, back: bool) -> tuple[Array]:
    z = x[0] + 1j * x[1]
    made = np.fft.ifft(z, norm="forward") if back else np.fft.fft(z)
    return (np.stack([made.real, made.imag]),)


def _transformed(b: Builder, x: Buffer, back: bool) -> Buffer:
    (made,) = b.call(fourier, (x, b1(back)), [(F64, x.shape)])
    assert isinstance(made, Buffer)
    return made


def _is_back(call: KernelCall) -> bool:
    flag = call.inputs[1]
    assert isinstance(flag, Const)
    return bool(flag.value)


def _tangent(b: Builder, call: KernelCall, tangents: Buffers) -> Buffers:
    return (None if tangents[0] is None else _transformed(b, tangents[0], _is_back(call)),)


def _adjoint(b: Builder, call: KernelCall, outputs: Buffers, inputs: Buffers) -> None:
    if outputs[0] is not None and inputs[0] is not None:
        made = _transformed(b, outputs[0], not _is_back(call))
        accumulate(b, inputs[0], lambda index: b.load(made, index))


def _nothing(inputs: tuple[Buffer | Operand, ...]) -> tuple[tuple[Operand, Operand], ...]:
    return ()


fourier = Kernel("fourier", _reference, _tangent, _adjoint, header="fourier", agreeing=_nothing)
