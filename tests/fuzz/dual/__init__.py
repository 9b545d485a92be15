"""Forward-mode derivatives of ordinary NumPy source, for reference: plain Python runs it on dual numbers.

Nothing here comes from adfun: values are NumPy's and SciPy's own, derivatives are written down again.
"""
