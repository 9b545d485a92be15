

def objective(a):
    with open("data.txt") as file:
        return a * len(file)
