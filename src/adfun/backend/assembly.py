"""A module's text from the texts of its functions: equal ones once, long ones in two parts.

The parts are compiled side by side (`ADFUN_PART` in runtime.h): the compiler's time grows with the text.
"""

from __future__ import annotations

from collections.abc import Sequence

from adfun.records import dataclass, field

WORTHWHILE = 60
"""Lines that must be saved: a second part costs a start of the compiler and the headers once more."""


@dataclass
class Assembly:
    """The functions of a module; what is in one group stays in one part."""

    groups: list[list[str]] = field(default_factory=list)
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

    def add_call(self, text: str) -> None:
        """A call function."""
        self.groups.append([text])

    def text(self) -> str:
        """All functions, between the marks of their parts when there are two."""
        texts = ["\n".join(group) for group in self.groups]
        parts = ["\n".join(part) for part in _divided(texts)]
        if min(part.count("\n") for part in parts) < WORTHWHILE:
            return "\n".join(texts)
        return "\n".join(f"#if ADFUN_PART({k})\n{part}#endif\n" for k, part in enumerate(parts, 1))


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
