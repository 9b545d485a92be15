#include "adfun/abi.h"
#include "adfun/runtime.h"
#include "adfun/lanemath.h"
#include "adfun/lanerare.h"
#include "adfun/lanes.h"
#include "adfun/lanes_indexed.h"
#include "adfun/special/lgamma.h"

#if ADFUN_PART(1)
struct adfun_gr_loop1 {
  adfun_split split;
  const double *b4;
  double *b9;
  double *t11;
};

static adfun_i32 adfun_gr_chunk1(void *arguments, adfun_workspace *ws, adfun_i64 k) {
  const adfun_gr_loop1 *const a = (const adfun_gr_loop1 *)arguments;
  const adfun_i64 first = a->split.start + k * a->split.step;
  const adfun_i64 stop = adfun_least(first + a->split.step, a->split.stop);
  const double *const ADFUN_RESTRICT b4 = a->b4;
  double *const ADFUN_RESTRICT b9 = a->b9;
  double t11 = k == 0 ? a->t11[0] : 0.0;
  adfun_i64 i10 = first;
  if (i10 < stop) {
    adfun_v s12 = adfun_splat(0.0);
    for (; i10 + ADFUN_W <= stop; i10 += ADFUN_W) {
      // line 9
      const adfun_v t13 = adfun_load(b4 + i10);
      const adfun_v t14 = t13 * t13;
      s12 = s12 + t14;
      adfun_store(b9 + i10, t13);
    }
    if (i10 < stop) {
      const adfun_m m15 = adfun_iota(i10, 1) < stop;
      const adfun_v t13 = adfun_load(m15, b4 + i10);
      const adfun_v t14 = t13 * t13;
      const adfun_v t16 = s12 + t14;
      adfun_store(m15, b9 + i10, t13);
      s12 = adfun_select(m15, t16, s12);
    }
    t11 = t11 + adfun_lanes_add(s12);
  }
  a->t11[k] = t11;
  return 0;
}

struct adfun_gr_loop2 {
  adfun_split split;
  const adfun_i64 *b6;
  const double *b4;
  double t3;
  const double *b7;
  const double *b5;
  double *b9, *b9_copies;
  adfun_i64 b9_count;
  double *t23;
  double *t24;
};

static adfun_i32 adfun_gr_chunk2(void *arguments, adfun_workspace *ws, adfun_i64 k) {
  const adfun_gr_loop2 *const a = (const adfun_gr_loop2 *)arguments;
  const adfun_i64 first = a->split.start + k * a->split.step;
  const adfun_i64 stop = adfun_least(first + a->split.step, a->split.stop);
  const adfun_i64 *const ADFUN_RESTRICT b6 = a->b6;
  const double *const ADFUN_RESTRICT b4 = a->b4;
  const double t3 = a->t3;
  const double *const ADFUN_RESTRICT b7 = a->b7;
  const double *const ADFUN_RESTRICT b5 = a->b5;
  double *const ADFUN_RESTRICT b9 = k == 0 ? a->b9 : a->b9_copies + (k - 1) * a->b9_count;
  if (k > 0) adfun_clear(b9, a->b9_count, sizeof(double));
  double t23 = k == 0 ? a->t23[0] : 0.0;
  double t24 = k == 0 ? a->t24[0] : 0.0;
  adfun_i64 i22 = first;
  if (i22 < stop) {
    adfun_v s25 = adfun_splat(0.0);
    adfun_v s26 = adfun_splat(0.0);
    const bool grouped27 = adfun_grouped(b6 + i22, stop - i22);
    for (; i22 + ADFUN_W <= stop; i22 += ADFUN_W) {
      // line 7
      const adfun_l i28 = adfun_stream(b6 + i22);
      const adfun_v t29 = adfun_gather(b4, b6 + i22);
      const adfun_v t30 = t3 + t29;
      // line 8
      const adfun_v t31 = adfun_stream(b7 + i22);
      const adfun_v t32 = t31 * t30;
      const adfun_v t33 = adfun_pow(adfun_splat(0x1.5bf0a8b145769p+1), t30);
      const adfun_v t34 = t32 - t33;
      const adfun_v t35 = adfun_stream(b5 + i22);
      const adfun_v t36 = t34 - t35;
      s25 = s25 - t36;
      const adfun_v t37 = t33 - t31;
      // line 7
      adfun_scatter_add(grouped27, b9, b6 + i22, t37);
      s26 = s26 + t37;
    }
    if (i22 < stop) {
      const adfun_m m38 = adfun_iota(i22, 1) < stop;
      const adfun_l i28 = adfun_load(m38, b6 + i22);
      const adfun_v t29 = adfun_gather(m38, b4, b6 + i22);
      const adfun_v t30 = t3 + t29;
      // line 8
      const adfun_v t31 = adfun_load(m38, b7 + i22);
      const adfun_v t32 = t31 * t30;
      const adfun_v t33 = adfun_pow_call(adfun_splat(0x1.5bf0a8b145769p+1), t30);
      const adfun_v t34 = t32 - t33;
      const adfun_v t35 = adfun_load(m38, b5 + i22);
      const adfun_v t36 = t34 - t35;
      const adfun_v t39 = s25 - t36;
      const adfun_v t37 = t33 - t31;
      // line 7
      adfun_scatter_add(m38, b9, b6 + i22, t37);
      const adfun_v t40 = s26 + t37;
      s25 = adfun_select(m38, t39, s25);
      s26 = adfun_select(m38, t40, s26);
    }
    t23 = t23 + adfun_lanes_add(s25);
    t24 = t24 + adfun_lanes_add(s26);
  }
  a->t23[k] = t23;
  a->t24[k] = t24;
  return 0;
}

ADFUN_EXPORT adfun_call_gr(const adfun_inputs *in, adfun_workspace *ws, const adfun_slot *state, double *value, double *gradient) {
  const adfun_i64 i1 = in->ints[0];
  const adfun_i64 i2 = in->ints[1];
  const double t3 = in->x[in->offsets[0]];
  const double *const ADFUN_RESTRICT b4 = in->x + in->offsets[1];
  const double *const ADFUN_RESTRICT b5 = (const double *)state[0].pointer;
  const adfun_i64 *const ADFUN_RESTRICT b6 = (const adfun_i64 *)state[2].pointer;
  const double *const ADFUN_RESTRICT b7 = (const double *)state[4].pointer;
  double *const ADFUN_RESTRICT b8 = gradient + in->offsets[0];
  double *const ADFUN_RESTRICT b9 = gradient + in->offsets[1];
  // line 9
  double t11_parts[ADFUN_CHUNKS];
  t11_parts[0] = 0.0;
  adfun_gr_loop1 loop17 = {adfun_cut(0, i1, 1.9, 0), b4, b9, t11_parts};
  const adfun_i32 failed19 = adfun_run(ws, adfun_gr_chunk1, &loop17, loop17.split.count);
  if (ADFUN_UNLIKELY(failed19 != 0)) return failed19;
  double t11 = t11_parts[0];
  for (adfun_i64 k20 = 1; k20 < loop17.split.count; ++k20) {
    t11 = t11 + t11_parts[k20];
  }
  // line 6
  double t23_parts[ADFUN_CHUNKS];
  t23_parts[0] = 0.0;
  double t24_parts[ADFUN_CHUNKS];
  t24_parts[0] = 0.0;
  adfun_gr_loop2 loop41 = {adfun_cut(0, i2, 13.2, i1), b6, b4, t3, b7, b5, b9, nullptr, i1, t23_parts, t24_parts};
  const adfun_mark mark42 = adfun_top(ws);
  if (loop41.split.count > 1) {
    loop41.b9_copies = (double *)adfun_take(ws, adfun_times(loop41.split.count - 1, i1), sizeof(double));
    if (ADFUN_UNLIKELY(!loop41.b9_copies)) return ADFUN_NO_MEMORY;
  }
  const adfun_i32 failed43 = adfun_run(ws, adfun_gr_chunk2, &loop41, loop41.split.count);
  if (ADFUN_UNLIKELY(failed43 != 0)) return failed43;
  double t23 = t23_parts[0];
  double t24 = t24_parts[0];
  for (adfun_i64 k44 = 1; k44 < loop41.split.count; ++k44) {
    t23 = t23 + t23_parts[k44];
    t24 = t24 + t24_parts[k44];
    for (adfun_i64 k45 = 0; k45 < loop41.b9_count; ++k45) b9[k45] += loop41.b9_copies[(k44 - 1) * loop41.b9_count + k45];
  }
  adfun_release(ws, mark42);
  // line 9
  const double t46 = 0.5 * t11;
  const double t47 = t23 + t46;
  // line 6
  b8[0] = t24;
  value[0] = t47;
  return 0;
}
#endif

#if ADFUN_PART(2)
ADFUN_EXPORT adfun_prepare_fn(const adfun_inputs *in, adfun_workspace *ws, adfun_slot *state) {
  const adfun_i64 i1 = in->ints[0];
  const adfun_i64 i2 = in->ints[1];
  const adfun_i64 i3 = in->ints[2];
  const adfun_i64 *const ADFUN_RESTRICT b4 = (const adfun_i64 *)in->data[0];
  const adfun_i64 *const ADFUN_RESTRICT b5 = (const adfun_i64 *)in->data[1];
  // line 6
  adfun_i64 i6 = 0;
  if (i6 < i2) {
    for (; i6 < i2; i6 += ADFUN_W) {
      const adfun_m m7 = adfun_iota(i6, 1) < i2;
      // line 7
      const adfun_m c8 = adfun_iota(i6, 1) < adfun_splat((adfun_i64)i3);
      const adfun_m m9 = m7 & ~c8;
      if (ADFUN_UNLIKELY(adfun_any(m9))) {
        ws->error[0].integer = (adfun_iota(i6, 1))[adfun_first(m9)];
        ws->error[1].integer = i3;
        return 1;
      }
      const adfun_l i10 = adfun_load(m7, b5 + i6);
      const adfun_m c11 = i10 < 0;
      const adfun_l i12 = i10 + i1;
      const adfun_l i13 = adfun_select(c11, i12, i10);
      const adfun_m c14 = 0 <= i13;
      const adfun_m c15 = i13 < i1;
      const adfun_m c16 = c14 & c15;
      const adfun_m m17 = m7 & ~c16;
      if (ADFUN_UNLIKELY(adfun_any(m17))) {
        ws->error[0].integer = (i10)[adfun_first(m17)];
        ws->error[1].integer = i1;
        return 2;
      }
    }
  }
  // line 6
  double *const ADFUN_RESTRICT b18 = (double *)adfun_take(ws, i2, sizeof(double));
  if (ADFUN_UNLIKELY(!b18)) return ADFUN_NO_MEMORY;
  adfun_i64 *const ADFUN_RESTRICT b19 = (adfun_i64 *)adfun_take(ws, i2, sizeof(adfun_i64));
  if (ADFUN_UNLIKELY(!b19)) return ADFUN_NO_MEMORY;
  double *const ADFUN_RESTRICT b20 = (double *)adfun_take(ws, i2, sizeof(double));
  if (ADFUN_UNLIKELY(!b20)) return ADFUN_NO_MEMORY;
  adfun_i64 i21 = 0;
  if (i21 < i2) {
    for (; i21 < i2; i21 += ADFUN_W) {
      const adfun_m m22 = adfun_iota(i21, 1) < i2;
      // line 7
      const adfun_l i23 = adfun_load(m22, b5 + i21);
      const adfun_m c24 = i23 < 0;
      const adfun_l i25 = i23 + i1;
      const adfun_l i26 = adfun_select(c24, i25, i23);
      adfun_store(m22, b19 + i21, i26);
      // line 8
      const adfun_l i27 = adfun_load(m22, b4 + i21);
      const adfun_v t28 = adfun_i2f(i27);
      adfun_store(m22, b20 + i21, t28);
      const adfun_l i29 = i27 + 1;
      const adfun_v t30 = adfun_i2f(i29);
      const adfun_v t31 = adfun_lgamma(t30);
      adfun_store(m22, b18 + i21, t31);
    }
  }
  state[0].pointer = (void *)b18;
  state[1].integer = i2;
  state[2].pointer = (void *)b19;
  state[3].integer = i2;
  state[4].pointer = (void *)b20;
  state[5].integer = i2;
  return 0;
}

ADFUN_EXPORT adfun_prepare_gr(const adfun_inputs *in, adfun_workspace *ws, adfun_slot *state) { return adfun_prepare_fn(in, ws, state); }

struct adfun_fn_loop1 {
  adfun_split split;
  const adfun_i64 *b6;
  const double *b4;
  double t3;
  const double *b7;
  const double *b5;
  double *t9;
};

static adfun_i32 adfun_fn_chunk1(void *arguments, adfun_workspace *ws, adfun_i64 k) {
  const adfun_fn_loop1 *const a = (const adfun_fn_loop1 *)arguments;
  const adfun_i64 first = a->split.start + k * a->split.step;
  const adfun_i64 stop = adfun_least(first + a->split.step, a->split.stop);
  const adfun_i64 *const ADFUN_RESTRICT b6 = a->b6;
  const double *const ADFUN_RESTRICT b4 = a->b4;
  const double t3 = a->t3;
  const double *const ADFUN_RESTRICT b7 = a->b7;
  const double *const ADFUN_RESTRICT b5 = a->b5;
  double t9 = k == 0 ? a->t9[0] : 0.0;
  adfun_i64 i8 = first;
  if (i8 < stop) {
    adfun_v s10 = adfun_splat(0.0);
    for (; i8 + ADFUN_W <= stop; i8 += ADFUN_W) {
      // line 7
      const adfun_l i11 = adfun_stream(b6 + i8);
      const adfun_v t12 = adfun_gather(b4, b6 + i8);
      const adfun_v t13 = t3 + t12;
      // line 8
      const adfun_v t14 = adfun_stream(b7 + i8);
      const adfun_v t15 = t14 * t13;
      const adfun_v t16 = adfun_pow(adfun_splat(0x1.5bf0a8b145769p+1), t13);
      const adfun_v t17 = t15 - t16;
      const adfun_v t18 = adfun_stream(b5 + i8);
      const adfun_v t19 = t17 - t18;
      s10 = s10 - t19;
    }
    if (i8 < stop) {
      const adfun_m m20 = adfun_iota(i8, 1) < stop;
      // line 7
      const adfun_l i11 = adfun_load(m20, b6 + i8);
      const adfun_v t12 = adfun_gather(m20, b4, b6 + i8);
      const adfun_v t13 = t3 + t12;
      // line 8
      const adfun_v t14 = adfun_load(m20, b7 + i8);
      const adfun_v t15 = t14 * t13;
      const adfun_v t16 = adfun_pow_call(adfun_splat(0x1.5bf0a8b145769p+1), t13);
      const adfun_v t17 = t15 - t16;
      const adfun_v t18 = adfun_load(m20, b5 + i8);
      const adfun_v t19 = t17 - t18;
      const adfun_v t21 = s10 - t19;
      s10 = adfun_select(m20, t21, s10);
    }
    t9 = t9 + adfun_lanes_add(s10);
  }
  a->t9[k] = t9;
  return 0;
}

struct adfun_fn_loop2 {
  adfun_split split;
  const double *b4;
  double *t28;
};

static adfun_i32 adfun_fn_chunk2(void *arguments, adfun_workspace *ws, adfun_i64 k) {
  const adfun_fn_loop2 *const a = (const adfun_fn_loop2 *)arguments;
  const adfun_i64 first = a->split.start + k * a->split.step;
  const adfun_i64 stop = adfun_least(first + a->split.step, a->split.stop);
  const double *const ADFUN_RESTRICT b4 = a->b4;
  double t28 = k == 0 ? a->t28[0] : 0.0;
  adfun_i64 i27 = first;
  if (i27 < stop) {
    adfun_v s29 = adfun_splat(0.0);
    for (; i27 + ADFUN_W <= stop; i27 += ADFUN_W) {
      // line 9
      const adfun_v t30 = adfun_load(b4 + i27);
      const adfun_v t31 = t30 * t30;
      s29 = s29 + t31;
    }
    if (i27 < stop) {
      const adfun_m m32 = adfun_iota(i27, 1) < stop;
      const adfun_v t30 = adfun_load(m32, b4 + i27);
      const adfun_v t31 = t30 * t30;
      const adfun_v t33 = s29 + t31;
      s29 = adfun_select(m32, t33, s29);
    }
    t28 = t28 + adfun_lanes_add(s29);
  }
  a->t28[k] = t28;
  return 0;
}

ADFUN_EXPORT adfun_call_fn(const adfun_inputs *in, adfun_workspace *ws, const adfun_slot *state, double *value, double *gradient) {
  const adfun_i64 i1 = in->ints[0];
  const adfun_i64 i2 = in->ints[1];
  const double t3 = in->x[in->offsets[0]];
  const double *const ADFUN_RESTRICT b4 = in->x + in->offsets[1];
  const double *const ADFUN_RESTRICT b5 = (const double *)state[0].pointer;
  const adfun_i64 *const ADFUN_RESTRICT b6 = (const adfun_i64 *)state[2].pointer;
  const double *const ADFUN_RESTRICT b7 = (const double *)state[4].pointer;
  // line 6
  double t9_parts[ADFUN_CHUNKS];
  t9_parts[0] = 0.0;
  adfun_fn_loop1 loop22 = {adfun_cut(0, i2, 10.2, 0), b6, b4, t3, b7, b5, t9_parts};
  const adfun_i32 failed24 = adfun_run(ws, adfun_fn_chunk1, &loop22, loop22.split.count);
  if (ADFUN_UNLIKELY(failed24 != 0)) return failed24;
  double t9 = t9_parts[0];
  for (adfun_i64 k25 = 1; k25 < loop22.split.count; ++k25) {
    t9 = t9 + t9_parts[k25];
  }
  // line 9
  double t28_parts[ADFUN_CHUNKS];
  t28_parts[0] = 0.0;
  adfun_fn_loop2 loop34 = {adfun_cut(0, i1, 1.8, 0), b4, t28_parts};
  const adfun_i32 failed36 = adfun_run(ws, adfun_fn_chunk2, &loop34, loop34.split.count);
  if (ADFUN_UNLIKELY(failed36 != 0)) return failed36;
  double t28 = t28_parts[0];
  for (adfun_i64 k37 = 1; k37 < loop34.split.count; ++k37) {
    t28 = t28 + t28_parts[k37];
  }
  // line 9
  const double t39 = 0.5 * t28;
  const double t40 = t9 + t39;
  value[0] = t40;
  return 0;
}
#endif
