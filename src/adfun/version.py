"""The version of adfun."""

__version__ = "0.1.0"
