import numpy as np


def objective(y, drift, decay):
    state = 0.0
    total = 0.0
    for t in range(1, len(y)):
        state = decay * state + drift
        if state > 1.0:
            state = 1.0 + np.tanh(state - 1.0)
        total += (y[t] - state) ** 2
    return total
