"""Options and fixtures of all tests: golden files, and a cache of their own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Golden = Callable[[Path, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="rewrite the golden files instead of comparing"
    )


@pytest.fixture(scope="session", autouse=True)
def _own_cache() -> Iterator[None]:
    """Compiled modules of the tests are kept apart, unless ADFUN_CACHE says where."""
    if "ADFUN_CACHE" in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="adfun-tests-") as folder:
        os.environ["ADFUN_CACHE"] = folder
        yield
        del os.environ["ADFUN_CACHE"]


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """golden(path, text): the file must hold this text; `--update-golden` writes it."""
    update = request.config.getoption("--update-golden")

    def compare(path: Path, text: str) -> None:
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            return
        assert path.exists(), f"{path} is missing: run pytest --update-golden"
        assert text == path.read_text(encoding="utf-8")

    return compare
