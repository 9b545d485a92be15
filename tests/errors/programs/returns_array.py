def objective(v):
    return v * v
