"""Exact derivatives of ordinary NumPy objectives, compiled to native code.

obj = adfun.make_ad_fun(objective, data, params)
scipy.optimize.minimize(obj.fn, obj.par, jac=obj.gr)
"""

__version__ = "0.1.0"

from adfun.diagnostics.errors import AdfunError, ArgumentError, CompileError
from adfun.make import make_ad_fun
from adfun.objective import ADFun
from adfun.reporting import report

__all__ = ["ADFun", "AdfunError", "ArgumentError", "CompileError", "__version__", "make_ad_fun", "report"]
