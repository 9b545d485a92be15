# A break in an unrolled loop, then return: the returned value was undefined.
# data = {"c": 0.4}
# params = {"b": [-0.959, -0.747, 0.82]}
def objective(c, b):
    total = c
    for e in [c, b[2], 0.4]:
        if e > 0.5:
            break
        total += e * b[0]
    for e in [b[1], b[0]]:
        if e > 0.5:
            continue
        total += e
    return total
