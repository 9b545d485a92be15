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
    t6 = t6 + t17;
    t5 = t11;
  }
  value[0] = t6;
  return 0;
}

ADFUN_EXPORT adfun_call_gr(const adfun_inputs *in, adfun_workspace *ws, const adfun_slot *state, double *value, double *gradient) {
  const adfun_i64 i1 = in->ints[0];
  const double t2 = in->x[in->offsets[0]];
  const double t3 = in->x[in->offsets[1]];
  const double *const ADFUN_RESTRICT b4 = (const double *)in->data[0];
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
    t12 = t12 + t24;
    t11 = t18;
  }
  // line 7
  b10[i8] = t11;
  double t25 = 0.0;
  double t26 = 0.0;
  double t27 = 0.0;
  for (adfun_i64 i28 = 0; i28 < i8; ++i28) {
    const adfun_i64 i29 = i7 - i28;
    const adfun_i64 i30 = i29 + (-1);
    const double t31 = b10[i30];
    // line 8
    const double t32 = adfun_rounded(t3 * t31);
    const double t33 = t32 + t2;
    // line 9
    const bool c34 = 1.0 < t33;
    const double t35 = b10[i29];
    const double t36 = b4[i29];
    // line 11
    const double t37 = t36 - t35;
    const double t38 = 2.0 * t37;
    const double t39 = t25 - t38;
    // line 10
    double t40;
    if (c34) {
      const double t41 = t33 - 1.0;
      const double t42 = __builtin_fabs(t41);
      const double t43 = (-2.0) * t42;
      const double t44 = exp(t43);
      const double t45 = 4.0 * t44;
      const double t46 = 1.0 + t44;
      const double t47 = t46 * t46;
      const double t48 = t45 / t47;
      const double t49 = t39 == 0.0 ? 0.0 : t39 * t48;
      t40 = t49;
    } else {
      t40 = t39;
    }
    // line 8
    const double t50 = t40 == 0.0 ? 0.0 : t40 * t31;
    t25 = t40 == 0.0 ? 0.0 : t40 * t3;
    t26 = t26 + t40;
    t27 = t27 + t50;
  }
  // line 7
  b5[0] = t26;
  b6[0] = t27;
  value[0] = t12;
  return 0;
}
