def objective(a):
    x = a
    if a > 0:
        try:
            raise ValueError("x")
        except (TypeError, ValueError):
            x = 3.0
    return x
