"""Several iterations at once: an independent loop runs `ADFUN_W` iterations in the lanes of vectors.

A value that is the same in all lanes stays a scalar; one that differs becomes a vector.  Loops inside
stay loops, branches that lanes disagree on become masks, sums keep a partial sum per lane and are
added up once, in a fixed order.  The iterations that are left over run one vector at a time with a mask,
or as scalars.

Analysis, in order of use:
    shapes      which values differ between lanes, and by what stride
    reduction   carried values that only accumulate
    accesses    what memory iterations share, and whether their order shows in it
    legal       whether the iterations of a loop are independent; the `Plan` of a loop
    tiles       matrix rows that belong to lanes: transposed once, read as vectors
    rows        loops along the rows of a tile, which are read as they are where they are long
    sums        where partial sums of elements go that all lanes add to
    trips, chain, cost which loops of a nest to run in lanes
    fused       products that a sum takes in
    (loops inside whose iterations go in pairs: `backend/jam.py`)
Text:
    table       primitives as vector expressions
    values      operands as scalars, vectors, positions
    parts       what surrounds the vector loop; `ahead`: tiles made before a loop around it, or when
                data are bound
    memory      loads, stores and sums
    emit        the vector statements

The runtime is cpp/include/adfun/lanes.h (vectors), lanepairs.h and lanequads.h (two and four at a time),
lanemath.h and lanerare.h (elementary functions), special/ (the others).
"""
