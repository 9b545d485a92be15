#include "adfun/abi.h"
#include "adfun/runtime.h"
#include "adfun/lanes.h"

#if ADFUN_PART(1)
ADFUN_EXPORT adfun_call_gr(const adfun_inputs *in, adfun_workspace *ws, const adfun_slot *state, double *value, double *gradient) {
  const adfun_i64 i1 = in->ints[0];
  const adfun_i64 i2 = in->ints[1];
  const double t3 = in->x[in->offsets[0]];
  const double t4 = in->x[in->offsets[1]];
  const double t5 = in->x[in->offsets[2]];
  const double *const ADFUN_RESTRICT b6 = (const double *)in->data[0];
  const double *const ADFUN_RESTRICT b7 = (const double *)in->data[1];
  adfun_clear(gradient, in->offsets[3], sizeof(double));
  double *const ADFUN_RESTRICT b8 = gradient + in->offsets[0];
  double *const ADFUN_RESTRICT b9 = gradient + in->offsets[1];
  double *const ADFUN_RESTRICT b10 = gradient + in->offsets[2];
  // line 6
  double t11 = 0.0;
  double t12 = 0.0;
  double t13 = 0.0;
  adfun_i64 i14 = 0;
  if (i14 < i1) {
    adfun_v s15 = adfun_splat(0.0);
    adfun_v s16 = adfun_splat(0.0);
    adfun_v s17 = adfun_splat(0.0);
    for (; i14 + ADFUN_W <= i1; i14 += ADFUN_W) {
      // line 5
      const adfun_v t18 = adfun_load(b7 + i14);
      const adfun_v t19 = adfun_load(b6 + i14);
      const adfun_v t20 = t4 * t19;
      const adfun_v t21 = t3 + t20;
      const adfun_v t22 = t18 - t21;
      // line 6
      const adfun_v t23 = t22 * t22;
      const adfun_v t24 = s15 + t23;
      // line 5
      const adfun_v t25 = t22 * t19;
      const adfun_v t26 = s16 + t22;
      const adfun_v t27 = s17 + t25;
      s15 = t24;
      s16 = t26;
      s17 = t27;
    }
    if (i14 < i1) {
      const adfun_m m28 = adfun_iota(i14, 1) < i1;
      const adfun_v t18 = adfun_load(m28, b7 + i14);
      const adfun_v t19 = adfun_load(m28, b6 + i14);
      const adfun_v t20 = t4 * t19;
      const adfun_v t21 = t3 + t20;
      const adfun_v t22 = t18 - t21;
      // line 6
      const adfun_v t23 = t22 * t22;
      const adfun_v t24 = s15 + t23;
      // line 5
      const adfun_v t25 = t22 * t19;
      const adfun_v t26 = s16 + t22;
      const adfun_v t27 = s17 + t25;
      s15 = adfun_select(m28, t24, s15);
      s16 = adfun_select(m28, t26, s16);
      s17 = adfun_select(m28, t27, s17);
    }
    t11 = t11 + adfun_lanes_add(s15);
    t12 = t12 + adfun_lanes_add(s16);
    t13 = t13 + adfun_lanes_add(s17);
  }
  // line 6
  const double t29 = 0.5 * t11;
  const double t30 = 2.0 * t5;
  const double t31 = exp(t30);
  const double t32 = t29 / t31;
  const double t33 = (double)i1;
  const double t34 = t33 * t5;
  const double t35 = t32 + t34;
  const double t36 = 1.0 / t31;
  const double t37 = t32 * t36;
  const double t38 = t37 * t31;
  const double t39 = t38 * 2.0;
  const double t40 = t33 - t39;
  const double t41 = t36 * 0.5;
  const double t42 = t12 * 2.0;
  const double t43 = -t42;
  const double t44 = t41 * t43;
  const double t45 = t13 * 2.0;
  const double t46 = -t45;
  const double t47 = t41 * t46;
  b8[0] = t44;
  b9[0] = t47;
  b10[0] = t40;
  value[0] = t35;
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

ADFUN_EXPORT adfun_call_fn(const adfun_inputs *in, adfun_workspace *ws, const adfun_slot *state, double *value, double *gradient) {
  const adfun_i64 i1 = in->ints[0];
  const adfun_i64 i2 = in->ints[1];
  const double t3 = in->x[in->offsets[0]];
  const double t4 = in->x[in->offsets[1]];
  const double t5 = in->x[in->offsets[2]];
  const double *const ADFUN_RESTRICT b6 = (const double *)in->data[0];
  const double *const ADFUN_RESTRICT b7 = (const double *)in->data[1];
  // line 6
  double t8 = 0.0;
  adfun_i64 i9 = 0;
  if (i9 < i1) {
    adfun_v s10 = adfun_splat(0.0);
    for (; i9 + ADFUN_W <= i1; i9 += ADFUN_W) {
      // line 5
      const adfun_v t11 = adfun_load(b7 + i9);
      const adfun_v t12 = adfun_load(b6 + i9);
      const adfun_v t13 = t4 * t12;
      const adfun_v t14 = t3 + t13;
      const adfun_v t15 = t11 - t14;
      // line 6
      const adfun_v t16 = t15 * t15;
      const adfun_v t17 = s10 + t16;
      s10 = t17;
    }
    if (i9 < i1) {
      const adfun_m m18 = adfun_iota(i9, 1) < i1;
      // line 5
      const adfun_v t11 = adfun_load(m18, b7 + i9);
      const adfun_v t12 = adfun_load(m18, b6 + i9);
      const adfun_v t13 = t4 * t12;
      const adfun_v t14 = t3 + t13;
      const adfun_v t15 = t11 - t14;
      // line 6
      const adfun_v t16 = t15 * t15;
      const adfun_v t17 = s10 + t16;
      s10 = adfun_select(m18, t17, s10);
    }
    t8 = t8 + adfun_lanes_add(s10);
  }
  const double t19 = 0.5 * t8;
  const double t20 = 2.0 * t5;
  const double t21 = exp(t20);
  const double t22 = t19 / t21;
  const double t23 = (double)i1;
  const double t24 = t23 * t5;
  const double t25 = t22 + t24;
  value[0] = t25;
  return 0;
}
#endif
