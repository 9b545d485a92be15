# A list made in one loop and grown in two inner ones with break.
# data = {"x": [0.5, 0.25, -0.5]}
# params = {"b": [0.2,0.5], "u": [0.444, 0.279, 0.409, 1.039, -0.384, 0.769]}
def objective(b, u, x):
    t = 0.0
    if b[0] > 0:
        for e9 in x:
            l13 = [e9]
            for i14, e15 in enumerate(u):
                for k in range(i14):
                    if u[k] > 0.4:
                        l13.append(e15 * e9 + k)
                if e15 > 0.4:
                    break
            t += sum(l13) + len(l13) * e9
    return t
