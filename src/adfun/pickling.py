"""The state of a pickled objective: plain values and arrays, never a pointer, no code, no object of ours.

    {"format", "text", "constants", "digest"     the content of its source (`adfun.frontend.content`)
     "signature", "options", "threads",
     "data", "params"}                           {argument: (tree, {leaf: value})}

    tree := ("leaf", name, kind, dtype, ones, sequence) | ("unusable", name, reason) | ("known", value)
          | ("dict" | "frame", [(key, tree)]) | ("list", [tree]) | ("tuple", [tree])

Arrays are pickled by NumPy: with protocol 5 they may travel out of band.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from adfun.binding import (
    DTYPES,
    Described,
    Frame,
    Leaf,
    LeafValue,
    Signature,
    SparseMatrix,
    Tree,
    Unusable,
    kind_of,
)
from adfun.diagnostics.errors import ArgumentError
from adfun.frontend.content import objective_of
from adfun.frontend.origin import Content, Objective
from adfun.ir.types import Type
from adfun.records import dataclass

FORMAT = 1
"""Changes with the form of the state."""


@dataclass(frozen=True, slots=True)
class State:
    """What is pickled of an object."""

    objective: Objective
    content: Content
    options: dict[str, Any]
    data: dict[str, Described]
    params: dict[str, Described]
    threads: int

    @property
    def signature(self) -> str:
        """The signature of the arguments, whatever their order."""
        return Signature.of(self.data, self.params).unordered().text

    def plain(self) -> dict[str, Any]:
        """The form that is pickled."""
        return {
            "format": FORMAT,
            "text": self.content.text,
            "constants": self.content.arrays,
            "digest": self.content.digest,
            "signature": self.signature,
            "options": self.options,
            "data": plain_arguments(self.data),
            "params": plain_arguments(self.params),
            "threads": self.threads,
        }


def read(plain: Any) -> State:
    """The state that was pickled; ArgumentError when it is damaged or of another format."""
    found = plain.get("format") if isinstance(plain, dict) else None
    if found != FORMAT:
        raise ArgumentError(
            f"this objective was pickled in format {found!r} by another version of adfun, which reads format "
            f"{FORMAT}; instead: make it again with this version"
        )
    try:
        content = Content.of(plain["text"], tuple(plain["constants"]))
        data, params, threads = arguments(plain["data"]), arguments(plain["params"]), int(plain["threads"])
        state = State(objective_of(content), content, dict(plain["options"]), data, params, threads)
        if (content.digest, state.signature) == (plain["digest"], plain["signature"]) and threads > 0:
            return state
    except (KeyError, TypeError, ValueError, AttributeError):
        pass
    raise damaged()


def damaged() -> ArgumentError:
    """The error for a state that cannot be what was written."""
    return ArgumentError("this pickled objective is damaged; instead: make it again")


def plain_arguments(side: Mapping[str, Described]) -> dict[str, Any]:
    """Data, or parameters, in the form that is pickled."""
    return {name: (_plain(described.tree), described.values) for name, described in side.items()}


def arguments(plain: Any) -> dict[str, Described]:
    """What `plain_arguments` was given; ArgumentError when it is damaged."""
    try:
        return {name: _argument(*argument) for name, argument in plain.items()}
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError):
        raise damaged() from None


def _plain(tree: Tree) -> Any:
    match tree:
        case Leaf():
            return "leaf", tree.name, tree.kind, tree.dtype.value, tree.ones, tree.sequence
        case Unusable():
            return "unusable", tree.name, tree.reason
        case dict():
            return kind_of(tree), [(key, _plain(part)) for key, part in tree.items()]
        case list() | tuple():
            return type(tree).__name__, [_plain(part) for part in tree]
    return "known", tree


def _argument(plain: Any, values: Mapping[str, Any]) -> Described:
    described = Described(_tree(plain), dict(values))
    leaves = {leaf.name: leaf for leaf in described.leaves}
    if leaves.keys() != values.keys() or not all(_fits(leaf, values[name]) for name, leaf in leaves.items()):
        raise ValueError("the values are not those of the leaves")
    return described


def _tree(plain: Any) -> Tree:
    kind, *parts = plain
    match kind:
        case "leaf":
            name, form, dtype, ones, sequence = parts
            return Leaf(name, form, Type(dtype), tuple(ones), sequence)
        case "unusable":
            return Unusable(*parts)
        case "dict" | "frame" | "sparse":
            made = {key: _tree(part) for key, part in parts[0]}
            return {"dict": dict, "frame": Frame, "sparse": SparseMatrix}[kind](made)
        case "list":
            return [_tree(part) for part in parts[0]]
        case "tuple":
            return tuple(_tree(part) for part in parts[0])
        case "known":
            return parts[0]
    raise ValueError(f"no tree is a {kind}")


def _fits(leaf: Leaf, value: LeafValue) -> bool:
    """Whether a value is what the leaf says: what the native code will take for granted."""
    if leaf.kind == "scalar":
        return isinstance(value, (float, int, bool)) and np.asarray(value).dtype == DTYPES[leaf.dtype]
    return (
        isinstance(value, np.ndarray)
        and value.dtype == DTYPES[leaf.dtype]
        and tuple(size == 1 for size in value.shape) == leaf.ones
    )
