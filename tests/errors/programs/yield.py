def objective(a):
    yield a * a
