"""IR to C++ text: `module.emit` writes a module; `Emitted` says what its caller must know."""

from adfun.backend.entry import Emitted, Entry, FunctionLayout, Layout, Slot

__all__ = ["Emitted", "Entry", "FunctionLayout", "Layout", "Slot"]
