def objective(a):
    class State:
        @level.setter
        def level(self, value):
            self.kept = value

    return a
