def objective(a, v):
    settings = {"rate": a}
    settings.update(v)
    return settings["rate"]
