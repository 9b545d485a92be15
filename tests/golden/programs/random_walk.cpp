#include "adfun/abi.h"
#include "adfun/runtime.h"
#include "adfun/scalar.h"

ADFUN_EXPORT adfun_prepare_fn(const adfun_inputs *in, adfun_workspace *ws, adfun_slot *state) {
  return 0;
}

ADFUN_EXPORT adfun_prepare_gr(const adfun_inputs *in, adfun_workspace *ws, adfun_slot *state) { return adfun_prepare_fn(in, ws, state); }

ADFUN_EXPORT adfun_call_fn(const adfun_inputs *in, adfun_workspace *ws, const adfun_slot *state, double *value, double *gradient) {
  const adfun_i64 i1 = in->ints[0];
  const double t2 = in->x[in->offsets[0]];
  const double t3 = in->x[in->offsets[1]];
  const double *const ADFUN_RESTRICT b4 = (const double *)in->data[0];
  // line 7
  double t5 = 0.0;
  double t6 = 0.0;
  for (adfun_i64 i7 = 1; i7 < i1; ++i7) {
    // line 8
    const double t8 = adfun_rounded(t3 * t5);
    const double t9 = t8 + t2;
    // line 9
    const bool c10 = 1.0 < t9;
    // line 10
    double t11;
    if (c10) {
      const double t12 = t9 - 1.0;
      const double t13 = tanh(t12);
      const double t14 = 1.0 + t13;
      t11 = t14;
    } else {
      t11 = t9;
    }
    const double t15 = b4[i7];
    // line 11
    const double t16 = t15 - t11;
    const double t17 = t16 * t16;
    const double t18 = t6 + t17;
    t5 = t11;
    t6 = t18;
  }
  value[0] = t6;
  return 0;
}

ADFUN_EXPORT adfun_call_gr(const adfun_inputs *in, adfun_workspace *ws, const adfun_slot *state, double *value, double *gradient) {
  const adfun_i64 i1 = in->ints[0];
  const double t2 = in->x[in->offsets[0]];
  const double t3 = in->x[in->offsets[1]];
  const double *const ADFUN_RESTRICT b4 = (const double *)in->data[0];
  adfun_clear(gradient, in->offsets[2], sizeof(double));
  double *const ADFUN_RESTRICT b5 = gradient + in->offsets[0];
  double *const ADFUN_RESTRICT b6 = gradient + in->offsets[1];
  // line 7
  const adfun_i64 i7 = i1 + (-1);
  const adfun_i64 i8 = i7 > 0 ? i7 : 0;
  const adfun_i64 i9 = i8 + 1;
  double *const ADFUN_RESTRICT b10 = (double *)adfun_take(ws, i9, sizeof(double));
  if (ADFUN_UNLIKELY(!b10)) return ADFUN_NO_MEMORY;
  double t11 = 0.0;
  double t12 = 0.0;
  for (adfun_i64 i13 = 1; i13 < i1; ++i13) {
    const adfun_i64 i14 = i13 + (-1);
    b10[i14] = t11;
    // line 8
    const double t15 = adfun_rounded(t3 * t11);
    const double t16 = t15 + t2;
    // line 9
    const bool c17 = 1.0 < t16;
    // line 10
    double t18;
    if (c17) {
      const double t19 = t16 - 1.0;
      const double t20 = tanh(t19);
      const double t21 = 1.0 + t20;
      t18 = t21;
    } else {
      t18 = t16;
    }
    const double t22 = b4[i13];
    // line 11
    const double t23 = t22 - t18;
    const double t24 = t23 * t23;
    const double t25 = t12 + t24;
    t11 = t18;
    t12 = t25;
  }
  // line 7
  b10[i8] = t11;
  double t26 = 0.0;
  double t27 = 0.0;
  double t28 = 0.0;
  for (adfun_i64 i29 = 0; i29 < i8; ++i29) {
    const adfun_i64 i30 = i7 - i29;
    const adfun_i64 i31 = i30 + (-1);
    const double t32 = b10[i31];
    // line 8
    const double t33 = adfun_rounded(t3 * t32);
    const double t34 = t33 + t2;
    // line 9
    const bool c35 = 1.0 < t34;
    const double t36 = b10[i30];
    const double t37 = b4[i30];
    // line 11
    const double t38 = t37 - t36;
    const double t39 = 2.0 * t38;
    const double t40 = t26 - t39;
    // line 10
    double t41;
    if (c35) {
      const double t42 = t34 - 1.0;
      const double t43 = __builtin_fabs(t42);
      const double t44 = (-2.0) * t43;
      const double t45 = exp(t44);
      const double t46 = 4.0 * t45;
      const double t47 = 1.0 + t45;
      const double t48 = t47 * t47;
      const double t49 = t46 / t48;
      const double t50 = t40 == 0.0 ? 0.0 : t40 * t49;
      t41 = t50;
    } else {
      t41 = t40;
    }
    // line 8
    const double t51 = t41 == 0.0 ? 0.0 : t41 * t32;
    const double t52 = t41 == 0.0 ? 0.0 : t41 * t3;
    const double t53 = t27 + t41;
    const double t54 = t28 + t51;
    t26 = t52;
    t27 = t53;
    t28 = t54;
  }
  // line 7
  b5[0] = t27;
  b6[0] = t28;
  value[0] = t12;
  return 0;
}
