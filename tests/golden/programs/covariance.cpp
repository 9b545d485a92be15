#include "adfun/abi.h"
#include "adfun/runtime.h"
#include "adfun/kernels.h"
#include "adfun/lanemath.h"
#include "adfun/lanes.h"

#if ADFUN_PART(1)
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

ADFUN_EXPORT adfun_call_gr(const adfun_inputs *in, adfun_workspace *ws, const adfun_slot *state, double *value, double *gradient) {
  const adfun_i64 i1 = in->ints[0];
  const adfun_i64 i2 = in->ints[1];
  const double t3 = in->x[in->offsets[0]];
  const double *const ADFUN_RESTRICT b4 = (const double *)in->data[1];
  const double *const ADFUN_RESTRICT b5 = (const double *)state[0].pointer;
  const double *const ADFUN_RESTRICT b6 = (const double *)state[2].pointer;
  const double *const ADFUN_RESTRICT b7 = (const double *)state[5].pointer;
  const double *const ADFUN_RESTRICT b8 = (const double *)state[8].pointer;
  adfun_clear(gradient, in->offsets[1], sizeof(double));
  double *const ADFUN_RESTRICT b9 = gradient + in->offsets[0];
  // line 6
  const double t10 = exp(t3);
  double *const ADFUN_RESTRICT b11 = (double *)adfun_take(ws, adfun_times(i1, i1), sizeof(double));
  if (ADFUN_UNLIKELY(!b11)) return ADFUN_NO_MEMORY;
  const double r12 = 1.0 / t10;
  for (adfun_i64 i13 = 0; i13 < i1; ++i13) {
    adfun_i64 i14 = 0;
    if (i14 < i1) {
      for (; i14 + ADFUN_W <= i1; i14 += ADFUN_W) {
        const adfun_v t15 = adfun_load(b6 + i13 * i1 + i14);
        const adfun_v t16 = t15 * r12;
        const adfun_v t17 = adfun_exp(t16);
        const adfun_v t18 = adfun_load(b7 + i13 * i1 + i14);
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
        adfun_scatter(m20, b11, adfun_splat((adfun_i64)i13) * i1 + adfun_iota(i14, 1), t19);
      }
    }
  }
  // line 7
  double *const ADFUN_RESTRICT b21 = (double *)adfun_take(ws, adfun_times(i1, i1), sizeof(double));
  if (ADFUN_UNLIKELY(!b21)) return ADFUN_NO_MEMORY;
  adfun_i64 i22;
  if (ADFUN_UNLIKELY(adfun_cholesky(ws, b11, i1, i1, b21, i1, i1, &i22) != 0)) return ADFUN_NO_MEMORY;
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
  if (ADFUN_UNLIKELY(adfun_lu(ws, b11, i1, i1, b24, i1, i1, b25, i1, &i26) != 0)) return ADFUN_NO_MEMORY;
  const bool c27 = i26 == 0;
  if (ADFUN_UNLIKELY(!c27)) {
    return 3;
  }
  double *const ADFUN_RESTRICT b28 = (double *)adfun_take(ws, i1, sizeof(double));
  if (ADFUN_UNLIKELY(!b28)) return ADFUN_NO_MEMORY;
  if (ADFUN_UNLIKELY(adfun_lu_solve(ws, b11, i1, i1, b24, i1, i1, b25, i1, b4, i2, false, b28, i1) != 0)) return ADFUN_NO_MEMORY;
  // line 9
  double t29 = 0.0;
  adfun_i64 i30 = 0;
  if (i30 < i1) {
    adfun_v s31 = adfun_splat(0.0);
    for (; i30 + ADFUN_W <= i1; i30 += ADFUN_W) {
      const adfun_v t32 = adfun_load(b4 + i30);
      const adfun_v t33 = 0.5 * t32;
      const adfun_v t34 = adfun_load(b28 + i30);
      const adfun_v t35 = t33 * t34;
      const adfun_v t36 = s31 + t35;
      s31 = t36;
    }
    if (i30 < i1) {
      const adfun_m m37 = adfun_iota(i30, 1) < i1;
      const adfun_v t32 = adfun_load(m37, b4 + i30);
      const adfun_v t33 = 0.5 * t32;
      const adfun_v t34 = adfun_load(m37, b28 + i30);
      const adfun_v t35 = t33 * t34;
      const adfun_v t36 = s31 + t35;
      s31 = adfun_select(m37, t36, s31);
    }
    t29 = t29 + adfun_lanes_add(s31);
  }
  // line 7
  double *const ADFUN_RESTRICT b38 = (double *)adfun_take(ws, adfun_times(i1, i1), sizeof(double));
  if (ADFUN_UNLIKELY(!b38)) return ADFUN_NO_MEMORY;
  adfun_clear(b38, adfun_times(i1, i1), sizeof(double));
  // line 9
  double t39 = 0.0;
  adfun_i64 i40 = 0;
  if (i40 < i1) {
    adfun_v s41 = adfun_splat(0.0);
    for (; i40 + ADFUN_W <= i1; i40 += ADFUN_W) {
      const adfun_v t42 = adfun_strided(b21 + i40 * i1 + i40, i1 + 1);
      const adfun_v t43 = adfun_log(t42);
      const adfun_v t44 = s41 + t43;
      const adfun_v t45 = 1.0 / t42;
      adfun_scatter_add(b38, adfun_iota(i40, 1) * i1 + adfun_iota(i40, 1), t45);
      s41 = t44;
    }
    if (i40 < i1) {
      const adfun_m m46 = adfun_iota(i40, 1) < i1;
      const adfun_v t42 = adfun_strided(m46, b21 + i40 * i1 + i40, i1 + 1);
      const adfun_v t43 = adfun_log_call(t42);
      const adfun_v t44 = s41 + t43;
      const adfun_v t45 = 1.0 / t42;
      adfun_scatter_add(m46, b38, adfun_iota(i40, 1) * i1 + adfun_iota(i40, 1), t45);
      s41 = adfun_select(m46, t44, s41);
    }
    t39 = t39 + adfun_lanes_add(s41);
  }
  const double t47 = t29 + t39;
  // line 8
  double *const ADFUN_RESTRICT b48 = (double *)adfun_take(ws, i1, sizeof(double));
  if (ADFUN_UNLIKELY(!b48)) return ADFUN_NO_MEMORY;
  if (ADFUN_UNLIKELY(adfun_lu_solve(ws, b11, i1, i1, b24, i1, i1, b25, i1, b5, i1, true, b48, i1) != 0)) return ADFUN_NO_MEMORY;
  // line 7
  double *const ADFUN_RESTRICT b49 = (double *)adfun_take(ws, adfun_times(i1, i1), sizeof(double));
  if (ADFUN_UNLIKELY(!b49)) return ADFUN_NO_MEMORY;
  if (ADFUN_UNLIKELY(adfun_cholesky_adjoint(ws, b21, i1, i1, b38, i1, i1, b49, i1, i1) != 0)) return ADFUN_NO_MEMORY;
  // line 8
  const double r50 = 1.0 / t10;
  double t51 = 0.0;
  adfun_i64 i52 = 0;
  if (i52 < i1) {
    adfun_v s53 = adfun_splat(0.0);
    const adfun_mark mark54 = adfun_top(ws);
    const adfun_i64 n56 = 0 < i1 ? i1 : 0;
    adfun_v *const ADFUN_RESTRICT tile55 = (adfun_v *)adfun_take(ws, n56, sizeof(adfun_v));
    if (ADFUN_UNLIKELY(!tile55)) return ADFUN_NO_MEMORY;
    const adfun_i64 n58 = 0 < i1 ? i1 : 0;
    adfun_v *const ADFUN_RESTRICT tile57 = (adfun_v *)adfun_take(ws, n58, sizeof(adfun_v));
    if (ADFUN_UNLIKELY(!tile57)) return ADFUN_NO_MEMORY;
    for (; i52 + ADFUN_W <= i1; i52 += ADFUN_W) {
      adfun_tile(tile55, b49 + i52 * i1, i1, n56);
      adfun_tile(tile57, b8 + i52 * i1, i1, n58);
      const adfun_v t59 = adfun_load(b48 + i52);
      adfun_v t60 = adfun_splat(0.0);
      for (adfun_i64 i61 = 0; i61 < i1; ++i61) {
        const double t62 = b28[i61];
        const adfun_v t63 = t59 * t62;
        // line 7
        const adfun_v t64 = tile55[i61];
        const adfun_v t65 = t64 - t63;
        // line 6
        const adfun_v t66 = tile57[i61];
        const adfun_v t67 = t66 * r50;
        const adfun_v t68 = adfun_exp(t67);
        const adfun_v t69 = adfun_mul0(t65, t68);
        const adfun_v t70 = adfun_add_mul0(t60, t69, t67);
        t60 = t70;
      }
      const adfun_v t71 = s53 + t60;
      s53 = t71;
    }
    if (i52 < i1) {
      const adfun_m m72 = adfun_iota(i52, 1) < i1;
      adfun_tile(m72, tile55, b49 + i52 * i1, i1, n56);
      adfun_tile(m72, tile57, b8 + i52 * i1, i1, n58);
      // line 8
      const adfun_v t59 = adfun_load(m72, b48 + i52);
      adfun_v t60 = adfun_splat(0.0);
      for (adfun_i64 i61 = 0; i61 < i1; ++i61) {
        const double t62 = b28[i61];
        const adfun_v t63 = t59 * t62;
        // line 7
        const adfun_v t64 = tile55[i61];
        const adfun_v t65 = t64 - t63;
        // line 6
        const adfun_v t66 = tile57[i61];
        const adfun_v t67 = t66 * r50;
        const adfun_v t68 = adfun_exp_call(t67);
        const adfun_v t69 = adfun_mul0(t65, t68);
        const adfun_v t70 = adfun_add_mul0(t60, t69, t67);
        t60 = t70;
      }
      const adfun_v t71 = s53 + t60;
      s53 = adfun_select(m72, t71, s53);
    }
    t51 = t51 + adfun_lanes_add(s53);
    adfun_release(ws, mark54);
  }
  const double t73 = 1.0 / t10;
  const double t74 = t51 == 0.0 ? 0.0 : t51 * t73;
  const double t75 = t74 == 0.0 ? 0.0 : t74 * t10;
  const double t76 = -t75;
  b9[0] = t76;
  value[0] = t47;
  return 0;
}
#endif

#if ADFUN_PART(2)
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
  for (adfun_i64 i10 = 0; i10 < i1; ++i10) {
    adfun_i64 i11 = 0;
    if (i11 < i1) {
      for (; i11 + ADFUN_W <= i1; i11 += ADFUN_W) {
        const adfun_v t12 = adfun_load(b5 + i10 * i1 + i11);
        const adfun_v t13 = t12 * r9;
        const adfun_v t14 = adfun_exp(t13);
        const adfun_v t15 = adfun_load(b6 + i10 * i1 + i11);
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
        adfun_scatter(m17, b8, adfun_splat((adfun_i64)i10) * i1 + adfun_iota(i11, 1), t16);
      }
    }
  }
  // line 7
  double *const ADFUN_RESTRICT b18 = (double *)adfun_take(ws, adfun_times(i1, i1), sizeof(double));
  if (ADFUN_UNLIKELY(!b18)) return ADFUN_NO_MEMORY;
  adfun_i64 i19;
  if (ADFUN_UNLIKELY(adfun_cholesky(ws, b8, i1, i1, b18, i1, i1, &i19) != 0)) return ADFUN_NO_MEMORY;
  const bool c20 = i19 == 0;
  if (ADFUN_UNLIKELY(!c20)) {
    return 2;
  }
  // line 8
  double *const ADFUN_RESTRICT b21 = (double *)adfun_take(ws, adfun_times(i1, i1), sizeof(double));
  if (ADFUN_UNLIKELY(!b21)) return ADFUN_NO_MEMORY;
  adfun_i64 *const ADFUN_RESTRICT b22 = (adfun_i64 *)adfun_take(ws, i1, sizeof(adfun_i64));
  if (ADFUN_UNLIKELY(!b22)) return ADFUN_NO_MEMORY;
  adfun_i64 i23;
  if (ADFUN_UNLIKELY(adfun_lu(ws, b8, i1, i1, b21, i1, i1, b22, i1, &i23) != 0)) return ADFUN_NO_MEMORY;
  const bool c24 = i23 == 0;
  if (ADFUN_UNLIKELY(!c24)) {
    return 3;
  }
  double *const ADFUN_RESTRICT b25 = (double *)adfun_take(ws, i1, sizeof(double));
  if (ADFUN_UNLIKELY(!b25)) return ADFUN_NO_MEMORY;
  if (ADFUN_UNLIKELY(adfun_lu_solve(ws, b8, i1, i1, b21, i1, i1, b22, i1, b4, i2, false, b25, i1) != 0)) return ADFUN_NO_MEMORY;
  // line 9
  double t26 = 0.0;
  adfun_i64 i27 = 0;
  if (i27 < i1) {
    adfun_v s28 = adfun_splat(0.0);
    for (; i27 + ADFUN_W <= i1; i27 += ADFUN_W) {
      const adfun_v t29 = adfun_load(b4 + i27);
      const adfun_v t30 = 0.5 * t29;
      const adfun_v t31 = adfun_load(b25 + i27);
      const adfun_v t32 = t30 * t31;
      const adfun_v t33 = s28 + t32;
      s28 = t33;
    }
    if (i27 < i1) {
      const adfun_m m34 = adfun_iota(i27, 1) < i1;
      const adfun_v t29 = adfun_load(m34, b4 + i27);
      const adfun_v t30 = 0.5 * t29;
      const adfun_v t31 = adfun_load(m34, b25 + i27);
      const adfun_v t32 = t30 * t31;
      const adfun_v t33 = s28 + t32;
      s28 = adfun_select(m34, t33, s28);
    }
    t26 = t26 + adfun_lanes_add(s28);
  }
  double t35 = 0.0;
  adfun_i64 i36 = 0;
  if (i36 < i1) {
    adfun_v s37 = adfun_splat(0.0);
    for (; i36 + ADFUN_W <= i1; i36 += ADFUN_W) {
      const adfun_v t38 = adfun_strided(b18 + i36 * i1 + i36, i1 + 1);
      const adfun_v t39 = adfun_log(t38);
      const adfun_v t40 = s37 + t39;
      s37 = t40;
    }
    if (i36 < i1) {
      const adfun_m m41 = adfun_iota(i36, 1) < i1;
      const adfun_v t38 = adfun_strided(m41, b18 + i36 * i1 + i36, i1 + 1);
      const adfun_v t39 = adfun_log_call(t38);
      const adfun_v t40 = s37 + t39;
      s37 = adfun_select(m41, t40, s37);
    }
    t35 = t35 + adfun_lanes_add(s37);
  }
  const double t42 = t26 + t35;
  value[0] = t42;
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
    for (; i19 + ADFUN_W <= i1; i19 += ADFUN_W) {
      const adfun_v t20 = adfun_load(b4 + i19);
      const adfun_v t21 = 0.5 * t20;
      adfun_store(b18 + i19, t21);
    }
    if (i19 < i1) {
      const adfun_m m22 = adfun_iota(i19, 1) < i1;
      const adfun_v t20 = adfun_load(m22, b4 + i19);
      const adfun_v t21 = 0.5 * t20;
      adfun_scatter(m22, b18, adfun_iota(i19, 1), t21);
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
