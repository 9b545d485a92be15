def objective(a):
    return a * (9**9**9 % 10)
