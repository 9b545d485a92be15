def down(x):
    return down(x * 0.5) if x > 1e-3 else x


def objective(a):
    return down(a)
