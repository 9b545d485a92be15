"""C++ text to a loaded module: compilers, flags, the cache on disk.  Knows nothing of the IR.

modules     build, find: text -> loaded module, through all of the below
toolchain   which compiler, and who it is
flags       what it is told
compiler    runs it, and judges how it ended
child       child processes with limits, of which nothing stays
loading     bytes of a module -> library in memory
store       entries on disk: published by one rename, verified before use
claims      the directories they are made in, locked by who makes them
upkeep      listing, verifying and pruning these
cpu         which instructions this machine has
lapack      SciPy's routines as function pointers
"""
