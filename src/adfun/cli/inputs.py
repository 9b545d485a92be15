"""What commands are given: sources, JSON files; and what they print."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from adfun.diagnostics.errors import ArgumentError
from adfun.precompile import Model


def models(given: argparse.Namespace) -> list[Model]:
    """What the command line asks for: each source with each description of its arguments."""
    found = []
    for source in given.sources:
        if source.endswith(".json"):
            found += [_described(Path(source), item) for item in _items(source)]
        else:
            found += list(_with_arguments(source, given))
    return found


def _with_arguments(source: str, given: argparse.Namespace) -> Iterator[Model]:
    origin = named_source(source)
    if given.params is not None:
        yield Model(origin, params=[n.strip() for n in given.params.split(",")], entry=given.entry)
    for text in given.signature:
        yield Model(origin, signature=text, entry=given.entry)
    for path in given.data:
        yield example(origin, path, given.entry)
    if given.params is None and not given.signature and not given.data:
        raise ArgumentError(
            f"{source}: of what types are its arguments? "
            "Give --signature, --data, or --params with annotations"
        )


def example(origin: Any, path: str, entry: str | None) -> Model:
    """An objective with the data and parameters of a JSON file."""
    plain = read_json(path)
    if not isinstance(plain, dict) or not isinstance(plain.get("params"), dict):
        raise ArgumentError(f"{path}: expected {{'data': {{...}}, 'params': {{...}}}}")
    data, params = (values(plain.get(side, {})) for side in ("data", "params"))
    return Model(origin, data, params, entry=entry)


def _items(path: str) -> list[Any]:
    plain = read_json(path)
    if not isinstance(plain, list) or not all(isinstance(i, dict) and "source" in i for i in plain):
        raise ArgumentError(f"{path}: expected a list of objects with 'source' and what its arguments are")
    return plain


def _described(path: Path, item: dict[str, Any]) -> Model:
    """One object of a list of objectives; files in it are relative to the list's."""
    unknown = item.keys() - {"source", "entry", "signature", "data", "params"}
    if unknown:
        raise ArgumentError(f"{path}: unknown: {', '.join(sorted(unknown))}")
    source = str(item["source"])
    origin = named_source(str(path.parent / source) if source.endswith(".py") else source)
    params = item.get("params")
    params = values(params) if isinstance(params, dict) else params
    data = values(item["data"]) if "data" in item else None
    return Model(origin, data, params, item.get("signature"), item.get("entry"))


def named_source(text: str) -> Any:
    """A .py file is read; `package.module:function` is imported, from the current directory too."""
    if text.endswith(".py"):
        return Path(text)
    module, colon, name = text.partition(":")
    if not colon:
        raise ArgumentError(f"{text!r} is no source; instead: a .py file, or package.module:function")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ArgumentError(f"{text!r} cannot be imported: {error}") from None


def read_json(path: str) -> Any:
    """The content of a JSON file."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ArgumentError(f"{path} is no JSON file that can be read: {error}") from None


def values(plain: Any) -> Any:
    """JSON values as data: a list of numbers, or of equally long lists of them, is an array."""
    if isinstance(plain, dict):
        return {key: values(value) for key, value in plain.items()}
    if not isinstance(plain, list):
        return plain
    try:
        array = np.array(plain)
    except ValueError:
        array = np.array(None)
    if array.ndim and array.dtype.kind in "bif":
        return array
    return [values(value) for value in plain]


def show(given: argparse.Namespace, plain: Any, text: str) -> None:
    """Print a result: for scripts, or for people."""
    print(json.dumps(plain, indent=1, default=_jsonable) if given.json else text)


def _jsonable(value: Any) -> Any:
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    return str(value)
