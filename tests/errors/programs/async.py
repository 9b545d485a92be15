async def objective(a):
    return a * a
