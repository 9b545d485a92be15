"""Long loops in chunks: the outermost loops whose iterations are independent apart from sums.

The chunks of a loop are calls of one C++ function, which the pool of the caller may run in several
threads.  Where a loop is cut depends on sizes alone (`adfun_cut` in runtime.h), the first chunk goes on
from what there is, every other starts sums of its own, and these are added in the order of the chunks:
the numbers do not depend on the number of threads.

    legal   which loops can be cut
    price   what an iteration costs
    emit    a loop as a function of its chunks
"""
