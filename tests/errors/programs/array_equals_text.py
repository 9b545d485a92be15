def objective(a, v):
    return a if v == "x" else 0.0
