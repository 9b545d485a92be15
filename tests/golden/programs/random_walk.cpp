#define ADFUN_DIRECTIONS 4
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
  const adfun_vec v7 = adfun_vsplat(0.0);
  const adfun_vec v8 = adfun_vput(v7, 0, 1.0);
  const adfun_vec v9 = adfun_vput(v7, 1, 1.0);
  // line 7
  double t10 = 0.0;
  double t11 = 0.0;
  adfun_vec v12 = v7;
  adfun_vec v13 = v7;
  for (adfun_i64 i14 = 1; i14 < i1; ++i14) {
    // line 8
    const double t15 = adfun_rounded(t3 * t10);
    const adfun_vec v16 = t10 * v9;
    const adfun_vec v17 = t3 * v12;
    const double t18 = t15 + t2;
    const adfun_vec v19 = v8 + v16;
    const adfun_vec v20 = v19 + v17;
    // line 9
    const bool c21 = 1.0 < t18;
    // line 10
    double t22;
    adfun_vec v23;
    if (c21) {
      const double t24 = t18 - 1.0;
      const double t25 = tanh(t24);
      const double t26 = __builtin_fabs(t24);
      const double t27 = (-2.0) * t26;
      const double t28 = exp(t27);
      const double t29 = 4.0 * t28;
      const double t30 = 1.0 + t28;
      const double t31 = t30 * t30;
      const double t32 = t29 / t31;
      const adfun_vec v33 = t32 * v20;
      const double t34 = 1.0 + t25;
      t22 = t34;
      v23 = v33;
    } else {
      t22 = t18;
      v23 = v20;
    }
    const double t35 = b4[i14];
    // line 11
    const double t36 = t35 - t22;
    const double t37 = t36 * t36;
    const double t38 = 2.0 * t36;
    const adfun_vec v39 = t38 * v23;
    t11 = t11 + t37;
    v13 = v13 - v39;
    t10 = t22;
    v12 = v23;
  }
  // line 7
  const double t40 = v13[0];
  b5[0] = t40;
  const double t41 = v13[1];
  b6[0] = t41;
  value[0] = t11;
  return 0;
}
