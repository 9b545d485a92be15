"""Tables of scalar primitives and array kernels: one row each, with its derivative as IR."""
