"""NumPy's arrays, staged: what indexing, broadcasting, reductions ... become as IR."""
