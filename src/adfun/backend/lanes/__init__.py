"""Several iterations at once: an independent loop runs `ADFUN_W` iterations in the lanes of vectors.

A value that is the same in all lanes stays a scalar; one that differs becomes a vector.  Loops inside
stay loops, branches that lanes disagree on become masks, sums keep a partial sum per lane and are
added up once, in a fixed order.  The iterations that are left over run as plain scalars.

    shapes     which values differ between lanes, and by what stride
    reduction  carried values that only accumulate
    accesses   what memory iterations share, and whether their order shows in it
    legal      whether the iterations of a loop are independent
    trips, cost   which loop of a nest to run in lanes
    table      primitives as vector expressions
    emit       the vector statements
"""
