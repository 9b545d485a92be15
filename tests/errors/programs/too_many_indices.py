

def objective(v):
    return v[0, 1]
