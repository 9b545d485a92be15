"""Functions written in the language itself (placeholder while they are being written)."""

from typing import Any

LIBRARY: dict[str, Any] = {}
DISTRIBUTIONS: dict[str, dict[str, Any]] = {}
