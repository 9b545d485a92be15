def objective(a):
    return a * len(f"{a}")
