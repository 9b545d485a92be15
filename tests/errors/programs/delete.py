def objective(v):
    del v[0]
    return v[0]
