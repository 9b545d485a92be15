#include "adfun/abi.h"
#include "adfun/runtime.h"
#include "adfun/lanes.h"

#if ADFUN_PART(1)
struct adfun_gr_loop1 {
  adfun_split split;
  const double *b7;
  const double *b6;
  double t4;
  double t3;
  double *t12;
  double *t13;
  double *t14;
};

static adfun_i32 adfun_gr_chunk1(void *arguments, adfun_workspace *ws, adfun_i64 k) {
  const adfun_gr_loop1 *const a = (const adfun_gr_loop1 *)arguments;
  const adfun_i64 first = a->split.start + k * a->split.step;
  const adfun_i64 stop = adfun_least(first + a->split.step, a->split.stop);
  const double *const ADFUN_RESTRICT b7 = a->b7;
  const double *const ADFUN_RESTRICT b6 = a->b6;
  const double t4 = a->t4;
  const double t3 = a->t3;
  double t12 = k == 0 ? a->t12[0] : 0.0;
  double t13 = k == 0 ? a->t13[0] : 0.0;
  double t14 = k == 0 ? a->t14[0] : 0.0;
  adfun_i64 i11 = first;
  if (i11 < stop) {
    adfun_v s15 = adfun_splat(0.0);
    adfun_v s16 = adfun_splat(0.0);
    adfun_v s17 = adfun_splat(0.0);
    for (; i11 + ADFUN_W <= stop; i11 += ADFUN_W) {
      // line 5
      const adfun_v t18 = adfun_load(b7 + i11);
      const adfun_v t19 = adfun_load(b6 + i11);
      const adfun_v t20 = t4 * t19;
      const adfun_v t21 = t3 + t20;
      const adfun_v t22 = t18 - t21;
      // line 6
      const adfun_v t23 = t22 * t22;
      s15 = s15 + t23;
      // line 5
      const adfun_v t24 = t22 * t19;
      s16 = s16 + t22;
      s17 = s17 + t24;
    }
    if (i11 < stop) {
      const adfun_m m25 = adfun_iota(i11, 1) < stop;
      const adfun_v t18 = adfun_load(m25, b7 + i11);
      const adfun_v t19 = adfun_load(m25, b6 + i11);
      const adfun_v t20 = t4 * t19;
      const adfun_v t21 = t3 + t20;
      const adfun_v t22 = t18 - t21;
      // line 6
      const adfun_v t23 = t22 * t22;
      const adfun_v t26 = s15 + t23;
      // line 5
      const adfun_v t24 = t22 * t19;
      const adfun_v t27 = s16 + t22;
      const adfun_v t28 = s17 + t24;
      s15 = adfun_select(m25, t26, s15);
      s16 = adfun_select(m25, t27, s16);
      s17 = adfun_select(m25, t28, s17);
    }
    t12 = t12 + adfun_lanes_add(s15);
    t13 = t13 + adfun_lanes_add(s16);
    t14 = t14 + adfun_lanes_add(s17);
  }
  a->t12[k] = t12;
  a->t13[k] = t13;
  a->t14[k] = t14;
  return 0;
}

ADFUN_EXPORT adfun_call_gr(const adfun_inputs *in, adfun_workspace *ws, const adfun_slot *state, double *value, double *gradient) {
  const adfun_i64 i1 = in->ints[0];
  const adfun_i64 i2 = in->ints[1];
  const double t3 = in->x[in->offsets[0]];
  const double t4 = in->x[in->offsets[1]];
  const double t5 = in->x[in->offsets[2]];
  const double *const ADFUN_RESTRICT b6 = (const double *)in->data[0];
  const double *const ADFUN_RESTRICT b7 = (const double *)in->data[1];
  double *const ADFUN_RESTRICT b8 = gradient + in->offsets[0];
  double *const ADFUN_RESTRICT b9 = gradient + in->offsets[1];
  double *const ADFUN_RESTRICT b10 = gradient + in->offsets[2];
  // line 6
  double t12_parts[ADFUN_CHUNKS];
  t12_parts[0] = 0.0;
  double t13_parts[ADFUN_CHUNKS];
  t13_parts[0] = 0.0;
  double t14_parts[ADFUN_CHUNKS];
  t14_parts[0] = 0.0;
  adfun_gr_loop1 loop29 = {adfun_cut(0, i1, 1.5, 0), b7, b6, t4, t3, t12_parts, t13_parts, t14_parts};
  const adfun_i32 failed31 = adfun_run(ws, adfun_gr_chunk1, &loop29, loop29.split.count);
  if (ADFUN_UNLIKELY(failed31 != 0)) return failed31;
  double t12 = t12_parts[0];
  double t13 = t13_parts[0];
  double t14 = t14_parts[0];
  for (adfun_i64 k32 = 1; k32 < loop29.split.count; ++k32) {
    t12 = t12 + t12_parts[k32];
    t13 = t13 + t13_parts[k32];
    t14 = t14 + t14_parts[k32];
  }
  // line 6
  const double t34 = 0.5 * t12;
  const double t35 = 2.0 * t5;
  const double t36 = exp(t35);
  const double t37 = t34 / t36;
  const double t38 = (double)i1;
  const double t39 = t38 * t5;
  const double t40 = t37 + t39;
  const double t41 = 1.0 / t36;
  const double t42 = t37 * t41;
  const double t43 = t42 == 0.0 ? 0.0 : t42 * t36;
  const double t44 = t43 * 2.0;
  const double t45 = t38 - t44;
  const double t46 = -t13;
  const double t47 = t41 * t46;
  const double t48 = -t14;
  const double t49 = t41 * t48;
  b8[0] = t47;
  b9[0] = t49;
  b10[0] = t45;
  value[0] = t40;
  return 0;
}
#endif

#if ADFUN_PART(2)
ADFUN_EXPORT adfun_prepare_fn(const adfun_inputs *in, adfun_workspace *ws, adfun_slot *state) {
  const adfun_i64 i1 = in->ints[0];
  const adfun_i64 i2 = in->ints[1];
  // line 5
  const bool c3 = i2 == i1;
  if (ADFUN_UNLIKELY(!c3)) {
    ws->error[0].integer = i2;
    ws->error[1].integer = i1;
    return 1;
  }
  return 0;
}

ADFUN_EXPORT adfun_prepare_gr(const adfun_inputs *in, adfun_workspace *ws, adfun_slot *state) { return adfun_prepare_fn(in, ws, state); }

struct adfun_fn_loop1 {
  adfun_split split;
  const double *b7;
  const double *b6;
  double t4;
  double t3;
  double *t9;
};

static adfun_i32 adfun_fn_chunk1(void *arguments, adfun_workspace *ws, adfun_i64 k) {
  const adfun_fn_loop1 *const a = (const adfun_fn_loop1 *)arguments;
  const adfun_i64 first = a->split.start + k * a->split.step;
  const adfun_i64 stop = adfun_least(first + a->split.step, a->split.stop);
  const double *const ADFUN_RESTRICT b7 = a->b7;
  const double *const ADFUN_RESTRICT b6 = a->b6;
  const double t4 = a->t4;
  const double t3 = a->t3;
  double t9 = k == 0 ? a->t9[0] : 0.0;
  adfun_i64 i8 = first;
  if (i8 < stop) {
    adfun_v s10 = adfun_splat(0.0);
    for (; i8 + ADFUN_W <= stop; i8 += ADFUN_W) {
      // line 5
      const adfun_v t11 = adfun_load(b7 + i8);
      const adfun_v t12 = adfun_load(b6 + i8);
      const adfun_v t13 = t4 * t12;
      const adfun_v t14 = t3 + t13;
      const adfun_v t15 = t11 - t14;
      // line 6
      const adfun_v t16 = t15 * t15;
      s10 = s10 + t16;
    }
    if (i8 < stop) {
      const adfun_m m17 = adfun_iota(i8, 1) < stop;
      // line 5
      const adfun_v t11 = adfun_load(m17, b7 + i8);
      const adfun_v t12 = adfun_load(m17, b6 + i8);
      const adfun_v t13 = t4 * t12;
      const adfun_v t14 = t3 + t13;
      const adfun_v t15 = t11 - t14;
      // line 6
      const adfun_v t16 = t15 * t15;
      const adfun_v t18 = s10 + t16;
      s10 = adfun_select(m17, t18, s10);
    }
    t9 = t9 + adfun_lanes_add(s10);
  }
  a->t9[k] = t9;
  return 0;
}

ADFUN_EXPORT adfun_call_fn(const adfun_inputs *in, adfun_workspace *ws, const adfun_slot *state, double *value, double *gradient) {
  const adfun_i64 i1 = in->ints[0];
  const adfun_i64 i2 = in->ints[1];
  const double t3 = in->x[in->offsets[0]];
  const double t4 = in->x[in->offsets[1]];
  const double t5 = in->x[in->offsets[2]];
  const double *const ADFUN_RESTRICT b6 = (const double *)in->data[0];
  const double *const ADFUN_RESTRICT b7 = (const double *)in->data[1];
  // line 6
  double t9_parts[ADFUN_CHUNKS];
  t9_parts[0] = 0.0;
  adfun_fn_loop1 loop19 = {adfun_cut(0, i1, 1.1, 0), b7, b6, t4, t3, t9_parts};
  const adfun_i32 failed21 = adfun_run(ws, adfun_fn_chunk1, &loop19, loop19.split.count);
  if (ADFUN_UNLIKELY(failed21 != 0)) return failed21;
  double t9 = t9_parts[0];
  for (adfun_i64 k22 = 1; k22 < loop19.split.count; ++k22) {
    t9 = t9 + t9_parts[k22];
  }
  // line 6
  const double t24 = 0.5 * t9;
  const double t25 = 2.0 * t5;
  const double t26 = exp(t25);
  const double t27 = t24 / t26;
  const double t28 = (double)i1;
  const double t29 = t28 * t5;
  const double t30 = t27 + t29;
  value[0] = t30;
  return 0;
}
#endif
