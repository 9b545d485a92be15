def objective(a, k):
    if a > 0:
        raise ValueError(f"a is {a}, k is {k}")
    return a * a
