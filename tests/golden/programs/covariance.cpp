#include "adfun/abi.h"
#include "adfun/runtime.h"
#include "adfun/kernels.h"
#include "adfun/lanemath.h"
#include "adfun/lanepairs.h"
#include "adfun/lanes.h"
#include "adfun/lanes_indexed.h"
#include "adfun/lanes_tiles.h"

#if ADFUN_PART(1)
struct adfun_gr_loop1 {
  adfun_split split;
  adfun_i64 i1;
  const double *b6;
  double r12;
  const double *b7;
  double *b11;
};

static adfun_i32 adfun_gr_chunk1(void *arguments, adfun_workspace *ws, adfun_i64 k) {
  const adfun_gr_loop1 *const a = (const adfun_gr_loop1 *)arguments;
  const adfun_i64 first = a->split.start + k * a->split.step;
  const adfun_i64 stop = adfun_least(first + a->split.step, a->split.stop);
  const adfun_i64 i1 = a->i1;
  const double *const ADFUN_RESTRICT b6 = a->b6;
  const double r12 = a->r12;
  const double *const ADFUN_RESTRICT b7 = a->b7;
  double *const ADFUN_RESTRICT b11 = a->b11;
  for (adfun_i64 i13 = first; i13 < stop; ++i13) {
    // line 6
    adfun_i64 i14 = 0;
    if (i14 < i1) {
      for (; i14 + ADFUN_W <= i1; i14 += ADFUN_W) {
        const adfun_v t15 = adfun_stream(b6 + i13 * i1 + i14);
        const adfun_v t16 = t15 * r12;
        const adfun_v t17 = adfun_exp(t16);
        const adfun_v t18 = adfun_stream(b7 + i13 * i1 + i14);
        const adfun_v t19 = t17 + t18;
        adfun_store(b11 + i13 * i1 + i14, t19);
      }
      if (i14 < i1) {
        const adfun_m m20 = adfun_iota(i14, 1) < i1;
        const adfun_v t15 = adfun_load(m20, b6 + i13 * i1 + i14);
        const adfun_v t16 = t15 * r12;
        const adfun_v t17 = adfun_exp_call(t16);
        const adfun_v t18 = adfun_load(m20, b7 + i13 * i1 + i14);
        const adfun_v t19 = t17 + t18;
        adfun_store(m20, b11 + i13 * i1 + i14, t19);
      }
    }
  }
  return 0;
}

struct adfun_gr_loop2 {
  adfun_split split;
  const double *b4;
  const double *b31;
  double *t33;
};

static adfun_i32 adfun_gr_chunk2(void *arguments, adfun_workspace *ws, adfun_i64 k) {
  const adfun_gr_loop2 *const a = (const adfun_gr_loop2 *)arguments;
  const adfun_i64 first = a->split.start + k * a->split.step;
  const adfun_i64 stop = adfun_least(first + a->split.step, a->split.stop);
  const double *const ADFUN_RESTRICT b4 = a->b4;
  const double *const ADFUN_RESTRICT b31 = a->b31;
  double t33 = k == 0 ? a->t33[0] : 0.0;
  adfun_i64 i32 = first;
  if (i32 < stop) {
    adfun_v s34 = adfun_splat(0.0);
    for (; i32 + ADFUN_W <= stop; i32 += ADFUN_W) {
      // line 9
      const adfun_v t35 = adfun_load(b4 + i32);
      const adfun_v t36 = 0.5 * t35;
      const adfun_v t37 = adfun_load(b31 + i32);
      const adfun_v t38 = t36 * t37;
      s34 = s34 + t38;
    }
    if (i32 < stop) {
      const adfun_m m39 = adfun_iota(i32, 1) < stop;
      const adfun_v t35 = adfun_load(m39, b4 + i32);
      const adfun_v t36 = 0.5 * t35;
      const adfun_v t37 = adfun_load(m39, b31 + i32);
      const adfun_v t38 = t36 * t37;
      const adfun_v t40 = s34 + t38;
      s34 = adfun_select(m39, t40, s34);
    }
    t33 = t33 + adfun_lanes_add(s34);
  }
  a->t33[k] = t33;
  return 0;
}

struct adfun_gr_loop3 {
  adfun_split split;
  const double *b24;
  adfun_i64 i1;
  double *b46;
  double *t48;
};

static adfun_i32 adfun_gr_chunk3(void *arguments, adfun_workspace *ws, adfun_i64 k) {
  const adfun_gr_loop3 *const a = (const adfun_gr_loop3 *)arguments;
  const adfun_i64 first = a->split.start + k * a->split.step;
  const adfun_i64 stop = adfun_least(first + a->split.step, a->split.stop);
  const double *const ADFUN_RESTRICT b24 = a->b24;
  const adfun_i64 i1 = a->i1;
  double *const ADFUN_RESTRICT b46 = a->b46;
  double t48 = k == 0 ? a->t48[0] : 0.0;
  adfun_i64 i47 = first;
  if (i47 < stop) {
    adfun_v s49 = adfun_splat(0.0);
    for (; i47 + ADFUN_W <= stop; i47 += ADFUN_W) {
      // line 9
      const adfun_v t50 = adfun_strided(b24 + i47 * i1 + i47, i1 + 1);
      const adfun_v t51 = adfun_log(t50);
      s49 = s49 + t51;
      const adfun_v t52 = 1.0 / t50;
      adfun_scatter_add(b46, adfun_iota(i47, 1) * i1 + adfun_iota(i47, 1), t52);
    }
    if (i47 < stop) {
      const adfun_m m53 = adfun_iota(i47, 1) < stop;
      const adfun_v t50 = adfun_strided(m53, b24 + i47 * i1 + i47, i1 + 1);
      const adfun_v t51 = adfun_log_call(t50);
      const adfun_v t54 = s49 + t51;
      const adfun_v t52 = 1.0 / t50;
      adfun_scatter_add(m53, b46, adfun_iota(i47, 1) * i1 + adfun_iota(i47, 1), t52);
      s49 = adfun_select(m53, t54, s49);
    }
    t48 = t48 + adfun_lanes_add(s49);
  }
  a->t48[k] = t48;
  return 0;
}

struct adfun_gr_loop4 {
  adfun_split split;
  const double *b61;
  adfun_i64 i1;
  const double *b31;
  const double *b62;
  const double *b8;
  double r63;
  double *t65;
};

static adfun_i32 adfun_gr_chunk4(void *arguments, adfun_workspace *ws, adfun_i64 k) {
  const adfun_gr_loop4 *const a = (const adfun_gr_loop4 *)arguments;
  const adfun_i64 first = a->split.start + k * a->split.step;
  const adfun_i64 stop = adfun_least(first + a->split.step, a->split.stop);
  const double *const ADFUN_RESTRICT b61 = a->b61;
  const adfun_i64 i1 = a->i1;
  const double *const ADFUN_RESTRICT b31 = a->b31;
  const double *const ADFUN_RESTRICT b62 = a->b62;
  const double *const ADFUN_RESTRICT b8 = a->b8;
  const double r63 = a->r63;
  double t65 = k == 0 ? a->t65[0] : 0.0;
  adfun_i64 i64 = first;
  if (i64 < stop) {
    adfun_v2 s66 = adfun_splat2(0.0);
    const adfun_mark mark67 = adfun_top(ws);
    const adfun_i64 n69 = 0 < i1 ? i1 : 0;
    adfun_v2 *const ADFUN_RESTRICT tile68 = (adfun_v2 *)adfun_take(ws, n69, sizeof(adfun_v2));
    if (ADFUN_UNLIKELY(!tile68)) return ADFUN_NO_MEMORY;
    const adfun_i64 n71 = 0 < i1 ? i1 : 0;
    adfun_v2 *const ADFUN_RESTRICT tile70 = (adfun_v2 *)adfun_take(ws, n71, sizeof(adfun_v2));
    if (ADFUN_UNLIKELY(!tile70)) return ADFUN_NO_MEMORY;
    for (; i64 + ADFUN_W2 <= stop; i64 += ADFUN_W2) {
      adfun_tile2(tile68, b62 + i64 * i1, i1, n69);
      adfun_tile2(tile70, b8 + i64 * i1, i1, n71);
      // line 8
      const adfun_v2 t72 = adfun_stream2(b61 + i64);
      adfun_v2 t73 = adfun_splat2(0.0);
      for (adfun_i64 i74 = 0; i74 < i1; ++i74) {
        const double t75 = b31[i74];
        const adfun_v2 t76 = t72 * t75;
        // line 7
        const adfun_v2 t77 = tile68[i74];
        const adfun_v2 t78 = t77 - t76;
        // line 6
        const adfun_v2 t79 = tile70[i74];
        const adfun_v2 t80 = t79 * r63;
        const adfun_v2 t81 = {adfun_exp(t80.a), adfun_exp(t80.b)};
        const adfun_v2 t82 = {adfun_mul0(t78.a, t81.a), adfun_mul0(t78.b, t81.b)};
        t73 = adfun_add_mul0(t73, t82, t80);
      }
      s66 = s66 + t73;
    }
    for (; i64 < stop; i64 += ADFUN_W) {
      const adfun_m m85 = adfun_iota(i64, 1) < stop;
      const adfun_v *const ADFUN_RESTRICT tile83 = adfun_tile(m85, (adfun_v *)tile68, 2, b62 + i64 * i1, i1, n69);
      const adfun_v *const ADFUN_RESTRICT tile84 = adfun_tile(m85, (adfun_v *)tile70, 2, b8 + i64 * i1, i1, n71);
      // line 8
      const adfun_v t72 = adfun_load(m85, b61 + i64);
      adfun_v t73 = adfun_splat(0.0);
      for (adfun_i64 i74 = 0; i74 < i1; ++i74) {
        const double t75 = b31[i74];
        const adfun_v t76 = t72 * t75;
        // line 7
        const adfun_v t77 = tile83[i74 * 2];
        const adfun_v t78 = t77 - t76;
        // line 6
        const adfun_v t79 = tile84[i74 * 2];
        const adfun_v t80 = t79 * r63;
        const adfun_v t81 = adfun_exp_call(t80);
        const adfun_v t82 = adfun_mul0(t78, t81);
        t73 = adfun_add_mul0(t73, t82, t80);
      }
      const adfun_v t86 = s66.a + t73;
      s66.a = adfun_select(m85, t86, s66.a);
    }
    t65 = t65 + adfun_lanes_add(s66);
    adfun_release(ws, mark67);
  }
  a->t65[k] = t65;
  return 0;
}

ADFUN_EXPORT adfun_call_gr(const adfun_inputs *in, adfun_workspace *ws, const adfun_slot *state, double *value, double *gradient) {
  const adfun_i64 i1 = in->ints[0];
  const adfun_i64 i2 = in->ints[1];
  const double t3 = in->x[in->offsets[0]];
  const double *const ADFUN_RESTRICT b4 = (const double *)in->data[1];
  const double *const ADFUN_RESTRICT b5 = (const double *)state[0].pointer;
  const double *const ADFUN_RESTRICT b6 = (const double *)state[2].pointer;
  const double *const ADFUN_RESTRICT b7 = (const double *)state[5].pointer;
  const double *const ADFUN_RESTRICT b8 = (const double *)state[8].pointer;
  double *const ADFUN_RESTRICT b9 = gradient + in->offsets[0];
  // line 6
  const double t10 = exp(t3);
  double *const ADFUN_RESTRICT b11 = (double *)adfun_take(ws, adfun_times(i1, i1), sizeof(double));
  if (ADFUN_UNLIKELY(!b11)) return ADFUN_NO_MEMORY;
  const double r12 = 1.0 / t10;
  adfun_gr_loop1 loop21 = {adfun_cut(0, i1, (double)i1 * 6.8, 0), i1, b6, r12, b7, b11};
  const adfun_i32 failed23 = adfun_run(ws, adfun_gr_chunk1, &loop21, loop21.split.count);
  if (ADFUN_UNLIKELY(failed23 != 0)) return failed23;
  // line 7
  double *const ADFUN_RESTRICT b24 = (double *)adfun_take(ws, adfun_times(i1, i1), sizeof(double));
  if (ADFUN_UNLIKELY(!b24)) return ADFUN_NO_MEMORY;
  adfun_i64 i25;
  if (ADFUN_UNLIKELY(adfun_cholesky(ws, b11, i1, i1, b24, i1, i1, &i25) != 0)) return ADFUN_NO_MEMORY;
  const bool c26 = i25 == 0;
  if (ADFUN_UNLIKELY(!c26)) {
    return 2;
  }
  // line 8
  double *const ADFUN_RESTRICT b27 = (double *)adfun_take(ws, adfun_times(i1, i1), sizeof(double));
  if (ADFUN_UNLIKELY(!b27)) return ADFUN_NO_MEMORY;
  adfun_i64 *const ADFUN_RESTRICT b28 = (adfun_i64 *)adfun_take(ws, i1, sizeof(adfun_i64));
  if (ADFUN_UNLIKELY(!b28)) return ADFUN_NO_MEMORY;
  adfun_i64 i29;
  if (ADFUN_UNLIKELY(adfun_lu(ws, b11, i1, i1, b27, i1, i1, b28, i1, &i29) != 0)) return ADFUN_NO_MEMORY;
  const bool c30 = i29 == 0;
  if (ADFUN_UNLIKELY(!c30)) {
    return 3;
  }
  double *const ADFUN_RESTRICT b31 = (double *)adfun_take(ws, i1, sizeof(double));
  if (ADFUN_UNLIKELY(!b31)) return ADFUN_NO_MEMORY;
  if (ADFUN_UNLIKELY(adfun_lu_solve(ws, b11, i1, i1, b27, i1, i1, b28, i1, b4, i2, false, b31, i1) != 0)) return ADFUN_NO_MEMORY;
  // line 9
  double t33_parts[ADFUN_CHUNKS];
  t33_parts[0] = 0.0;
  adfun_gr_loop2 loop41 = {adfun_cut(0, i1, 2.1, 0), b4, b31, t33_parts};
  const adfun_i32 failed43 = adfun_run(ws, adfun_gr_chunk2, &loop41, loop41.split.count);
  if (ADFUN_UNLIKELY(failed43 != 0)) return failed43;
  double t33 = t33_parts[0];
  for (adfun_i64 k44 = 1; k44 < loop41.split.count; ++k44) {
    t33 = t33 + t33_parts[k44];
  }
  // line 7
  double *const ADFUN_RESTRICT b46 = (double *)adfun_take(ws, adfun_times(i1, i1), sizeof(double));
  if (ADFUN_UNLIKELY(!b46)) return ADFUN_NO_MEMORY;
  adfun_clear(b46, adfun_times(i1, i1), sizeof(double));
  // line 9
  double t48_parts[ADFUN_CHUNKS];
  t48_parts[0] = 0.0;
  adfun_gr_loop3 loop55 = {adfun_cut(0, i1, 11.3, 0), b24, i1, b46, t48_parts};
  const adfun_i32 failed57 = adfun_run(ws, adfun_gr_chunk3, &loop55, loop55.split.count);
  if (ADFUN_UNLIKELY(failed57 != 0)) return failed57;
  double t48 = t48_parts[0];
  for (adfun_i64 k58 = 1; k58 < loop55.split.count; ++k58) {
    t48 = t48 + t48_parts[k58];
  }
  // line 9
  const double t60 = t33 + t48;
  // line 8
  double *const ADFUN_RESTRICT b61 = (double *)adfun_take(ws, i1, sizeof(double));
  if (ADFUN_UNLIKELY(!b61)) return ADFUN_NO_MEMORY;
  if (ADFUN_UNLIKELY(adfun_lu_solve(ws, b11, i1, i1, b27, i1, i1, b28, i1, b5, i1, true, b61, i1) != 0)) return ADFUN_NO_MEMORY;
  // line 7
  double *const ADFUN_RESTRICT b62 = (double *)adfun_take(ws, adfun_times(i1, i1), sizeof(double));
  if (ADFUN_UNLIKELY(!b62)) return ADFUN_NO_MEMORY;
  if (ADFUN_UNLIKELY(adfun_cholesky_adjoint(ws, b24, i1, i1, b46, i1, i1, b62, i1, i1) != 0)) return ADFUN_NO_MEMORY;
  // line 8
  const double r63 = 1.0 / t10;
  double t65_parts[ADFUN_CHUNKS];
  t65_parts[0] = 0.0;
  adfun_gr_loop4 loop87 = {adfun_cut(0, i1, 0.4 + (double)i1 * 8.1, 0), b61, i1, b31, b62, b8, r63, t65_parts};
  const adfun_i32 failed89 = adfun_run(ws, adfun_gr_chunk4, &loop87, loop87.split.count);
  if (ADFUN_UNLIKELY(failed89 != 0)) return failed89;
  double t65 = t65_parts[0];
  for (adfun_i64 k90 = 1; k90 < loop87.split.count; ++k90) {
    t65 = t65 + t65_parts[k90];
  }
  // line 6
  const double t92 = 1.0 / t10;
  const double t93 = t65 == 0.0 ? 0.0 : t65 * t92;
  const double t94 = t93 == 0.0 ? 0.0 : t93 * t10;
  const double t95 = -t94;
  b9[0] = t95;
  value[0] = t60;
  return 0;
}
#endif

#if ADFUN_PART(2)
ADFUN_EXPORT adfun_prepare_fn(const adfun_inputs *in, adfun_workspace *ws, adfun_slot *state) {
  const adfun_i64 i1 = in->ints[0];
  const adfun_i64 i2 = in->ints[1];
  const double *const ADFUN_RESTRICT b3 = (const double *)in->data[0];
  // line 8
  const bool c4 = i1 == i2;
  if (ADFUN_UNLIKELY(!c4)) {
    ws->error[0].integer = i1;
    ws->error[1].integer = i2;
    return 1;
  }
  // line 6
  double *const ADFUN_RESTRICT b5 = (double *)adfun_take(ws, adfun_times(i1, i1), sizeof(double));
  if (ADFUN_UNLIKELY(!b5)) return ADFUN_NO_MEMORY;
  double *const ADFUN_RESTRICT b6 = (double *)adfun_take(ws, adfun_times(i1, i1), sizeof(double));
  if (ADFUN_UNLIKELY(!b6)) return ADFUN_NO_MEMORY;
  for (adfun_i64 i7 = 0; i7 < i1; ++i7) {
    const double t8 = b3[i7];
    adfun_i64 i9 = 0;
    if (i1 - i9 >= ADFUN_W) {
      for (; i9 + ADFUN_W <= i1; i9 += ADFUN_W) {
        // line 5
        const adfun_v t10 = adfun_load(b3 + i9);
        const adfun_v t11 = t8 - t10;
        const adfun_v t12 = adfun_fabs(t11);
        // line 6
        const adfun_v t13 = -t12;
        adfun_store(b5 + i7 * i1 + i9, t13);
        const adfun_m c14 = adfun_splat((adfun_i64)i7) == adfun_iota(i9, 1);
        const adfun_v t15 = adfun_select(c14, adfun_splat(1.0), adfun_splat(0.0));
        const adfun_v t16 = 0x1.999999999999ap-4 * t15;
        adfun_store(b6 + i7 * i1 + i9, t16);
      }
    }
    for (; i9 < i1; ++i9) {
      const double t10 = b3[i9];
      // line 5
      const double t11 = t8 - t10;
      const double t12 = __builtin_fabs(t11);
      // line 6
      const double t13 = -t12;
      b5[i7 * i1 + i9] = t13;
      const bool c14 = i7 == i9;
      const double t15 = c14 ? 1.0 : 0.0;
      const double t16 = 0x1.999999999999ap-4 * t15;
      b6[i7 * i1 + i9] = t16;
    }
  }
  state[0].pointer = (void *)b5;
  state[1].integer = i1;
  state[2].integer = i1;
  state[3].pointer = (void *)b6;
  state[4].integer = i1;
  state[5].integer = i1;
  return 0;
}

struct adfun_fn_loop1 {
  adfun_split split;
  adfun_i64 i1;
  const double *b5;
  double r9;
  const double *b6;
  double *b8;
};

static adfun_i32 adfun_fn_chunk1(void *arguments, adfun_workspace *ws, adfun_i64 k) {
  const adfun_fn_loop1 *const a = (const adfun_fn_loop1 *)arguments;
  const adfun_i64 first = a->split.start + k * a->split.step;
  const adfun_i64 stop = adfun_least(first + a->split.step, a->split.stop);
  const adfun_i64 i1 = a->i1;
  const double *const ADFUN_RESTRICT b5 = a->b5;
  const double r9 = a->r9;
  const double *const ADFUN_RESTRICT b6 = a->b6;
  double *const ADFUN_RESTRICT b8 = a->b8;
  for (adfun_i64 i10 = first; i10 < stop; ++i10) {
    // line 6
    adfun_i64 i11 = 0;
    if (i11 < i1) {
      for (; i11 + ADFUN_W <= i1; i11 += ADFUN_W) {
        const adfun_v t12 = adfun_stream(b5 + i10 * i1 + i11);
        const adfun_v t13 = t12 * r9;
        const adfun_v t14 = adfun_exp(t13);
        const adfun_v t15 = adfun_stream(b6 + i10 * i1 + i11);
        const adfun_v t16 = t14 + t15;
        adfun_store(b8 + i10 * i1 + i11, t16);
      }
      if (i11 < i1) {
        const adfun_m m17 = adfun_iota(i11, 1) < i1;
        const adfun_v t12 = adfun_load(m17, b5 + i10 * i1 + i11);
        const adfun_v t13 = t12 * r9;
        const adfun_v t14 = adfun_exp_call(t13);
        const adfun_v t15 = adfun_load(m17, b6 + i10 * i1 + i11);
        const adfun_v t16 = t14 + t15;
        adfun_store(m17, b8 + i10 * i1 + i11, t16);
      }
    }
  }
  return 0;
}

struct adfun_fn_loop2 {
  adfun_split split;
  const double *b4;
  const double *b28;
  double *t30;
};

static adfun_i32 adfun_fn_chunk2(void *arguments, adfun_workspace *ws, adfun_i64 k) {
  const adfun_fn_loop2 *const a = (const adfun_fn_loop2 *)arguments;
  const adfun_i64 first = a->split.start + k * a->split.step;
  const adfun_i64 stop = adfun_least(first + a->split.step, a->split.stop);
  const double *const ADFUN_RESTRICT b4 = a->b4;
  const double *const ADFUN_RESTRICT b28 = a->b28;
  double t30 = k == 0 ? a->t30[0] : 0.0;
  adfun_i64 i29 = first;
  if (i29 < stop) {
    adfun_v s31 = adfun_splat(0.0);
    for (; i29 + ADFUN_W <= stop; i29 += ADFUN_W) {
      // line 9
      const adfun_v t32 = adfun_load(b4 + i29);
      const adfun_v t33 = 0.5 * t32;
      const adfun_v t34 = adfun_load(b28 + i29);
      const adfun_v t35 = t33 * t34;
      s31 = s31 + t35;
    }
    if (i29 < stop) {
      const adfun_m m36 = adfun_iota(i29, 1) < stop;
      const adfun_v t32 = adfun_load(m36, b4 + i29);
      const adfun_v t33 = 0.5 * t32;
      const adfun_v t34 = adfun_load(m36, b28 + i29);
      const adfun_v t35 = t33 * t34;
      const adfun_v t37 = s31 + t35;
      s31 = adfun_select(m36, t37, s31);
    }
    t30 = t30 + adfun_lanes_add(s31);
  }
  a->t30[k] = t30;
  return 0;
}

struct adfun_fn_loop3 {
  adfun_split split;
  const double *b21;
  adfun_i64 i1;
  double *t44;
};

static adfun_i32 adfun_fn_chunk3(void *arguments, adfun_workspace *ws, adfun_i64 k) {
  const adfun_fn_loop3 *const a = (const adfun_fn_loop3 *)arguments;
  const adfun_i64 first = a->split.start + k * a->split.step;
  const adfun_i64 stop = adfun_least(first + a->split.step, a->split.stop);
  const double *const ADFUN_RESTRICT b21 = a->b21;
  const adfun_i64 i1 = a->i1;
  double t44 = k == 0 ? a->t44[0] : 0.0;
  adfun_i64 i43 = first;
  if (i43 < stop) {
    adfun_v s45 = adfun_splat(0.0);
    for (; i43 + ADFUN_W <= stop; i43 += ADFUN_W) {
      // line 9
      const adfun_v t46 = adfun_strided(b21 + i43 * i1 + i43, i1 + 1);
      const adfun_v t47 = adfun_log(t46);
      s45 = s45 + t47;
    }
    if (i43 < stop) {
      const adfun_m m48 = adfun_iota(i43, 1) < stop;
      const adfun_v t46 = adfun_strided(m48, b21 + i43 * i1 + i43, i1 + 1);
      const adfun_v t47 = adfun_log_call(t46);
      const adfun_v t49 = s45 + t47;
      s45 = adfun_select(m48, t49, s45);
    }
    t44 = t44 + adfun_lanes_add(s45);
  }
  a->t44[k] = t44;
  return 0;
}

ADFUN_EXPORT adfun_call_fn(const adfun_inputs *in, adfun_workspace *ws, const adfun_slot *state, double *value, double *gradient) {
  const adfun_i64 i1 = in->ints[0];
  const adfun_i64 i2 = in->ints[1];
  const double t3 = in->x[in->offsets[0]];
  const double *const ADFUN_RESTRICT b4 = (const double *)in->data[1];
  const double *const ADFUN_RESTRICT b5 = (const double *)state[0].pointer;
  const double *const ADFUN_RESTRICT b6 = (const double *)state[3].pointer;
  // line 6
  const double t7 = exp(t3);
  double *const ADFUN_RESTRICT b8 = (double *)adfun_take(ws, adfun_times(i1, i1), sizeof(double));
  if (ADFUN_UNLIKELY(!b8)) return ADFUN_NO_MEMORY;
  const double r9 = 1.0 / t7;
  adfun_fn_loop1 loop18 = {adfun_cut(0, i1, (double)i1 * 6.8, 0), i1, b5, r9, b6, b8};
  const adfun_i32 failed20 = adfun_run(ws, adfun_fn_chunk1, &loop18, loop18.split.count);
  if (ADFUN_UNLIKELY(failed20 != 0)) return failed20;
  // line 7
  double *const ADFUN_RESTRICT b21 = (double *)adfun_take(ws, adfun_times(i1, i1), sizeof(double));
  if (ADFUN_UNLIKELY(!b21)) return ADFUN_NO_MEMORY;
  adfun_i64 i22;
  if (ADFUN_UNLIKELY(adfun_cholesky(ws, b8, i1, i1, b21, i1, i1, &i22) != 0)) return ADFUN_NO_MEMORY;
  const bool c23 = i22 == 0;
  if (ADFUN_UNLIKELY(!c23)) {
    return 2;
  }
  // line 8
  double *const ADFUN_RESTRICT b24 = (double *)adfun_take(ws, adfun_times(i1, i1), sizeof(double));
  if (ADFUN_UNLIKELY(!b24)) return ADFUN_NO_MEMORY;
  adfun_i64 *const ADFUN_RESTRICT b25 = (adfun_i64 *)adfun_take(ws, i1, sizeof(adfun_i64));
  if (ADFUN_UNLIKELY(!b25)) return ADFUN_NO_MEMORY;
  adfun_i64 i26;
  if (ADFUN_UNLIKELY(adfun_lu(ws, b8, i1, i1, b24, i1, i1, b25, i1, &i26) != 0)) return ADFUN_NO_MEMORY;
  const bool c27 = i26 == 0;
  if (ADFUN_UNLIKELY(!c27)) {
    return 3;
  }
  double *const ADFUN_RESTRICT b28 = (double *)adfun_take(ws, i1, sizeof(double));
  if (ADFUN_UNLIKELY(!b28)) return ADFUN_NO_MEMORY;
  if (ADFUN_UNLIKELY(adfun_lu_solve(ws, b8, i1, i1, b24, i1, i1, b25, i1, b4, i2, false, b28, i1) != 0)) return ADFUN_NO_MEMORY;
  // line 9
  double t30_parts[ADFUN_CHUNKS];
  t30_parts[0] = 0.0;
  adfun_fn_loop2 loop38 = {adfun_cut(0, i1, 2.1, 0), b4, b28, t30_parts};
  const adfun_i32 failed40 = adfun_run(ws, adfun_fn_chunk2, &loop38, loop38.split.count);
  if (ADFUN_UNLIKELY(failed40 != 0)) return failed40;
  double t30 = t30_parts[0];
  for (adfun_i64 k41 = 1; k41 < loop38.split.count; ++k41) {
    t30 = t30 + t30_parts[k41];
  }
  // line 9
  double t44_parts[ADFUN_CHUNKS];
  t44_parts[0] = 0.0;
  adfun_fn_loop3 loop50 = {adfun_cut(0, i1, 6.6, 0), b21, i1, t44_parts};
  const adfun_i32 failed52 = adfun_run(ws, adfun_fn_chunk3, &loop50, loop50.split.count);
  if (ADFUN_UNLIKELY(failed52 != 0)) return failed52;
  double t44 = t44_parts[0];
  for (adfun_i64 k53 = 1; k53 < loop50.split.count; ++k53) {
    t44 = t44 + t44_parts[k53];
  }
  // line 9
  const double t55 = t30 + t44;
  value[0] = t55;
  return 0;
}

ADFUN_EXPORT adfun_prepare_gr(const adfun_inputs *in, adfun_workspace *ws, adfun_slot *state) {
  const adfun_i64 i1 = in->ints[0];
  const adfun_i64 i2 = in->ints[1];
  const double *const ADFUN_RESTRICT b3 = (const double *)in->data[0];
  const double *const ADFUN_RESTRICT b4 = (const double *)in->data[1];
  // line 8
  const bool c5 = i1 == i2;
  if (ADFUN_UNLIKELY(!c5)) {
    ws->error[0].integer = i1;
    ws->error[1].integer = i2;
    return 1;
  }
  // line 6
  double *const ADFUN_RESTRICT b6 = (double *)adfun_take(ws, adfun_times(i1, i1), sizeof(double));
  if (ADFUN_UNLIKELY(!b6)) return ADFUN_NO_MEMORY;
  double *const ADFUN_RESTRICT b7 = (double *)adfun_take(ws, adfun_times(i1, i1), sizeof(double));
  if (ADFUN_UNLIKELY(!b7)) return ADFUN_NO_MEMORY;
  for (adfun_i64 i8 = 0; i8 < i1; ++i8) {
    const double t9 = b3[i8];
    adfun_i64 i10 = 0;
    if (i1 - i10 >= ADFUN_W) {
      for (; i10 + ADFUN_W <= i1; i10 += ADFUN_W) {
        // line 5
        const adfun_v t11 = adfun_load(b3 + i10);
        const adfun_v t12 = t9 - t11;
        const adfun_v t13 = adfun_fabs(t12);
        // line 6
        const adfun_v t14 = -t13;
        adfun_store(b6 + i8 * i1 + i10, t14);
        const adfun_m c15 = adfun_splat((adfun_i64)i8) == adfun_iota(i10, 1);
        const adfun_v t16 = adfun_select(c15, adfun_splat(1.0), adfun_splat(0.0));
        const adfun_v t17 = 0x1.999999999999ap-4 * t16;
        adfun_store(b7 + i8 * i1 + i10, t17);
      }
    }
    for (; i10 < i1; ++i10) {
      const double t11 = b3[i10];
      // line 5
      const double t12 = t9 - t11;
      const double t13 = __builtin_fabs(t12);
      // line 6
      const double t14 = -t13;
      b6[i8 * i1 + i10] = t14;
      const bool c15 = i8 == i10;
      const double t16 = c15 ? 1.0 : 0.0;
      const double t17 = 0x1.999999999999ap-4 * t16;
      b7[i8 * i1 + i10] = t17;
    }
  }
  // line 8
  double *const ADFUN_RESTRICT b18 = (double *)adfun_take(ws, i1, sizeof(double));
  if (ADFUN_UNLIKELY(!b18)) return ADFUN_NO_MEMORY;
  // line 9
  adfun_i64 i19 = 0;
  if (i19 < i1) {
    for (; i19 < i1; i19 += ADFUN_W) {
      const adfun_m m20 = adfun_iota(i19, 1) < i1;
      const adfun_v t21 = adfun_load(m20, b4 + i19);
      const adfun_v t22 = 0.5 * t21;
      adfun_store(m20, b18 + i19, t22);
    }
  }
  // line 8
  double *const ADFUN_RESTRICT b23 = (double *)adfun_take(ws, adfun_times(i1, i1), sizeof(double));
  if (ADFUN_UNLIKELY(!b23)) return ADFUN_NO_MEMORY;
  for (adfun_i64 i24 = 0; i24 < i1; ++i24) {
    const double t25 = b3[i24];
    adfun_i64 i26 = 0;
    if (i1 - i26 >= ADFUN_W) {
      for (; i26 + ADFUN_W <= i1; i26 += ADFUN_W) {
        // line 5
        const adfun_v t27 = adfun_load(b3 + i26);
        const adfun_v t28 = t25 - t27;
        const adfun_v t29 = adfun_fabs(t28);
        // line 6
        const adfun_v t30 = -t29;
        adfun_store(b23 + i24 * i1 + i26, t30);
      }
    }
    for (; i26 < i1; ++i26) {
      const double t27 = b3[i26];
      // line 5
      const double t28 = t25 - t27;
      const double t29 = __builtin_fabs(t28);
      // line 6
      const double t30 = -t29;
      b23[i24 * i1 + i26] = t30;
    }
  }
  state[0].pointer = (void *)b18;
  state[1].integer = i1;
  state[2].pointer = (void *)b6;
  state[3].integer = i1;
  state[4].integer = i1;
  state[5].pointer = (void *)b7;
  state[6].integer = i1;
  state[7].integer = i1;
  state[8].pointer = (void *)b23;
  state[9].integer = i1;
  state[10].integer = i1;
  return 0;
}
#endif
