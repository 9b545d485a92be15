/* A module written by hand as the backend would: least squares y ~ a + b[group] * x, all orders.
   ints: n, groups (length of b), wrap; reals: scale */
#include "adfun/runtime.h"

static adfun_i32 checked(const adfun_inputs *in, adfun_workspace *ws) {
  const adfun_i64 *group = (const adfun_i64 *)in->data[1];
  for (adfun_i64 i = 0; i < in->ints[0]; ++i)
    if (group[i] < 0 || group[i] >= in->ints[1]) {
      ws->error[0].integer = group[i];
      ws->error[1].integer = in->ints[1];
      return 1;
    }
  return 0;
}

static adfun_i32 prepare(const adfun_inputs *in, adfun_workspace *ws, adfun_slot *state) {
  const adfun_i32 status = checked(in, ws);
  if (status) return status;
  const adfun_i64 n = in->ints[0];
  double *scaled = (double *)adfun_take(ws, n, sizeof(double));
  if (!scaled) return ADFUN_NO_MEMORY;
  const double *x = (const double *)in->data[0];
  for (adfun_i64 i = 0; i < n; ++i) scaled[i] = x[i] * in->reals[0];
  state[0].pointer = scaled;
  return 0;
}

template <class Row>
static adfun_i32 rows(const adfun_inputs *in, adfun_workspace *ws, const adfun_slot *state, Row row) {
  const adfun_i64 n = in->ints[0];
  const double *x = (const double *)state[0].pointer, *y = (const double *)in->data[2];
  const adfun_i64 *group = (const adfun_i64 *)in->data[1];
  const double a = in->x[in->offsets[0]], *b = in->x + in->offsets[1];
  if (a < -1e6) {
    ws->error[0].real = a;
    return 2;
  }
  for (adfun_i64 i = 0; i < n; ++i) {
    const adfun_mark mark = adfun_top(ws);
    double *r = (double *)adfun_take(ws, 100000 * (i % 3), sizeof(double)); /* exercises the arena */
    if (!r) return ADFUN_NO_MEMORY;
    row(i, x[i], group[i], a + b[group[i]] * x[i] - y[i]);
    adfun_release(ws, mark);
  }
  return 0;
}

ADFUN_EXPORT adfun_prepare_fn(const adfun_inputs *in, adfun_workspace *ws, adfun_slot *s) { return prepare(in, ws, s); }
ADFUN_EXPORT adfun_prepare_gr(const adfun_inputs *in, adfun_workspace *ws, adfun_slot *s) { return prepare(in, ws, s); }
ADFUN_EXPORT adfun_prepare_hvp(const adfun_inputs *in, adfun_workspace *ws, adfun_slot *s) { return prepare(in, ws, s); }
ADFUN_EXPORT adfun_prepare_he(const adfun_inputs *in, adfun_workspace *ws, adfun_slot *s) { return prepare(in, ws, s); }
ADFUN_EXPORT adfun_prepare_report(const adfun_inputs *in, adfun_workspace *ws, adfun_slot *s) {
  return prepare(in, ws, s);
}

ADFUN_EXPORT adfun_call_fn(const adfun_inputs *in, adfun_workspace *ws, const adfun_slot *state, double *value,
                           double *) {
  double sum = 0;
  const adfun_i32 status = rows(in, ws, state, [&](adfun_i64, double, adfun_i64, double r) { sum += r * r; });
  *value = sum;
  return status;
}

ADFUN_EXPORT adfun_call_gr(const adfun_inputs *in, adfun_workspace *ws, const adfun_slot *state, double *value,
                           double *gradient) {
  adfun_clear(gradient, in->offsets[2], sizeof(double));
  double sum = 0, *ga = gradient + in->offsets[0], *gb = gradient + in->offsets[1];
  const adfun_i32 status = rows(in, ws, state, [&](adfun_i64, double x, adfun_i64 g, double r) {
    sum += r * r;
    *ga += 2 * r;
    gb[g] += 2 * r * x;
  });
  *value = sum;
  return status;
}

/* Two arrays in `gradient`: the gradient itself, then its derivative in W directions. */
template <int W>
static adfun_i32 second(const adfun_inputs *in, adfun_workspace *ws, const adfun_slot *state, double *gradient) {
  const adfun_i64 size = in->offsets[2];
  adfun_clear(gradient, (1 + W) * size, sizeof(double));
  double *ha = gradient + size + W * in->offsets[0], *hb = gradient + size + W * in->offsets[1];
  const double *va = in->seed + W * in->offsets[0], *vb = in->seed + W * in->offsets[1];
  return rows(in, ws, state, [&](adfun_i64, double x, adfun_i64 g, double) {
    for (int k = 0; k < W; ++k) {
      const double dr = va[k] + vb[W * g + k] * x;
      ha[k] += 2 * dr;
      hb[W * g + k] += 2 * dr * x;
    }
  });
}

ADFUN_EXPORT adfun_call_hvp(const adfun_inputs *in, adfun_workspace *ws, const adfun_slot *state, double *value,
                            double *gradient) {
  *value = 0;
  return second<1>(in, ws, state, gradient);
}

ADFUN_EXPORT adfun_call_he(const adfun_inputs *in, adfun_workspace *ws, const adfun_slot *state, double *value,
                           double *gradient) {
  *value = 0;
  return second<8>(in, ws, state, gradient);
}

ADFUN_EXPORT adfun_call_report(const adfun_inputs *in, adfun_workspace *ws, const adfun_slot *state, double *value,
                               double *) {
  const adfun_i64 n = in->ints[0];
  double *tape = nullptr;
  adfun_i64 room = 0, used = 0;
  const adfun_i32 status = rows(in, ws, state, [&](adfun_i64, double, adfun_i64, double r) {
    if (used >= room) tape = (double *)adfun_grown(ws, 0, used + 1, sizeof(double), &room);
    tape[used++] = r;
  });
  if (status) return status;
  const adfun_i64 shape[2] = {n, 1};
  const adfun_i64 flag = in->ints[2];
  const adfun_u8 yes = 1;
  ws->report(ws, 1, 0, 2, shape, tape);
  ws->report(ws, 0, 1, 0, nullptr, &flag);
  ws->report(ws, 2, 2, 0, nullptr, &yes);
  *value = 0;
  return 0;
}
