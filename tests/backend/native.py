"""Compiles emitted modules and calls them through their C interface, for the tests of the backend."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from adfun.backend import Emitted, Entry, FunctionLayout
from adfun.backend.module import emit
from adfun.ir.nodes import Block, Buffer, Function
from adfun.ir.types import B1, F64, I64, LANES, VEC

INCLUDE = Path(__file__).resolve().parents[2] / "cpp" / "include"
FLAGS = ["-std=c++17", "-O1", "-march=native", "-fno-math-errno", "-Wall", "-Wno-psabi"]
FLAGS += [
    "-fexpensive-optimizations",
    "-fstrict-aliasing",
    "-Wno-unused-but-set-variable",
    "-Wno-unused-variable",
    "-fPIC",
    "-shared",
]
CXX = os.environ.get("ADFUN_CXX") or shutil.which("g++") or "c++"
I64P, F64P = ctypes.POINTER(ctypes.c_long), ctypes.POINTER(ctypes.c_double)
DTYPES = {F64: np.float64, I64: np.int64, B1: np.bool_, VEC: np.float64}


class Slot(ctypes.Union):
    _fields_ = [("pointer", ctypes.c_void_p), ("integer", ctypes.c_long), ("real", ctypes.c_double)]


class Inputs(ctypes.Structure):
    _fields_ = [
        ("x", F64P), ("seed", F64P), ("data", ctypes.POINTER(ctypes.c_void_p)), ("ints", I64P),
        ("reals", F64P), ("offsets", I64P),
    ]  # fmt: skip


CHUNK = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_long)
GROW = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_long)
REPORT = ctypes.CFUNCTYPE(
    None, ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.c_int, I64P, ctypes.c_void_p
)


PIECE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_long)
PARALLEL = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, PIECE, ctypes.c_void_p, ctypes.c_long)


class RawWorkspace(ctypes.Structure):
    _fields_ = [
        ("base", ctypes.c_void_p), ("capacity", ctypes.c_long), ("top", ctypes.c_long), ("chunk", CHUNK),
        ("grow", GROW), ("report", REPORT), ("lapack", ctypes.c_void_p), ("error", Slot * 4),
        ("parallel", PARALLEL),
    ]  # fmt: skip


class Workspace:
    """A workspace in Python; `limit` bytes in all, to see what happens without memory."""

    def __init__(
        self, capacity: int = 4096, limit: int = 1 << 30, lapack: Any = None, backwards: bool = False
    ) -> None:
        self.keep: list[np.ndarray] = []
        self.slots: dict[int, np.ndarray] = {}
        self.reports: dict[int, np.ndarray | float] = {}
        self.left = limit
        self.taken = 0
        self.raw = RawWorkspace()
        self.raw.chunk, self.raw.grow = CHUNK(self.chunk), GROW(self.grow)
        self.raw.report = REPORT(self.report)
        self.raw.lapack = lapack
        self.chunks: list[int] = []
        """The number of chunks of each loop that was cut; they run from the last to the first."""
        if backwards:
            self.raw.parallel = PARALLEL(self.parallel)
        self.use(capacity)

    def memory(self, size: int) -> int:
        """The 64-byte aligned address of fresh memory full of NaN-like rubbish, or 0."""
        if size > self.left:
            return 0
        self.left -= size
        memory = np.full(size + 64, 0xFF, dtype=np.uint8)
        self.keep.append(memory)
        return (memory.ctypes.data + 63) // 64 * 64

    def use(self, capacity: int) -> None:
        self.raw.base, self.raw.capacity, self.raw.top = self.memory(capacity) or None, capacity, 0

    def chunk(self, _: int, size: int) -> int:
        start = self.memory(max(size, 4096))
        if start:
            self.raw.base, self.raw.capacity, self.raw.top = start, max(size, 4096), size
            self.taken += 1
        return start

    def grow(self, _: int, slot: int, size: int) -> int:
        if size > self.left:
            return 0
        self.left -= size
        new = np.full(size, 0xFF, dtype=np.uint8)
        old = self.slots.get(slot)
        if old is not None:
            new[: min(len(old), size)] = old[: min(len(old), size)]
        self.slots[slot] = new
        return int(new.ctypes.data)

    def parallel(self, _: int, piece: Any, arguments: int, count: int) -> int:
        self.chunks.append(count)
        failed = 0
        for k in reversed(range(count)):
            helper = Workspace()
            status = piece(arguments, ctypes.addressof(helper.raw), k)
            if status:
                failed, self.raw.error = status, helper.raw.error
        return failed

    def report(self, _: int, name: int, elem: int, rank: int, shape: Any, data: int) -> None:
        dims = tuple(shape[k] for k in range(rank))
        dtype = [np.float64, np.int64, np.bool_][elem]
        count = int(np.prod(dims, dtype=int))
        raw = ctypes.string_at(data, count * np.dtype(dtype).itemsize) if count else b""
        self.reports[name] = np.frombuffer(raw, dtype).reshape(dims).copy()


@dataclass
class Outcome:
    """What a call left behind; `status` is its return value."""

    status: int
    values: np.ndarray
    gradient: np.ndarray
    reports: dict[str, Any]
    workspace: Workspace
    errors: list[Slot] = field(default_factory=list)


def build(emitted: Emitted, flags: list[str] | None = None, compiler: str = CXX) -> ctypes.CDLL:
    """Compile and load; a warning is an error."""
    folder = Path(tempfile.mkdtemp(prefix="adfun-test-"))
    source, library = folder / "module.cpp", folder / "module.so"
    source.write_text(emitted.text)
    command = [compiler, *(flags or FLAGS), "-Werror", f"-I{INCLUDE}", str(source), "-o", str(library)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(f"{done.stderr}\n{emitted.text}")
    loaded = ctypes.CDLL(str(library))
    shutil.rmtree(folder)
    return loaded


class Module:
    """A compiled module with inputs bound by name."""

    def __init__(self, *entries: Entry, flags: list[str] | None = None, compiler: str = CXX) -> None:
        self.entries = {e.name: e for e in entries}
        self.emitted = emit(entries)
        self.library = build(self.emitted, flags, compiler)

    def layout(self, name: str) -> FunctionLayout:
        return next(f for f in self.emitted.layout.functions if f.name == name)

    def inputs(self, given: dict[str, Any], seed: np.ndarray | None) -> tuple[Inputs, list[Any], int]:
        layout = self.emitted.layout
        arrays = {k: _array(v) for k, v in given.items()}
        params = [np.ravel(arrays[name]).astype(np.float64) for name in layout.params]
        offsets = np.concatenate([[0], np.cumsum([p.size for p in params])]).astype(np.int64)
        x = np.concatenate([*params, np.zeros(0)])
        data = [arrays[name] for name in layout.data]
        ints = [arrays[name].shape[axis] for name, axis in layout.sizes] + [
            int(given[n]) for n in layout.integers
        ]
        held: list[Any] = [
            x, data, np.array(ints, np.int64), np.array([float(given[n]) for n in layout.reals]), offsets,
            (ctypes.c_void_p * max(1, len(data)))(*[d.ctypes.data for d in data]), seed,
        ]  # fmt: skip
        struct = Inputs(
            x.ctypes.data_as(F64P), None if seed is None else seed.ctypes.data_as(F64P), held[5],
            held[2].ctypes.data_as(I64P), held[3].ctypes.data_as(F64P), offsets.ctypes.data_as(I64P),
        )  # fmt: skip
        return struct, held, int(offsets[-1])

    def call(
        self,
        name: str,
        given: dict[str, Any],
        seed: np.ndarray | None = None,
        workspace: Workspace | None = None,
    ) -> Outcome:
        """Prepare and call one function on named inputs."""
        struct, held, n = self.inputs(given, seed)
        layout = self.layout(name)
        state, kept = (Slot * max(1, layout.slots))(), Workspace()
        prepare, call = self.library[f"adfun_prepare_{name}"], self.library[f"adfun_call_{name}"]
        status = prepare(ctypes.byref(struct), ctypes.byref(kept.raw), state)
        values = np.full(max(1, sum(layout.values)), np.nan)
        gradient = np.full(max(1, sum(layout.gradients) * n), np.nan)
        workspace = workspace or Workspace()
        if status:
            return Outcome(status, values, gradient, {}, kept, list(kept.raw.error))
        status = call(
            ctypes.byref(struct), ctypes.byref(workspace.raw), state, values.ctypes.data_as(F64P),
            gradient.ctypes.data_as(F64P),
        )  # fmt: skip
        reports = {self.emitted.layout.reports[k]: v for k, v in workspace.reports.items()}
        del held
        return Outcome(status, values, gradient, reports, workspace, list(workspace.raw.error))


def _array(value: Any) -> np.ndarray:
    array = np.ascontiguousarray(value) if np.ndim(value) else np.asarray(value)
    if array.dtype == np.bool_:
        return array
    return array.astype(np.int64 if np.issubdtype(array.dtype, np.integer) else np.float64)


EMPTY = Function("prepare", (), Block(()))


def entry(function: Function, name: str = "fn") -> Entry:
    """A function without a prepared part."""
    return Entry(name, EMPTY, function)


def flat(function: Function, arrays: dict[str, np.ndarray]) -> np.ndarray:
    """The interpreter's gradient buffers as the native call lays them out."""
    buffers = [i for i in function.inputs if i.role in ("gradient", "output") and isinstance(i.item, Buffer)]
    return np.concatenate([np.ravel(arrays[i.name]) for i in buffers] + [np.zeros(0)])


__all__ = ["FLAGS", "LANES", "Module", "Outcome", "Workspace", "build", "entry", "flat"]
