# A check inside a loop in lanes, whose message takes an element.
# data = {}
# params = {"a": 0.201, "u": [0.413, 0.397, 0.578, 0.769, 0.23, 0.8]}
def objective(a, u):
    for i14, e12 in enumerate(u, start=0):
        assert a, f"too large: {e12}"
    return 0.5
