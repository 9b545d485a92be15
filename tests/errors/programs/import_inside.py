def objective(a):
    import nowhere_to_be_found

    return nowhere_to_be_found.f(a)
