from scipy import special


def objective(a):
    return special.ive(a, 2.0 * a)
