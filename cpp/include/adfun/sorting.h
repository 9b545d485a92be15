/* The stable order of doubles; row `argsort` of primitives/sorting.py. */
#pragma once
#include "adfun/runtime.h"

/* Whether x comes before y: increasing, NaN last. */
ADFUN_INLINE bool adfun_before(double x, double y) { return x < y || (y != y && x == x); }

/* Merge the sorted runs [low, middle) and [middle, high) of `from` into `to`. */
ADFUN_INLINE void adfun_merge_runs(const double *x, const adfun_i64 *from, adfun_i64 *to, adfun_i64 low,
                                   adfun_i64 middle, adfun_i64 high) {
  adfun_i64 left = low, right = middle;
  for (adfun_i64 k = low; k < high; ++k) {
    const bool take_right = right < high && (left >= middle || adfun_before(x[from[right]], x[from[left]]));
    to[k] = take_right ? from[right++] : from[left++];
  }
}

/* Insertion sort of the run [low, high). */
ADFUN_INLINE void adfun_insert_run(const double *x, adfun_i64 *order, adfun_i64 low, adfun_i64 high) {
  for (adfun_i64 k = low; k < high; ++k) {
    adfun_i64 place = k;
    while (place > low && adfun_before(x[k], x[order[place - 1]])) {
      order[place] = order[place - 1];
      --place;
    }
    order[place] = k;
  }
}

/* Bottom-up merge sort of positions. */
ADFUN_COLD adfun_i32 adfun_argsort(adfun_workspace *ws, const double *x, adfun_i64 n, adfun_i64 *order, adfun_i64) {
  const adfun_i64 run = 16;
  for (adfun_i64 low = 0; low < n; low += run) adfun_insert_run(x, order, low, low + run < n ? low + run : n);
  if (n <= run) return 0;
  const adfun_mark mark = adfun_top(ws);
  adfun_i64 *const spare = (adfun_i64 *)adfun_take(ws, n, 8);
  if (!spare) return ADFUN_NO_MEMORY;
  adfun_i64 *from = order, *to = spare;
  for (adfun_i64 width = run; width < n; width *= 2) {
    for (adfun_i64 low = 0; low < n; low += 2 * width) {
      const adfun_i64 middle = low + width < n ? low + width : n;
      const adfun_i64 high = low + 2 * width < n ? low + 2 * width : n;
      adfun_merge_runs(x, from, to, low, middle, high);
    }
    adfun_i64 *const other = from;
    from = to;
    to = other;
  }
  if (from != order) __builtin_memcpy(order, from, (unsigned long)(8 * n));
  adfun_release(ws, mark);
  return 0;
}
