"""Exact derivatives of ordinary NumPy objectives, compiled to native code.

obj = adfun.make_ad_fun(objective, data, params)
scipy.optimize.minimize(obj.fn, obj.par, jac=obj.gr)
"""

from adfun.diagnostics.errors import AdfunError, ArgumentError, ArtifactError, CompileError, NotCompiledError
from adfun.make import make_ad_fun
from adfun.objective import ADFun
from adfun.precompile import Model, precompile
from adfun.reporting import report
from adfun.shipped import load
from adfun.version import __version__

__all__ = [
    "ADFun",
    "AdfunError",
    "ArgumentError",
    "ArtifactError",
    "CompileError",
    "Model",
    "NotCompiledError",
    "__version__",
    "load",
    "make_ad_fun",
    "precompile",
    "report",
]
