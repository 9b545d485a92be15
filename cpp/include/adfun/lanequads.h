/* Four vectors at a time, for lane loops that spend their time in loops within loops. */
#pragma once
#include "adfun/lanepairs.h"

#define ADFUN_W4 (4 * ADFUN_W)
#define ADFUN_N 4
#define ADFUN_HALF 2
#include "adfun/lanes_several.h"
#undef ADFUN_N
#undef ADFUN_HALF
