# What an early loop reads while it fills a buffer that changes in every call was kept as it was at the end.
# data = {"y": [-1.169, -0.4, 1.079, 1.018, 0.866], "X": [1.0, 2.0, 3.0, 4.0, 5.0], "h": [0, 2, 1, 1, 1]}
# params = {"C": [[0.107, 0.898, -1.556], [1.662, -0.537, 0.385], [-1.064, 0.035, 1.636]]}
def objective(y, X, C, h):
    total = 0.0
    z8 = y
    for i9 in range(1, len(X)):
        z8[i9] = z8[i9] + total
        total += C[1, h[i9]]
    l12 = []
    for i13, e14 in enumerate(z8):
        l12.append(e14)
    t15 = sum(l12)
    total += t15
    return total
