# An array assigned in a loop inside a branch, not read afterwards.
# data = {"c": 1.326, "g": [1, 1, 0, 0, 1]}
# params = {"u": [-0.835, 1.313, 0.997, 0.511, 0.666]}
def objective(c, u, g):
    n = len(g)
    if c:
        for i10 in range(n):
            total = u
    return 0.5 * u[0]
