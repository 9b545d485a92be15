/* Groups of vectors, two halves each: the functions of lanes.h again, for the type of both.  Read once for
 * every size of a group, with ADFUN_N, its number of vectors, and ADFUN_HALF, that of a half (nothing for
 * one).  The number stands after the name where the arguments do not tell.
 */
#define ADFUN_JOIN_(name, number) name##number
#define ADFUN_JOIN(name, number) ADFUN_JOIN_(name, number)
#define N_(name) ADFUN_JOIN(name, ADFUN_N)
#define H_(name) ADFUN_JOIN(name, ADFUN_HALF)
#define V N_(adfun_v)
#define L N_(adfun_l)
#define M N_(adfun_m)
#define WHOLE (ADFUN_N * ADFUN_W)
#define MIDDLE (ADFUN_N / 2 * ADFUN_W)

typedef adfun_two<H_(adfun_v), double, MIDDLE> V;
typedef adfun_two<H_(adfun_l), adfun_i64, MIDDLE> L, M;

/* -- operators ------------------------------------------------------------------------------------ */

#define ADFUN_OPERATOR(OP, GROUP, SCALAR, RESULT)                                                     \
  ADFUN_INLINE RESULT operator OP(GROUP x, GROUP y) { return {x.a OP y.a, x.b OP y.b}; }              \
  ADFUN_INLINE RESULT operator OP(SCALAR x, GROUP y) { return {x OP y.a, x OP y.b}; }                 \
  ADFUN_INLINE RESULT operator OP(GROUP x, SCALAR y) { return {x.a OP y, x.b OP y}; }
#define ADFUN_OPERATORS(GROUP, SCALAR)                                                                \
  ADFUN_OPERATOR(+, GROUP, SCALAR, GROUP)                                                             \
  ADFUN_OPERATOR(-, GROUP, SCALAR, GROUP)                                                             \
  ADFUN_OPERATOR(*, GROUP, SCALAR, GROUP)                                                             \
  ADFUN_OPERATOR(<, GROUP, SCALAR, M)                                                                 \
  ADFUN_OPERATOR(<=, GROUP, SCALAR, M)                                                                \
  ADFUN_OPERATOR(==, GROUP, SCALAR, M)                                                                \
  ADFUN_OPERATOR(!=, GROUP, SCALAR, M)                                                                \
  ADFUN_INLINE GROUP operator-(GROUP x) { return {-x.a, -x.b}; }                                      \
  ADFUN_INLINE void operator+=(GROUP &x, GROUP y) {                                                   \
    x.a += y.a;                                                                                       \
    x.b += y.b;                                                                                       \
  }
ADFUN_OPERATORS(V, double)
ADFUN_OPERATORS(L, adfun_i64)
ADFUN_OPERATOR(/, V, double, V)
ADFUN_OPERATOR(&, L, adfun_i64, L)
ADFUN_OPERATOR(|, L, adfun_i64, L)
ADFUN_OPERATOR(^, L, adfun_i64, L)
#undef ADFUN_OPERATOR
#undef ADFUN_OPERATORS
ADFUN_INLINE L operator~(L x) { return {~x.a, ~x.b}; }

ADFUN_INLINE V N_(adfun_splat)(double x) { return {H_(adfun_splat)(x), H_(adfun_splat)(x)}; }
ADFUN_INLINE L N_(adfun_splat)(adfun_i64 x) { return {H_(adfun_splat)(x), H_(adfun_splat)(x)}; }
ADFUN_INLINE M N_(adfun_splat)(bool x) { return {H_(adfun_splat)(x), H_(adfun_splat)(x)}; }
ADFUN_INLINE L N_(adfun_iota)(adfun_i64 first, adfun_i64 step) {
  return {H_(adfun_iota)(first, step), H_(adfun_iota)(first + MIDDLE * step, step)};
}

ADFUN_INLINE V adfun_rounded(V x) { return {adfun_rounded(x.a), adfun_rounded(x.b)}; }
ADFUN_INLINE V adfun_held(V x) { return adfun_rounded(x); }
ADFUN_INLINE bool adfun_any(M m) { return adfun_any(m.a | m.b); }
ADFUN_INLINE int adfun_first(M m) { return adfun_any(m.a) ? adfun_first(m.a) : MIDDLE + adfun_first(m.b); }
ADFUN_INLINE V adfun_select(M m, V x, V y) { return {adfun_select(m.a, x.a, y.a), adfun_select(m.b, x.b, y.b)}; }
ADFUN_INLINE L adfun_select(M m, L x, L y) { return {adfun_select(m.a, x.a, y.a), adfun_select(m.b, x.b, y.b)}; }

/* To a sum of one vector all are added. */
ADFUN_INLINE void operator+=(adfun_v &s, V x) {
  s += x.a;
  s += x.b;
}
ADFUN_INLINE void operator-=(adfun_v &s, V x) {
  s -= x.a;
  s -= x.b;
}
ADFUN_INLINE void operator+=(adfun_l &s, L x) {
  s += x.a;
  s += x.b;
}
#define ADFUN_MUL0(NAME)                                                                              \
  ADFUN_INLINE adfun_v NAME(adfun_v s, V x, V y) { return NAME(NAME(s, x.a, y.a), x.b, y.b); }        \
  ADFUN_INLINE V NAME(V s, V x, V y) { return {NAME(s.a, x.a, y.a), NAME(s.b, x.b, y.b)}; }
ADFUN_MUL0(adfun_add_mul0)
ADFUN_MUL0(adfun_sub_mul0)
#undef ADFUN_MUL0

/* -- memory ------------------------------------------------------------------------------------------ */

#define ADFUN_MEMORY(GROUP, ELEMENT)                                                                  \
  ADFUN_INLINE GROUP N_(adfun_load)(const ELEMENT *p) {                                               \
    return {H_(adfun_load)(p), H_(adfun_load)(p + MIDDLE)};                                           \
  }                                                                                                   \
  ADFUN_INLINE GROUP N_(adfun_stream)(const ELEMENT *p) {                                             \
    return {H_(adfun_stream)(p), H_(adfun_stream)(p + MIDDLE)};                                       \
  }                                                                                                   \
  ADFUN_INLINE GROUP N_(adfun_load)(M m, const ELEMENT *p) {                                          \
    return {H_(adfun_load)(m.a, p), H_(adfun_load)(m.b, p + MIDDLE)};                                 \
  }                                                                                                   \
  ADFUN_INLINE GROUP N_(adfun_strided)(const ELEMENT *p, adfun_i64 stride) {                          \
    return {H_(adfun_strided)(p, stride), H_(adfun_strided)(p + MIDDLE * stride, stride)};            \
  }                                                                                                   \
  ADFUN_INLINE GROUP N_(adfun_strided)(M m, const ELEMENT *p, adfun_i64 stride) {                     \
    return {H_(adfun_strided)(m.a, p, stride), H_(adfun_strided)(m.b, p + MIDDLE * stride, stride)};  \
  }                                                                                                   \
  ADFUN_INLINE void N_(adfun_store)(ELEMENT *p, GROUP x) {                                            \
    H_(adfun_store)(p, x.a);                                                                          \
    H_(adfun_store)(p + MIDDLE, x.b);                                                                 \
  }                                                                                                   \
  ADFUN_INLINE void N_(adfun_store)(M m, ELEMENT *p, GROUP x) {                                       \
    H_(adfun_store)(m.a, p, x.a);                                                                     \
    H_(adfun_store)(m.b, p + MIDDLE, x.b);                                                            \
  }                                                                                                   \
  ADFUN_INDEXED(GROUP, ELEMENT, L, k.a, k.b)                                                          \
  ADFUN_INDEXED(GROUP, ELEMENT, const adfun_i64 *, k, k + MIDDLE)
#define ADFUN_INDEXED(GROUP, ELEMENT, INDEX, A, B)                                                    \
  ADFUN_INLINE GROUP N_(adfun_gather)(const ELEMENT *p, INDEX k) {                                    \
    return {H_(adfun_gather)(p, A), H_(adfun_gather)(p, B)};                                          \
  }                                                                                                   \
  ADFUN_INLINE GROUP N_(adfun_gather)(M m, const ELEMENT *p, INDEX k) {                               \
    return {H_(adfun_gather)(m.a, p, A), H_(adfun_gather)(m.b, p, B)};                                \
  }                                                                                                   \
  ADFUN_INLINE void N_(adfun_scatter)(ELEMENT *p, INDEX k, GROUP x) {                                 \
    H_(adfun_scatter)(p, A, x.a);                                                                     \
    H_(adfun_scatter)(p, B, x.b);                                                                     \
  }                                                                                                   \
  ADFUN_INLINE void N_(adfun_scatter)(M m, ELEMENT *p, INDEX k, GROUP x) {                            \
    H_(adfun_scatter)(m.a, p, A, x.a);                                                                \
    H_(adfun_scatter)(m.b, p, B, x.b);                                                                \
  }
ADFUN_MEMORY(V, double)
ADFUN_MEMORY(L, adfun_i64)
ADFUN_MEMORY(M, adfun_u8)
#undef ADFUN_MEMORY
#undef ADFUN_INDEXED

ADFUN_INLINE void N_(adfun_scatter_add)(bool grouped, double *p, const adfun_i64 *k, V x) {
  H_(adfun_scatter_add)(grouped, p, k, x.a);
  H_(adfun_scatter_add)(grouped, p, k + MIDDLE, x.b);
}

/* Private arrays have the vectors of an element side by side. */
#define ADFUN_SUMS(GROUP, ELEMENT, INDEX, A, B)                                                       \
  ADFUN_INLINE void N_(adfun_scatter_add)(ELEMENT *p, INDEX k, GROUP x) {                             \
    H_(adfun_scatter_add)(p, A, x.a);                                                                 \
    H_(adfun_scatter_add)(p, B, x.b);                                                                 \
  }                                                                                                   \
  ADFUN_INLINE void N_(adfun_scatter_add)(M m, ELEMENT *p, INDEX k, GROUP x) {                        \
    H_(adfun_scatter_add)(m.a, p, A, x.a);                                                            \
    H_(adfun_scatter_add)(m.b, p, B, x.b);                                                            \
  }                                                                                                   \
  ADFUN_INLINE GROUP N_(adfun_own_at)(const ELEMENT *p, int step, INDEX k) {                          \
    return {H_(adfun_own_at)(p, step, A), H_(adfun_own_at)(p + MIDDLE, step, B)};                     \
  }                                                                                                   \
  ADFUN_INLINE GROUP N_(adfun_own_at)(M m, const ELEMENT *p, int step, INDEX k) {                     \
    return {H_(adfun_own_at)(m.a, p, step, A), H_(adfun_own_at)(m.b, p + MIDDLE, step, B)};           \
  }                                                                                                   \
  ADFUN_OWN_PUTS(GROUP, ELEMENT, INDEX, A, B, adfun_own_store)                                            \
  ADFUN_OWN_PUTS(GROUP, ELEMENT, INDEX, A, B, adfun_own_add)                                              \
  ADFUN_INLINE GROUP N_(adfun_own)(const GROUP *b, INDEX k) {                                         \
    return N_(adfun_own_at)((const ELEMENT *)b, WHOLE, k);                                            \
  }                                                                                                   \
  ADFUN_INLINE GROUP N_(adfun_own)(M m, const GROUP *b, INDEX k) {                                    \
    return N_(adfun_own_at)(m, (const ELEMENT *)b, WHOLE, k);                                         \
  }
#define ADFUN_OWN_PUTS(GROUP, ELEMENT, INDEX, A, B, NAME)                                                 \
  ADFUN_INLINE void N_(NAME##_at)(ELEMENT *p, int step, INDEX k, GROUP x) {                           \
    H_(NAME##_at)(p, step, A, x.a);                                                                   \
    H_(NAME##_at)(p + MIDDLE, step, B, x.b);                                                          \
  }                                                                                                   \
  ADFUN_INLINE void N_(NAME##_at)(M m, ELEMENT *p, int step, INDEX k, GROUP x) {                      \
    H_(NAME##_at)(m.a, p, step, A, x.a);                                                              \
    H_(NAME##_at)(m.b, p + MIDDLE, step, B, x.b);                                                     \
  }                                                                                                   \
  ADFUN_INLINE void N_(NAME)(GROUP *b, INDEX k, GROUP x) { N_(NAME##_at)((ELEMENT *)b, WHOLE, k, x); } \
  ADFUN_INLINE void N_(NAME)(M m, GROUP *b, INDEX k, GROUP x) {                                       \
    N_(NAME##_at)(m, (ELEMENT *)b, WHOLE, k, x);                                                      \
  }
ADFUN_SUMS(V, double, L, k.a, k.b)
ADFUN_SUMS(V, double, const adfun_i64 *, k, k + MIDDLE)
ADFUN_SUMS(L, adfun_i64, L, k.a, k.b)
ADFUN_SUMS(L, adfun_i64, const adfun_i64 *, k, k + MIDDLE)
#undef ADFUN_SUMS
#undef ADFUN_OWN_PUTS

/* -- tiles ------------------------------------------------------------------------------------------------ */

ADFUN_INLINE const V *N_(adfun_tile)(V *tile, const double *rows, adfun_i64 stride, adfun_i64 columns) {
  adfun_v *const first = (adfun_v *)tile;
  for (int k = 0; k < ADFUN_N; ++k) adfun_transpose(first + k, ADFUN_N, rows + k * ADFUN_W * stride, stride, columns);
  return tile;
}
ADFUN_INLINE void N_(adfun_transpose)(M m, adfun_v *tile, adfun_i64 step, const double *rows, adfun_i64 stride,
                                      adfun_i64 columns) {
  H_(adfun_transpose)(m.a, tile, step, rows, stride, columns);
  H_(adfun_transpose)(m.b, tile + ADFUN_N / 2, step, rows + MIDDLE * stride, stride, columns);
}
ADFUN_INLINE const V *N_(adfun_tile)(M m, V *tile, const double *rows, adfun_i64 stride, adfun_i64 columns) {
  N_(adfun_transpose)(m, (adfun_v *)tile, ADFUN_N, rows, stride, columns);
  return tile;
}

ADFUN_INLINE void N_(adfun_add_rows)(double *rows, adfun_i64 stride, const V *tile, adfun_i64 columns) {
  for (int k = 0; k < ADFUN_N; ++k)
    adfun_add_rows(rows + k * ADFUN_W * stride, stride, (const adfun_v *)tile + k, ADFUN_N, columns);
}
ADFUN_INLINE void N_(adfun_add_rows)(M m, double *rows, adfun_i64 stride, const V *tile, adfun_i64 columns) {
  const adfun_m *const masks = (const adfun_m *)&m;
  for (int k = 0; k < ADFUN_N; ++k)
    adfun_add_rows(masks[k], rows + k * ADFUN_W * stride, stride, (const adfun_v *)tile + k, ADFUN_N, columns);
}
ADFUN_INLINE V N_(adfun_rows_dot)(const double *rows, adfun_i64 stride, const double *y, adfun_i64 n) {
  return {H_(adfun_rows_dot)(rows, stride, y, n), H_(adfun_rows_dot)(rows + MIDDLE * stride, stride, y, n)};
}
ADFUN_INLINE void adfun_rows_add(double *g, const double *rows, adfun_i64 stride, V x, adfun_i64 n) {
  adfun_rows_add(g, rows, stride, x.a, n);
  adfun_rows_add(g, rows + MIDDLE * stride, stride, x.b, n);
}

/* -- overlapping sums ------------------------------------------------------------------------------------ */

template <int S> ADFUN_INLINE V adfun_behind(adfun_late<S> &late, V x) {
  const auto a = adfun_behind(late, x.a);
  return {a, adfun_behind(late, x.b)};
}

/* -- reductions --------------------------------------------------------------------------------------- */

#define ADFUN_EXTREME(GROUP, NAME)                                                                    \
  ADFUN_INLINE GROUP NAME(GROUP x, GROUP y) { return {NAME(x.a, y.a), NAME(x.b, y.b)}; }
ADFUN_EXTREME(V, adfun_minimum)
ADFUN_EXTREME(V, adfun_maximum)
ADFUN_EXTREME(L, adfun_imin)
ADFUN_EXTREME(L, adfun_imax)
#undef ADFUN_EXTREME

ADFUN_INLINE double adfun_lanes_add(V x) { return adfun_lanes_add(x.a + x.b); }
ADFUN_INLINE double adfun_lanes_mul(V x) { return adfun_lanes_mul(x.a * x.b); }
ADFUN_INLINE double adfun_lanes_minimum(V x) { return adfun_lanes_minimum(adfun_minimum(x.a, x.b)); }
ADFUN_INLINE double adfun_lanes_maximum(V x) { return adfun_lanes_maximum(adfun_maximum(x.a, x.b)); }
ADFUN_INLINE adfun_i64 adfun_lanes_iadd(L x) { return adfun_lanes_iadd(x.a + x.b); }
ADFUN_INLINE adfun_i64 adfun_lanes_imul(L x) { return adfun_lanes_imul(x.a * x.b); }
ADFUN_INLINE adfun_i64 adfun_lanes_imin(L x) { return adfun_lanes_imin(adfun_imin(x.a, x.b)); }
ADFUN_INLINE adfun_i64 adfun_lanes_imax(L x) { return adfun_lanes_imax(adfun_imax(x.a, x.b)); }
ADFUN_INLINE bool adfun_lanes_band(M x) { return adfun_lanes_band(x.a & x.b); }
ADFUN_INLINE bool adfun_lanes_bor(M x) { return adfun_lanes_bor(x.a | x.b); }

#undef N_
#undef H_
#undef V
#undef L
#undef M
#undef WHOLE
#undef MIDDLE
