#include "adfun/abi.h"
#include "adfun/runtime.h"
#include "adfun/lanemath.h"
#include "adfun/lanerare.h"
#include "adfun/lanes.h"
#include "adfun/special/lgamma.h"

#if ADFUN_PART(1)
ADFUN_EXPORT adfun_prepare_fn(const adfun_inputs *in, adfun_workspace *ws, adfun_slot *state) {
  const adfun_i64 i1 = in->ints[0];
  const adfun_i64 i2 = in->ints[1];
  const adfun_i64 i3 = in->ints[2];
  const adfun_i64 *const ADFUN_RESTRICT b4 = (const adfun_i64 *)in->data[0];
  const adfun_i64 *const ADFUN_RESTRICT b5 = (const adfun_i64 *)in->data[1];
  // line 6
  adfun_i64 i6 = 0;
  if (i6 < i2) {
    for (; i6 + ADFUN_W <= i2; i6 += ADFUN_W) {
      // line 7
      const adfun_m c7 = adfun_iota(i6, 1) < adfun_splat((adfun_i64)i3);
      const adfun_m m8 = ~c7;
      if (ADFUN_UNLIKELY(adfun_any(m8))) {
        ws->error[0].integer = (adfun_iota(i6, 1))[adfun_first(m8)];
        ws->error[1].integer = i3;
        return 1;
      }
      const adfun_l i9 = adfun_load(b5 + i6);
      const adfun_m c10 = i9 < 0;
      const adfun_l i11 = i9 + i1;
      const adfun_l i12 = adfun_select(c10, i11, i9);
      const adfun_m c13 = 0 <= i12;
      const adfun_m c14 = i12 < i1;
      const adfun_m c15 = c13 & c14;
      const adfun_m m16 = ~c15;
      if (ADFUN_UNLIKELY(adfun_any(m16))) {
        ws->error[0].integer = (i9)[adfun_first(m16)];
        ws->error[1].integer = i1;
        return 2;
      }
    }
    if (i6 < i2) {
      const adfun_m m17 = adfun_iota(i6, 1) < i2;
      const adfun_m c7 = adfun_iota(i6, 1) < adfun_splat((adfun_i64)i3);
      const adfun_m m18 = m17 & ~c7;
      if (ADFUN_UNLIKELY(adfun_any(m18))) {
        ws->error[0].integer = (adfun_iota(i6, 1))[adfun_first(m18)];
        ws->error[1].integer = i3;
        return 1;
      }
      const adfun_l i9 = adfun_load(m17, b5 + i6);
      const adfun_m c10 = i9 < 0;
      const adfun_l i11 = i9 + i1;
      const adfun_l i12 = adfun_select(c10, i11, i9);
      const adfun_m c13 = 0 <= i12;
      const adfun_m c14 = i12 < i1;
      const adfun_m c15 = c13 & c14;
      const adfun_m m19 = m17 & ~c15;
      if (ADFUN_UNLIKELY(adfun_any(m19))) {
        ws->error[0].integer = (i9)[adfun_first(m19)];
        ws->error[1].integer = i1;
        return 2;
      }
    }
  }
  // line 6
  double *const ADFUN_RESTRICT b20 = (double *)adfun_take(ws, i2, sizeof(double));
  if (ADFUN_UNLIKELY(!b20)) return ADFUN_NO_MEMORY;
  adfun_i64 *const ADFUN_RESTRICT b21 = (adfun_i64 *)adfun_take(ws, i2, sizeof(adfun_i64));
  if (ADFUN_UNLIKELY(!b21)) return ADFUN_NO_MEMORY;
  double *const ADFUN_RESTRICT b22 = (double *)adfun_take(ws, i2, sizeof(double));
  if (ADFUN_UNLIKELY(!b22)) return ADFUN_NO_MEMORY;
  adfun_i64 i23 = 0;
  if (i23 < i2) {
    for (; i23 + ADFUN_W <= i2; i23 += ADFUN_W) {
      // line 7
      const adfun_l i24 = adfun_load(b5 + i23);
      const adfun_m c25 = i24 < 0;
      const adfun_l i26 = i24 + i1;
      const adfun_l i27 = adfun_select(c25, i26, i24);
      adfun_store(b21 + i23, i27);
      // line 8
      const adfun_l i28 = adfun_load(b4 + i23);
      const adfun_v t29 = adfun_i2f(i28);
      adfun_store(b22 + i23, t29);
      const adfun_l i30 = i28 + 1;
      const adfun_v t31 = adfun_i2f(i30);
      const adfun_v t32 = adfun_lgamma(t31);
      adfun_store(b20 + i23, t32);
    }
    if (i23 < i2) {
      const adfun_m m33 = adfun_iota(i23, 1) < i2;
      // line 7
      const adfun_l i24 = adfun_load(m33, b5 + i23);
      const adfun_m c25 = i24 < 0;
      const adfun_l i26 = i24 + i1;
      const adfun_l i27 = adfun_select(c25, i26, i24);
      adfun_scatter(m33, b21, adfun_iota(i23, 1), i27);
      // line 8
      const adfun_l i28 = adfun_load(m33, b4 + i23);
      const adfun_v t29 = adfun_i2f(i28);
      adfun_scatter(m33, b22, adfun_iota(i23, 1), t29);
      const adfun_l i30 = i28 + 1;
      const adfun_v t31 = adfun_i2f(i30);
      const adfun_v t32 = adfun_lgamma(t31);
      adfun_scatter(m33, b20, adfun_iota(i23, 1), t32);
    }
  }
  state[0].pointer = (void *)b20;
  state[1].integer = i2;
  state[2].pointer = (void *)b21;
  state[3].integer = i2;
  state[4].pointer = (void *)b22;
  state[5].integer = i2;
  return 0;
}

ADFUN_EXPORT adfun_prepare_gr(const adfun_inputs *in, adfun_workspace *ws, adfun_slot *state) { return adfun_prepare_fn(in, ws, state); }
#endif

#if ADFUN_PART(2)
ADFUN_EXPORT adfun_call_fn(const adfun_inputs *in, adfun_workspace *ws, const adfun_slot *state, double *value, double *gradient) {
  const adfun_i64 i1 = in->ints[0];
  const adfun_i64 i2 = in->ints[1];
  const double t3 = in->x[in->offsets[0]];
  const double *const ADFUN_RESTRICT b4 = in->x + in->offsets[1];
  const double *const ADFUN_RESTRICT b5 = (const double *)state[0].pointer;
  const adfun_i64 *const ADFUN_RESTRICT b6 = (const adfun_i64 *)state[2].pointer;
  const double *const ADFUN_RESTRICT b7 = (const double *)state[4].pointer;
  // line 6
  double t8 = 0.0;
  adfun_i64 i9 = 0;
  if (i9 < i2) {
    adfun_v s10 = adfun_splat(0.0);
    for (; i9 + ADFUN_W <= i2; i9 += ADFUN_W) {
      // line 7
      const adfun_l i11 = adfun_load(b6 + i9);
      const adfun_v t12 = adfun_gather(b4, b6 + i9);
      const adfun_v t13 = t3 + t12;
      // line 8
      const adfun_v t14 = adfun_load(b7 + i9);
      const adfun_v t15 = t14 * t13;
      const adfun_v t16 = adfun_pow(adfun_splat(0x1.5bf0a8b145769p+1), t13);
      const adfun_v t17 = t15 - t16;
      const adfun_v t18 = adfun_load(b5 + i9);
      const adfun_v t19 = t17 - t18;
      const adfun_v t20 = s10 - t19;
      s10 = t20;
    }
    if (i9 < i2) {
      const adfun_m m21 = adfun_iota(i9, 1) < i2;
      // line 7
      const adfun_l i11 = adfun_load(m21, b6 + i9);
      const adfun_v t12 = adfun_gather(m21, b4, b6 + i9);
      const adfun_v t13 = t3 + t12;
      // line 8
      const adfun_v t14 = adfun_load(m21, b7 + i9);
      const adfun_v t15 = t14 * t13;
      const adfun_v t16 = adfun_pow_call(adfun_splat(0x1.5bf0a8b145769p+1), t13);
      const adfun_v t17 = t15 - t16;
      const adfun_v t18 = adfun_load(m21, b5 + i9);
      const adfun_v t19 = t17 - t18;
      const adfun_v t20 = s10 - t19;
      s10 = adfun_select(m21, t20, s10);
    }
    t8 = t8 + adfun_lanes_add(s10);
  }
  // line 9
  double t22 = 0.0;
  adfun_i64 i23 = 0;
  if (i23 < i1) {
    adfun_v s24 = adfun_splat(0.0);
    for (; i23 + ADFUN_W <= i1; i23 += ADFUN_W) {
      const adfun_v t25 = adfun_load(b4 + i23);
      const adfun_v t26 = t25 * t25;
      const adfun_v t27 = s24 + t26;
      s24 = t27;
    }
    if (i23 < i1) {
      const adfun_m m28 = adfun_iota(i23, 1) < i1;
      const adfun_v t25 = adfun_load(m28, b4 + i23);
      const adfun_v t26 = t25 * t25;
      const adfun_v t27 = s24 + t26;
      s24 = adfun_select(m28, t27, s24);
    }
    t22 = t22 + adfun_lanes_add(s24);
  }
  const double t29 = 0.5 * t22;
  const double t30 = t8 + t29;
  value[0] = t30;
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
  adfun_clear(gradient, in->offsets[2], sizeof(double));
  double *const ADFUN_RESTRICT b8 = gradient + in->offsets[0];
  double *const ADFUN_RESTRICT b9 = gradient + in->offsets[1];
  // line 6
  double t10 = 0.0;
  double t11 = 0.0;
  adfun_i64 i12 = 0;
  if (i12 < i2) {
    adfun_v s13 = adfun_splat(0.0);
    adfun_v s14 = adfun_splat(0.0);
    for (; i12 + ADFUN_W <= i2; i12 += ADFUN_W) {
      // line 7
      const adfun_l i15 = adfun_load(b6 + i12);
      const adfun_v t16 = adfun_gather(b4, b6 + i12);
      const adfun_v t17 = t3 + t16;
      // line 8
      const adfun_v t18 = adfun_load(b7 + i12);
      const adfun_v t19 = t18 * t17;
      const adfun_v t20 = adfun_pow(adfun_splat(0x1.5bf0a8b145769p+1), t17);
      const adfun_v t21 = t19 - t20;
      const adfun_v t22 = adfun_load(b5 + i12);
      const adfun_v t23 = t21 - t22;
      const adfun_v t24 = s13 - t23;
      const adfun_v t25 = t20 - t18;
      // line 7
      adfun_scatter_add(b9, b6 + i12, t25);
      const adfun_v t26 = s14 + t25;
      s13 = t24;
      s14 = t26;
    }
    if (i12 < i2) {
      const adfun_m m27 = adfun_iota(i12, 1) < i2;
      const adfun_l i15 = adfun_load(m27, b6 + i12);
      const adfun_v t16 = adfun_gather(m27, b4, b6 + i12);
      const adfun_v t17 = t3 + t16;
      // line 8
      const adfun_v t18 = adfun_load(m27, b7 + i12);
      const adfun_v t19 = t18 * t17;
      const adfun_v t20 = adfun_pow_call(adfun_splat(0x1.5bf0a8b145769p+1), t17);
      const adfun_v t21 = t19 - t20;
      const adfun_v t22 = adfun_load(m27, b5 + i12);
      const adfun_v t23 = t21 - t22;
      const adfun_v t24 = s13 - t23;
      const adfun_v t25 = t20 - t18;
      // line 7
      adfun_scatter_add(m27, b9, b6 + i12, t25);
      const adfun_v t26 = s14 + t25;
      s13 = adfun_select(m27, t24, s13);
      s14 = adfun_select(m27, t26, s14);
    }
    t10 = t10 + adfun_lanes_add(s13);
    t11 = t11 + adfun_lanes_add(s14);
  }
  // line 9
  double t28 = 0.0;
  adfun_i64 i29 = 0;
  if (i29 < i1) {
    adfun_v s30 = adfun_splat(0.0);
    for (; i29 + ADFUN_W <= i1; i29 += ADFUN_W) {
      const adfun_v t31 = adfun_load(b4 + i29);
      const adfun_v t32 = t31 * t31;
      const adfun_v t33 = s30 + t32;
      const adfun_v t34 = 2.0 * t31;
      const adfun_v t35 = 0.5 * t34;
      adfun_store(b9 + i29, adfun_load(b9 + i29) + t35);
      s30 = t33;
    }
    if (i29 < i1) {
      const adfun_m m36 = adfun_iota(i29, 1) < i1;
      const adfun_v t31 = adfun_load(m36, b4 + i29);
      const adfun_v t32 = t31 * t31;
      const adfun_v t33 = s30 + t32;
      const adfun_v t34 = 2.0 * t31;
      const adfun_v t35 = 0.5 * t34;
      adfun_scatter_add(m36, b9, adfun_iota(i29, 1), t35);
      s30 = adfun_select(m36, t33, s30);
    }
    t28 = t28 + adfun_lanes_add(s30);
  }
  const double t37 = 0.5 * t28;
  const double t38 = t10 + t37;
  // line 6
  b8[0] = t11;
  value[0] = t38;
  return 0;
}
#endif
