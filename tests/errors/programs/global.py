total = 0.0


def objective(a):
    global total
    total = total + a * a
    return total
