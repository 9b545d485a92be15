/* What every generated module uses: vector types, the arena, growable buffers.  Plain C-like C++. */
#pragma once
#include "adfun/abi.h"

#define ADFUN_EXPORT extern "C" __attribute__((visibility("default"))) adfun_i32
#define ADFUN_RESTRICT __restrict__
#define ADFUN_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define ADFUN_INLINE static inline __attribute__((always_inline, unused))
#define ADFUN_MEMBER inline __attribute__((always_inline))
#define ADFUN_COLD static __attribute__((noinline, cold, unused))

/* Long modules are compiled in parts, side by side: ADFUN_ONLY is the number of one of them. */
#ifdef ADFUN_ONLY
#define ADFUN_PART(number) ((number) == ADFUN_ONLY)
#else
#define ADFUN_PART(number) 1
#endif

static_assert(sizeof(adfun_i64) == 8 && sizeof(void *) == 8, "adfun needs a 64-bit platform");

typedef unsigned char adfun_u8; /* an element of a bool array */

#include "adfun/vec.h"

/* -- libm, without <cmath> ------------------------------------------------------------------------- */

#define ADFUN_LIBM(NAME) double NAME(double) noexcept;
#define ADFUN_LIBM2(NAME) double NAME(double, double) noexcept;
extern "C" {
ADFUN_LIBM(exp) ADFUN_LIBM(exp2) ADFUN_LIBM(expm1) ADFUN_LIBM(log) ADFUN_LIBM(log2) ADFUN_LIBM(log10) ADFUN_LIBM(log1p)
ADFUN_LIBM(sin) ADFUN_LIBM(cos) ADFUN_LIBM(tan) ADFUN_LIBM(asin) ADFUN_LIBM(acos) ADFUN_LIBM(atan) ADFUN_LIBM(sinh)
ADFUN_LIBM(cosh) ADFUN_LIBM(tanh) ADFUN_LIBM(asinh) ADFUN_LIBM(acosh) ADFUN_LIBM(atanh) ADFUN_LIBM(cbrt)
ADFUN_LIBM(erf) ADFUN_LIBM(erfc) ADFUN_LIBM(lgamma) ADFUN_LIBM(tgamma)
ADFUN_LIBM2(pow) ADFUN_LIBM2(fmod) ADFUN_LIBM2(atan2) ADFUN_LIBM2(hypot)
}

/* -- sizes: a product that does not fit saturates, so that the allocation fails ------------------ */

#define ADFUN_HUGE 0x7fffffffffffffffL

ADFUN_INLINE adfun_i64 adfun_times(adfun_i64 a, adfun_i64 b) {
  adfun_i64 product;
  if (a <= 0 || b <= 0) return 0;
  return __builtin_mul_overflow(a, b, &product) ? ADFUN_HUGE : product;
}

ADFUN_INLINE adfun_i64 adfun_least(adfun_i64 a, adfun_i64 b) { return a < b ? a : b; }
/* 1 if true, as it usually is: by a branch, so that nothing that needs the number waits for the condition. */
ADFUN_INLINE adfun_i64 adfun_usually(bool condition) {
  adfun_i64 x = 1;
  if (ADFUN_UNLIKELY(!condition)) {
    x = 0;
    __asm__ volatile("" : "+r"(x)); /* (a conditional move would wait) */
  }
  return x;
}
ADFUN_INLINE adfun_i64 adfun_most(adfun_i64 a, adfun_i64 b) { return a > b ? a : b; }

/* -- arena: a stack of bytes, 64-byte aligned ----------------------------------------------------- */

struct adfun_mark {
  char *base;
  adfun_i64 capacity, top;
};

ADFUN_INLINE adfun_mark adfun_top(const adfun_workspace *ws) {
  return adfun_mark{ws->base, ws->capacity, ws->top};
}

ADFUN_INLINE void adfun_release(adfun_workspace *ws, const adfun_mark &mark) {
  ws->base = mark.base;
  ws->capacity = mark.capacity;
  ws->top = mark.top;
}

ADFUN_COLD void *adfun_take_slow(adfun_workspace *ws, adfun_i64 bytes) {
  return bytes > (adfun_i64)1 << 46 ? nullptr : ws->chunk(ws, bytes);
}

/* Room for count elements; null when there is no memory. */
ADFUN_INLINE void *adfun_take(adfun_workspace *ws, adfun_i64 count, adfun_i64 size) {
  const adfun_i64 wanted = adfun_times(count, size);
  const adfun_i64 bytes = wanted > ADFUN_HUGE - 64 ? ADFUN_HUGE : (wanted + 63) & ~63L;
  if (ADFUN_UNLIKELY(bytes > ws->capacity - ws->top)) return adfun_take_slow(ws, bytes);
  char *const start = ws->base + ws->top;
  ws->top += bytes;
  return start;
}

ADFUN_INLINE void adfun_clear(void *start, adfun_i64 count, adfun_i64 size) {
  if (count > 0) __builtin_memset(start, 0, (unsigned long)(count * size));
}

/* Not inlined: for functions with many buffers. */
#define ADFUN_CALLED static __attribute__((noinline, unused))
ADFUN_CALLED void *adfun_take_call(adfun_workspace *ws, adfun_i64 count, adfun_i64 size) {
  return adfun_take(ws, count, size);
}

ADFUN_CALLED void adfun_clear_call(void *start, adfun_i64 count, adfun_i64 size) { adfun_clear(start, count, size); }

/* -- growable buffers: at least `count` elements, with room to spare ---------------------------- */

ADFUN_COLD void *adfun_grown(adfun_workspace *ws, adfun_i32 slot, adfun_i64 count, adfun_i64 size, adfun_i64 *room) {
  adfun_i64 wanted = count > 32 ? count : 32;
  if (wanted < 2 * *room) wanted = 2 * *room;
  const adfun_i64 bytes = adfun_times(wanted, size);
  if (bytes > (adfun_i64)1 << 46) return nullptr;
  void *const start = ws->grow(ws, slot, bytes);
  *room = start ? wanted : 0;
  return start;
}

/* -- long loops in chunks, which may run in several threads -------------------------------------- */

#define ADFUN_CHUNKS 32 /* at most */
#ifndef ADFUN_CHUNK_CYCLES
#define ADFUN_CHUNK_CYCLES 65536 /* of a chunk at least, as far as the compiler can tell */
#define ADFUN_CHUNK_SHARE 32     /* cycles for each element that is copied: more than it takes to add it up */
#define ADFUN_CHUNK_STEP 64      /* chunks are full vectors, and begin on a cache line */
#endif

struct adfun_split {
  adfun_i64 start, stop, step, count; /* of one chunk: step iterations, the last may have fewer */
};

/* How a loop is cut: a matter of sizes alone, so that sums are the same with any number of threads.  An
   iteration takes `cycles`; each chunk but the first needs a copy of `shared` elements. */
ADFUN_INLINE adfun_split adfun_cut(adfun_i64 start, adfun_i64 stop, double cycles, adfun_i64 shared) {
  const adfun_i64 length = start < stop ? stop - start : 0;
  const double work = cycles * (double)length;
  const double copies = (double)shared * ADFUN_CHUNK_SHARE;
  if (work < 2.0 * ADFUN_CHUNK_CYCLES) return adfun_split{start, stop, length, 1};
  double most = work / ADFUN_CHUNK_CYCLES;
  if (most > ADFUN_CHUNKS) most = ADFUN_CHUNKS;
  if (most * copies > work) most = work / copies;
  if (most < 2) return adfun_split{start, stop, length, 1};
  const adfun_i64 wanted = (adfun_i64)most;
  const adfun_i64 step = ((length - 1) / wanted / ADFUN_CHUNK_STEP + 1) * ADFUN_CHUNK_STEP;
  return adfun_split{start, stop, step, (length + step - 1) / step};
}

ADFUN_INLINE adfun_i32 adfun_run(adfun_workspace *ws, adfun_chunk *chunk, void *arguments, adfun_i64 count) {
  if (count > 1 && ws->parallel) return ws->parallel(ws, chunk, arguments, count);
  for (adfun_i64 k = 0; k < count; ++k) {
    const adfun_i32 status = chunk(arguments, ws, k);
    if (status != 0) return status;
  }
  return 0;
}

/* -- self-test: gives, where the module is loaded, what it gave where the module was compiled ------------ */

#if ADFUN_PART(1)
ADFUN_EXPORT adfun_selftest(double *results) {
  volatile double seed = 0.7; /* not to be computed by the compiler */
  double x = seed;
  results[0] = x * x + 1.0 / x; /* with a fused product, where the target has it */
  results[1] = exp(x);
  results[2] = log(x);
  results[3] = pow(x, 1.5);
  return 0;
}
#endif
