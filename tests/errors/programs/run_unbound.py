def objective(a, k):
    for i in range(k - 6):
        if a > i + 5:
            last = a
    return last * a
