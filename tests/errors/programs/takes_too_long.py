def paths(n):
    return 1 if n == 0 else paths(n - 1) + paths(n - 1)


def objective(a):
    return a * paths(40)
