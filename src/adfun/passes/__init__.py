"""Transformations of IR: one file, one verb, pure (`Function` -> `Function`)."""
