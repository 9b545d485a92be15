"""A quick version of `python -m tests.hostile leaks`."""

from __future__ import annotations

from tests.hostile.leaks import cycles


def test_memory_does_not_grow() -> None:
    """A leak of one small object or array for every cycle would be at least 100 bytes."""
    for growth in cycles(0.02):
        assert growth.bytes < max(2 << 20, 100 * growth.cycles), growth
