"""A long call function in steps, each a C++ function: compilers take more than linear time for one.

struct adfun_gr_frame { double t7; double *b9; ... };
adfun_i32 adfun_gr_step1(..., adfun_gr_frame *f) { ...  const double t7 = ...;  f->t7 = t7;  return 0; }
adfun_i32 adfun_gr_step2(..., adfun_gr_frame *f) { ...  const double t7 = f->t7;  const double t8 = t7 + ...

A function is cut between its outermost statements.  What several steps use is stored where it is made and
loaded where it is first used, as the compiler would do with most of it for lack of registers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from adfun.backend.assembly import Chunk
from adfun.backend.assembly import arguments as handed_on
from adfun.records import dataclass

LONG = 15000
"""Lines of a function that is cut."""
MANY = 3000
"""Values handed on for which a shorter function is cut, too: all of them want registers."""
STEP = 800
"""Lines of a step, or one statement that is longer."""

_NAME = re.compile(r"(?<![\w.])[a-z]+\d\w*\b(?!\()")
"""Names that `Unit` makes; no digits of numbers, no members, no functions."""
_DECLARED = re.compile(r"  (?:const )?(\w+) (\w+)(?: = .*)?;")
_POINTER = re.compile(r"  ((?:const )?\w+ \*)const ADFUN_RESTRICT (\w+) = .*;")
_ARRAY = re.compile(r"  (\w+) (\w+)\[(\d+)\]( = \{\})?;")


@dataclass(frozen=True, slots=True)
class _Shared:
    """What several steps use: its line in the frame, how a step gets it back, whether it has to be stored."""

    member: str
    load: str
    stored: bool


def in_steps(title: str, head: str, arguments: str, statements: Sequence[list[str]]) -> list[Chunk] | None:
    """The steps of a function and, as the last one, the function; None where it stays one.

    `statements` are the lines of its outermost statements, what is before and after these included.
    """
    length = sum(map(len, statements))
    if length < min(LONG, MANY):  # a line makes one value
        return None
    steps = list(_cut(statements))
    shared = _shared(steps)
    if shared is None or (length < LONG and len(shared) < MANY):
        return None
    frame = f"adfun_{title}_frame"
    members = "\n".join(f"  {item.member};" for item in shared.values())
    struct = f"struct {frame} {{\n{members}\n}};\n"
    found: list[Chunk] = []
    names = handed_on(arguments)
    calls = [f"  {frame} f;", "  adfun_i32 failed;"]
    for number, step in enumerate(steps, 1):
        name = f"adfun_{title}_step{number}"
        lines = list(_written(step, shared))
        if number < len(steps):
            lines.append("  return 0;")
        own = f"adfun_i32 {name}({arguments}, {frame} *f)"
        found.append(Chunk(struct if number == 1 else "", own, "\n".join([f"{own} {{", *lines, "}\n"])))
        calls.append(f"  if (ADFUN_UNLIKELY((failed = {name}({names}, &f)) != 0)) return failed;")
    whole = "\n".join([f"{head} {{", *calls, "  return 0;", "}\n"])
    return [*found, Chunk("", "", whole)]


def _cut(statements: Sequence[list[str]]) -> Iterator[list[list[str]]]:
    step: list[list[str]] = []
    length = 0
    for lines in statements:
        if step and length + len(lines) > STEP:
            yield step
            step, length = [], 0
        step.append(lines)
        length += len(lines)
    yield step


def _shared(steps: Sequence[Sequence[list[str]]]) -> dict[str, _Shared] | None:
    """What is made in one step and used in another; None where that cannot be handed on."""
    first: dict[str, int] = {}
    several: dict[str, None] = {}
    made: dict[str, _Shared] = {}
    for number, step in enumerate(steps):
        for line in (line for lines in step for line in lines):
            made.update(_made(line))
            several.update(
                (name, None) for name in _NAME.findall(line) if first.setdefault(name, number) != number
            )
    return {name: made[name] for name in several} if several.keys() <= made.keys() else None


def _made(line: str) -> Iterator[tuple[str, _Shared]]:
    """What a line of the outermost block makes."""
    if found := _ARRAY.fullmatch(line):
        kind, name, size = found[1], found[2], found[3]
        yield (
            name,
            _Shared(f"{kind} {name}[{size}]", f"{kind} *const ADFUN_RESTRICT {name} = f->{name};", False),
        )
    elif found := _POINTER.fullmatch(line):
        kind, name = found[1], found[2]
        yield name, _Shared(f"{kind}{name}", f"{kind}const ADFUN_RESTRICT {name} = f->{name};", True)
    elif (found := _DECLARED.fullmatch(line)) and found[1] != "return":
        kind, name = found[1], found[2]
        yield name, _Shared(f"{kind} {name}", f"const {kind} {name} = f->{name};", True)


def _written(step: Sequence[list[str]], shared: dict[str, _Shared]) -> Iterator[str]:
    """The lines of a step, with loads before and stores after the statements that need them."""
    here: set[str] = set()
    for lines in step:
        made = {name for line in lines for name, _ in _made(line) if name in shared}
        for name in dict.fromkeys(name for line in lines for name in _NAME.findall(line)):
            if name in shared and name not in here and name not in made:
                yield f"  {shared[name].load}"
            here.add(name)
        for line in lines:
            array = _ARRAY.fullmatch(line)
            if array is None or array[2] not in shared:
                yield line
                continue
            yield f"  {shared[array[2]].load}"
            if array[4]:
                yield f"  adfun_clear({array[2]}, {array[3]}, sizeof({array[1]}));"
        yield from (f"  f->{name} = {name};" for name in sorted(made) if shared[name].stored)
