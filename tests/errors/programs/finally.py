

def objective(a):
    try:
        r = a * a
    finally:
        a = 0.0
    return r
