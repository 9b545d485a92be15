"""What the README shows is run as it stands: snippets, the values beside them, the error, the names."""

from __future__ import annotations

import ast
import linecache
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adfun import CompileError
from adfun.frontend.builtins import BUILTINS
from adfun.frontend.tables import FUNCTIONS
from adfun.library import DISTRIBUTIONS, LIBRARY

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS: list[tuple[str, str]] = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def run(code: str, name: str, names: dict[str, Any]) -> None:
    """Run a snippet as a file of this name would be; its functions have source."""
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
    exec(compile(code, name, "exec"), names)


def shown_values(code: str) -> Iterator[tuple[str, Any]]:
    """Lines `expression  # value`."""
    for line in code.splitlines():
        expression, found, value = line.partition("  # ")
        if found and not line.startswith(" "):
            yield expression, ast.literal_eval(value)


def agree(value: Any, shown: Any) -> bool:
    if isinstance(shown, list) and shown and isinstance(shown[0], str):
        return bool(value == shown)
    return bool(np.allclose(value, shown, rtol=2e-6, atol=2e-6))


def test_snippets() -> None:
    names: dict[str, Any] = {"__name__": "readme"}
    compared = refused = 0
    for number, (language, code) in enumerate(BLOCKS):
        if language != "python":
            continue
        name = f"block{number}.py"
        follower, expected = BLOCKS[number + 1] if number + 1 < len(BLOCKS) else ("", "")
        if follower == "text":
            with pytest.raises(CompileError) as caught:
                run(code, name, names)
            assert str(caught.value).replace(name, "README.py").strip() == expected.strip()
            refused += 1
            continue
        run(code, name, names)
        for expression, shown in shown_values(code):
            value = eval(expression, names)
            assert agree(value, shown), f"{expression} is {value!r}, the README shows {shown!r}"
            compared += 1
    assert compared >= 5 and refused == 1


def test_two_commands() -> None:
    commands = [code.strip() for language, code in BLOCKS if language == "sh"]
    install, tests = commands
    assert install.startswith("pip install . && python examples/")
    assert (ROOT / install.split()[-1]).is_file()
    assert tests.startswith('pip install ".[test]" && ') and "pytest" in tests


def test_examples_are_listed() -> None:
    listed = set(re.findall(r"^\| `examples/(\w+\.py)`", README, re.MULTILINE))
    assert listed == {path.name for path in (ROOT / "examples").glob("*.py")}


def test_short_enough() -> None:
    assert len(README.splitlines()) < 250
    assert len((ROOT / "src/adfun/README.md").read_text(encoding="utf-8").splitlines()) < 200


def language_row(title: str) -> list[str]:
    """The names in backquotes of one row of the table of the language."""
    row = re.search(rf"^\| {re.escape(title)} \| (.*) \|$", README, re.MULTILINE)
    assert row, title
    return [name for name in re.findall(r"`([^`]+)`", row[1]) if re.fullmatch(r"[a-z][a-z_0-9]*", name)]


@pytest.mark.parametrize(
    ("title", "modules"),
    [
        ("`numpy`", ("numpy",)),
        ("`numpy.linalg`, `scipy.linalg`", ("numpy.linalg", "scipy.linalg")),
        ("`scipy.special`", ("scipy.special",)),
    ],
)
def test_functions_that_are_named_exist(title: str, modules: tuple[str, ...]) -> None:
    known = {*FUNCTIONS, *LIBRARY, *BUILTINS}
    arguments = {"axis", "keepdims", "ddof"}
    missing = [
        name
        for name in language_row(title)
        if not known & {f"{m}.{name}" for m in modules} and name not in arguments
    ]
    assert not missing


def test_distributions_that_are_named_exist() -> None:
    names = language_row("`scipy.stats`")
    methods = {method for table in DISTRIBUTIONS.values() for method in table}
    assert not [name for name in names if name not in DISTRIBUTIONS and name not in methods]
    assert len(DISTRIBUTIONS) > 60


def test_map_names_files_that_exist() -> None:
    text = (ROOT / "src/adfun/README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:[\w.]+/)*[\w]+\.(?:py|h|cpp|pyi))`", text))
    assert len(named) > 20
    roots = (ROOT / "src/adfun", ROOT / "cpp/include/adfun", ROOT)
    assert not [name for name in sorted(named) if not any((root / name).is_file() for root in roots)]


def test_map_names_every_pass() -> None:
    text = (ROOT / "src/adfun/README.md").read_text(encoding="utf-8")
    called = re.findall(
        r"^from adfun\.passes\.(\w+) import", (ROOT / "src/adfun/compile.py").read_text(), re.MULTILINE
    )
    assert len(called) > 8
    files = [
        f"passes/{n}.py" if (ROOT / f"src/adfun/passes/{n}.py").is_file() else f"passes/{n}/" for n in called
    ]
    assert not [file for file in files if f"`{file}" not in text]


def test_ci_takes_its_commands_from_here() -> None:
    """`.ci/run --commands` prints what it would run."""
    listed = subprocess.run(
        [ROOT / ".ci/run", "--commands"], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert listed.splitlines() == [code.strip() for language, code in BLOCKS if language == "sh"]
