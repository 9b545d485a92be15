def objective(a):
    return a * float(open("data.txt").read())
