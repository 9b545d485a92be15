# A loop that runs backwards over a size, then a return in a branch.
# data = {}
# params = {"w": [-0.135, -0.64], "a": -0.266}
def objective(w, a):
    for i8 in range(w.shape[0], 1, -1):
        pass
    if a:
        return 2 * a
    return a
