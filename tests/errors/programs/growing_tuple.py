def objective(a):
    state = ()
    t = a
    while t < 10.0:
        t = 2 * t
        state = (*state, t)
    return state[0]
