"""Precompiled objectives on disk: what `adfun.precompile` writes and `adfun.load` reads.

    <directory>/<objective>-<digits>/manifest.json      who it is, for which machine, and how to call it
                                    /<sha256>.so        one for each order

An artefact is one objective for one signature and one target.  The manifest is JSON, and holds the sha256 of
every file and of itself: whatever is damaged is refused by name before any of it is loaded.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import adfun._core as _core
from adfun.binding import Signature
from adfun.diagnostics.errors import ArgumentError, ArtifactError
from adfun.native import cpu, lapack, loading
from adfun.program import Order, Record
from adfun.records import dataclass

FORMAT = 1
MANIFEST = "manifest.json"
LARGEST_MANIFEST = 1 << 28


@dataclass(frozen=True, slots=True)
class Binary:
    """The module of one order.

    sha256  of the shared object, whose file has this name
    text    sha256 of the C++ text it was compiled from
    """

    sha256: str
    size: int
    text: str
    record: Record

    @property
    def file(self) -> str:
        return f"{self.sha256}.so"


@dataclass(frozen=True, slots=True)
class Artifact:
    """A precompiled objective.

    source  the name of the file it was read from
    digest  of the source; empty when that could not be told
    needs   the instructions that a processor must have
    libc    of the machine that compiled it, as is `version` the adfun
    """

    path: Path
    name: str
    source: str
    digest: str
    signature: Signature
    target: str
    architecture: str
    needs: frozenset[str]
    libc: str
    version: str
    binaries: Mapping[Order, Binary]

    def unfit(self) -> str:
        """Why this machine cannot run it; empty when it can."""
        if self.architecture != cpu.architecture():
            return f"it was compiled for {self.architecture}, this machine is {cpu.architecture()}"
        lacking = self.needs - cpu.features()
        if lacking:
            return f"this processor lacks {', '.join(sorted(lacking))}"
        return ""

    def image(self, order: Order) -> bytes:
        """The verified shared object of an order; ArtifactError names the file that is damaged."""
        binary = self.binaries[order]
        path = self.path / binary.file
        image = _read(path, binary.size)
        if len(image) != binary.size or hashlib.sha256(image).hexdigest() != binary.sha256:
            _damaged(path, "its content is not what the manifest says")
        return image

    def library(self, order: Order) -> _core.Library:
        """The module of an order, in memory; ArtifactError when it cannot be loaded."""
        reason = self.unfit()
        if reason:
            raise ArtifactError(
                f"{self.path} cannot run on this machine: {reason}\n"
                "  instead: precompile for another target, such as 'x86-64-v2' or 'generic'"
            )
        key = self.binaries[order].sha256
        found = loading.loaded(key)
        if found is not None:
            return found
        try:
            return loading.load(key, self.image(order))
        except RuntimeError as error:
            raise ArtifactError(
                f"{self.path / self.binaries[order].file} cannot be loaded: {error}\n"
                f"  it was compiled with {self.libc}, this machine has {cpu.libc()}"
            ) from None

    def __str__(self) -> str:
        return (
            f"{self.name}() of {self.source}: {', '.join(self.binaries)}; for {self.target}; {self.signature}"
        )


# -- reading ----------------------------------------------------------------------------------


def read(path: str | os.PathLike[str]) -> list[Artifact]:
    """The artefacts in a directory, or the one that is this directory or has this manifest.

    Raises ArtifactError, which names the file, for whatever is damaged or from another format.
    """
    given = Path(path).absolute()
    if given.name == MANIFEST and given.is_file():
        return [_artifact(given.parent)]
    if (given / MANIFEST).is_file():
        return [_artifact(given)]
    try:
        inside = sorted(p for p in given.iterdir() if (p / MANIFEST).is_file())
    except OSError as error:
        raise ArtifactError(f"{given} cannot be read: {error.strerror}") from None
    if not inside:
        raise ArtifactError(f"{given} holds no precompiled objective: there is no {MANIFEST} in it")
    return [_artifact(p) for p in inside if not p.name.startswith(".")]


def _artifact(directory: Path) -> Artifact:
    path = directory / MANIFEST
    try:
        plain = json.loads(_read(path, LARGEST_MANIFEST))
        seal = plain.pop("sha256")
        if plain["format"] != FORMAT:
            _damaged(path, f"its format is {plain['format']!r}, this adfun reads {FORMAT}")
        if seal != _seal(plain):
            _damaged(path, "its content is not what it says itself")
        if plain["abi"] != [_core.ABI, *lapack.ORDER]:
            _damaged(path, f"adfun {plain['adfun']} wrote it, whose modules this adfun cannot call")
        binaries = {order: _binary(part) for order, part in plain["orders"].items()}
        return Artifact(
            directory,
            plain["objective"],
            plain["source"],
            plain["digest"],
            Signature(json.dumps(plain["signature"], separators=(",", ":"))),
            plain["target"],
            plain["architecture"],
            frozenset(plain["needs"]),
            plain["libc"],
            plain["adfun"],
            binaries,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        _damaged(path, "it is no manifest of a precompiled objective")


def _binary(plain: Any) -> Binary:
    record = Record.from_plain(plain["record"])
    if not re.fullmatch("[0-9a-f]{64}", plain["sha256"]):
        raise ValueError
    return Binary(plain["sha256"], int(plain["size"]), plain["text"], record)


def _read(path: Path, limit: int) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        _damaged(path, f"it cannot be read: {error.strerror}")


def _damaged(path: Path, why: str) -> NoReturn:
    raise ArtifactError(f"{path} cannot be used: {why}\n  instead: precompile it again")


def _seal(plain: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


# -- writing ----------------------------------------------------------------------------------


def write(artifact: Artifact, images: Mapping[Order, bytes]) -> Path:
    """Write an artefact as a directory inside `artifact.path`, in place of an earlier one; returns where.

    Raises ArgumentError when that is not possible.
    """
    final = artifact.path / f"{re.sub('[^A-Za-z0-9_]', '_', artifact.name)}-{_identity(artifact)}"
    made = artifact.path / f".{secrets.token_hex(8)}"
    try:
        made.mkdir(parents=True)
        try:
            for order, image in images.items():
                (made / artifact.binaries[order].file).write_bytes(image)
            (made / MANIFEST).write_text(_manifest(artifact), encoding="utf-8")
            if final.exists():
                os.rename(final, made / "old")
            os.rename(made, final)
            shutil.rmtree(final / "old", ignore_errors=True)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        raise ArgumentError(f"{artifact.path} cannot be written: {error}") from None
    return final


def _identity(artifact: Artifact) -> str:
    """The same for the same objective of the same file, however often that changes."""
    assumed = [binary.record.extra["assumed"] for binary in artifact.binaries.values()]
    parts = [artifact.source, artifact.name, artifact.signature.text, artifact.target, assumed]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]


def _manifest(artifact: Artifact) -> str:
    plain = {
        "format": FORMAT,
        "adfun": artifact.version,
        "abi": [_core.ABI, *lapack.ORDER],
        "objective": artifact.name,
        "source": artifact.source,
        "digest": artifact.digest,
        "signature": json.loads(artifact.signature.text),
        "target": artifact.target,
        "architecture": artifact.architecture,
        "needs": sorted(artifact.needs),
        "libc": artifact.libc,
        "orders": {
            order: {"sha256": b.sha256, "size": b.size, "text": b.text, "record": b.record.plain()}
            for order, b in artifact.binaries.items()
        },
    }
    return json.dumps({**plain, "sha256": _seal(plain)}, indent=1)
