# A list made in one loop and grown in an inner one with continue.
# data = {}
# params = {"b": [0.2,0.5], "u": [0.444, 0.279, 0.409, 1.039, -0.384, 0.769]}
def objective(b, u):
    t = 0.0
    for e9 in b:
        l13 = []
        for i14, e15 in enumerate(u):
            if e15 > 0.4:
                continue
            l13.append(e15 * e9)
        t += sum(l13) + len(l13) * e9
    return t
