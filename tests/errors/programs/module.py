import sympy


def objective(a):
    return sympy.exp(a)
