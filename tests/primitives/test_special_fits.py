"""The polynomials in the headers are those that cpp/fits/special.py makes."""

from __future__ import annotations

import importlib.util
from pathlib import Path

FITS = Path(__file__).parents[2] / "cpp" / "fits" / "special.py"


def test_headers_are_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("special_fits", FITS)
    assert spec is not None and spec.loader is not None
    fits = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fits)
    for name, family in fits.FAMILIES.items():
        assert (fits.HEADERS / name).read_text() == family(), f"run {FITS.name}"
