# dict.update with keywords.
# data = {}
# params = {"s": 0.207}
def objective(s):
    d = dict(p=0.5, q=s)
    d.update(q=2 * s, r=s**2)
    d.update({"p": s})
    return sum(d.values())
