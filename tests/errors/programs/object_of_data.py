import numpy as np


def objective(a, y):
    spectrum = np.fft.rfft(y)
    return np.sum(np.abs(spectrum * a))
