def objective(a):
    r = a * a
  return r
