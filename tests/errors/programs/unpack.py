def objective(a):
    low, high = a, a + 1.0, a + 2.0
    return low * high
