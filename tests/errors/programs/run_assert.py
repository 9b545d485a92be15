def objective(a):
    assert a < 0, "a must be negative"
    return a * a
