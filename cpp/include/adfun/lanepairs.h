/* Two vectors at a time, for lane loops with loops inside: what all lanes share is loaded half as often, and
 * there are two chains of operations to work on.
 */
#pragma once
#include "adfun/lanes_private.h"
#include "adfun/lanes_tiles.h"

template <class Half, class Element, int Middle>
struct adfun_two {
  mutable Half a, b; /* (see adfun_halves) */
  ADFUN_MEMBER adfun_two &operator=(const adfun_two &x) { /* (g++ would copy pieces of 16 bytes) */
    a = x.a;
    b = x.b;
    return *this;
  }
  Element operator[](int l) const { return l < Middle ? a[l] : b[l - Middle]; }
};

#define ADFUN_W2 (2 * ADFUN_W)
#define ADFUN_N 2
#define ADFUN_HALF
#include "adfun/lanes_several.h"
#undef ADFUN_N
#undef ADFUN_HALF
