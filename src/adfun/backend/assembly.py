"""A module's text from the texts of its functions: equal ones once, long ones in two parts.

The parts are compiled side by side (`ADFUN_PART` in runtime.h): the compiler's time grows with the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from adfun.records import dataclass, field

WORTHWHILE = 60
"""Lines that must be saved: a second part costs a start of the compiler and the headers once more."""
LONG = 1000
"""Lines of a call function from which on it may be in another part than the functions it is made of."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A function that a call function is made of: the struct that it is given, its head, all of it."""

    arguments: str
    head: str
    text: str


@dataclass
class Assembly:
    """The functions of a module; what is in one group stays in one part.

    shared  what all parts need to know of each other
    """

    groups: list[list[str]] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)
    _prepares: dict[str, tuple[str, list[str]]] = field(default_factory=dict)

    def add_prepare(self, name: str, parameters: str, text: str) -> None:
        """A prepare function, `text` from its head; one like an earlier one calls that."""
        body = text.partition("\n")[2]
        same = self._prepares.get(body)
        if same is None:
            group = [text]
            self._prepares[body] = name, group
            self.groups.append(group)
        else:
            call = f"{{ return adfun_prepare_{same[0]}(in, ws, state); }}"
            same[1].append(f"ADFUN_EXPORT adfun_prepare_{name}({parameters}) {call}\n")

    def add_choice(self, name: str, kind: str, parameters: str, size: str, cases: Mapping[str, str]) -> None:
        """A function that calls one of several by a size."""
        names = arguments(parameters)
        self.shared += [f"ADFUN_EXPORT adfun_{kind}_{case}({parameters});" for case in cases.values()]
        calls = [f"    {case}: return adfun_{kind}_{to}({names});" for case, to in cases.items()]
        head = f"ADFUN_EXPORT adfun_{kind}_{name}({parameters}) {{"
        self.groups.append(["\n".join([head, f"  switch ({size}) {{", *calls, "  }", "}", ""])])

    def add_call(self, text: str, chunks: Sequence[Chunk]) -> None:
        """A call function and those that it is made of."""
        heads = [f"{x.arguments}\n" if x.arguments else "" for x in chunks]
        whole = [*(f"{head}static {x.text}" for head, x in zip(heads, chunks, strict=True)), text]
        if sum(x.count("\n") for x in whole) < LONG:
            self.groups.append(["\n".join(whole)])
            return
        self.shared += [f"{head}{x.head};" for head, x in zip(heads, chunks, strict=True)]
        self.groups += [[x] for x in (*(x.text for x in chunks), text)]

    def text(self) -> str:
        """All functions, between the marks of their parts when there are two."""
        texts = ["\n".join(group) for group in self.groups]
        parts = ["\n".join(part) for part in _divided(texts)]
        if min(part.count("\n") for part in parts) < WORTHWHILE:
            return "\n".join([*self.shared, *texts])
        marked = [f"#if ADFUN_PART({k})\n{part}#endif\n" for k, part in enumerate(parts, 1)]
        return "\n".join([*self.shared, *marked])


def arguments(parameters: str) -> str:
    """What hands the parameters of a function on."""
    return ", ".join(re.findall(r"(\w+)(?:,|$)", parameters))


def _divided(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Two parts of about the same length, each in the order of the texts."""
    order = sorted(range(len(texts)), key=lambda k: -texts[k].count("\n"))
    parts: tuple[list[int], list[int]] = ([], [])
    lengths = [0, 0]
    for k in order:
        shorter = lengths.index(min(lengths))
        parts[shorter].append(k)
        lengths[shorter] += texts[k].count("\n")
    return [texts[k] for k in sorted(parts[0])], [texts[k] for k in sorted(parts[1])]
