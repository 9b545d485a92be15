"""Random objectives as source text: typed expressions and statements of ordinary NumPy."""
