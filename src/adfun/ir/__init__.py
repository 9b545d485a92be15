"""The intermediate representation: types, nodes, builder, checker, printer, interpreter, walkers."""
