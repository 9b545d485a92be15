def objective(a):
    values = {"low": a}
    return values["high"]
