def objective(a):
    return "abc"[a]
