def objective(a, v):
    state = ()
    for e in v:
        state = (*state, a * e)
    return state[0]
