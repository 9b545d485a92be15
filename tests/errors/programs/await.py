import asyncio


async def helper(a):
    return a * a


def objective(a):
    return asyncio.run(helper(a))
