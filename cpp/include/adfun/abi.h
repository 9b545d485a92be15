/* What a generated module and its caller agree on.  Plain C ABI; no Python, no STL.
 *
 * A module exports, for every compiled function NAME ("fn", "gr", "hvp", "he", "report"):
 *     int32_t adfun_prepare_NAME(const adfun_inputs *, adfun_workspace *, adfun_slot *state);
 *     int32_t adfun_call_NAME(const adfun_inputs *, adfun_workspace *, const adfun_slot *state,
 *                             double *value, double *gradient);
 * prepare runs once when data are bound: it reads no parameter and leaves what it computed in
 * `state`; its workspace lives as long as the state.  call runs with a workspace of its own, so
 * one state may serve many threads.  Both return 0, the number of the check that failed (from 1,
 * its arguments in workspace->error), or ADFUN_NO_MEMORY.
 *
 * Where it is called for several blocks of directions in turn, a module may export
 *     int32_t adfun_point_NAME(const adfun_inputs *, adfun_workspace *, adfun_slot *state);
 * as well: it reads no direction, and fills the rest of a copy of the state that the calls for
 * this x get; what they take in the workspace comes after what it took.
 *
 * Every module exports
 *     int32_t adfun_selftest(double *results);
 * too: it writes ADFUN_SELFTEST numbers that only depend on the processor and the math library.
 */
#pragma once

#define ADFUN_ABI 2 /* of this page; precompiled modules say which one they were made for */

typedef signed char adfun_i8;
typedef int adfun_i32;
typedef long adfun_i64; /* 64 bits on every platform we support: see static assertion in runtime.h */

#define ADFUN_NO_MEMORY (-1)
#define ADFUN_ERROR_ARGS 4
#define ADFUN_SELFTEST 4

typedef union adfun_slot {
  void *pointer;
  adfun_i64 integer;
  double real;
} adfun_slot;

typedef struct adfun_inputs {
  const double *x;             /* the parameters, flat: param inputs in order, each in C order */
  const double *seed;          /* directions, laid out as x: 1 or LANES doubles per parameter, or null */
  void *const *data;           /* data buffers in input order: double, int64, or one byte per bool */
  const adfun_i64 *ints;       /* sizes in order of Function.dimensions(), then i64 and b1 data scalars */
  const double *reals;         /* f64 data scalars in input order */
  const adfun_i64 *offsets;    /* where each param input starts in x; then the length of x */
  const adfun_i64 *block;      /* of a Hessian: the first place in x that directions belong to, and the end */
} adfun_inputs;

typedef struct adfun_workspace adfun_workspace;

/* Chunk number k of a loop; its memory and errors are those of `ws`.  Returns what a call returns. */
typedef adfun_i32 adfun_chunk(void *arguments, adfun_workspace *ws, adfun_i64 k);

struct adfun_workspace {
  char *base;                  /* current chunk of the arena */
  adfun_i64 capacity, top;     /* bytes */
  /* Slow path: takes `bytes` (a multiple of 64) from another chunk and makes that the current one;
     returns their 64-byte aligned start, or null when there is no memory.  The caller restores
     (base, capacity, top) when it leaves the scope; chunks are freed or merged after the call. */
  void *(*chunk)(adfun_workspace *, adfun_i64 bytes);
  /* Growable buffers (tapes): slot -> at least `bytes`, contents kept; null when there is no memory. */
  void *(*grow)(adfun_workspace *, adfun_i32 slot, adfun_i64 bytes);
  /* Report(name, value): elem 0 f64, 1 i64, 2 bool; the data are copied by the callee. */
  void (*report)(adfun_workspace *, adfun_i32 name, adfun_i32 elem, adfun_i32 rank, const adfun_i64 *shape,
                 const void *data);
  void *const *lapack;         /* LAPACK's entry points, in the order of native/lapack.py */
  adfun_slot error[ADFUN_ERROR_ARGS];
  /* Runs chunks 0 .. count - 1, in any order and in several threads; returns what the first of those
     that fail returned, with its error in this workspace.  Null: the module runs them in order itself. */
  adfun_i32 (*parallel)(adfun_workspace *, adfun_chunk *, void *arguments, adfun_i64 count);
};
