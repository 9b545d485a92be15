import numpy as np


def objective(a, y):
    noise = np.random.normal(size=3)
    shifted = noise + a
    terms = []
    terms.append(np.random.normal() * a)
    total = np.concatenate(terms)
    for k in range(len(y)):
        total = y.missing + total
    with open("log") as log:
        log.write("here")
    return undefined_constant + np.sum(shifted)
