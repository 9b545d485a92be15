"""IR to C++ text.  `emit` writes a module; `Emitted` says what its caller must know."""

from adfun.backend.entry import Emitted, Entry, FunctionLayout, Layout, Slot
from adfun.backend.module import emit

__all__ = ["Emitted", "Entry", "FunctionLayout", "Layout", "Slot", "emit"]
