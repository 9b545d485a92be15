"""These tests want threads, however few processors there are."""

from __future__ import annotations

import pytest

from adfun import processors


@pytest.fixture(autouse=True)
def _many_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processors, "available", lambda: 64)
