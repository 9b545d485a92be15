"""Exact derivatives of ordinary NumPy objectives, compiled to native code.

obj = adfun.make_ad_fun(objective, data, params)
scipy.optimize.minimize(obj.fn, obj.par, jac=obj.gr)
"""

from adfun.diagnostics.errors import AdfunError, ArgumentError, ArtifactError, CompileError, NotCompiledError
from adfun.fits.result import Fits
from adfun.fits.run import map_fits
from adfun.make import make_ad_fun
from adfun.objective import ADFun
from adfun.precompile import Model, precompile
from adfun.reporting import report
from adfun.sharding import Sharded, shard
from adfun.shipped import load
from adfun.version import __version__

__all__ = [
    "ADFun",
    "AdfunError",
    "ArgumentError",
    "ArtifactError",
    "CompileError",
    "Fits",
    "Model",
    "NotCompiledError",
    "Sharded",
    "__version__",
    "load",
    "make_ad_fun",
    "map_fits",
    "precompile",
    "report",
    "shard",
]
