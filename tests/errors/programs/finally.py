def objective(a):
    try:
        total = a * a
    finally:
        return 0.0
    return total
