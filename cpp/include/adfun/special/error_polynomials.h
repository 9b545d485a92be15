/* Polynomials of erf and erfcx.  Made by cpp/fits/special.py. */
#pragma once
#include "adfun/special/lanes.h"

/* erf(x) / x, t = x^2, |x| <= 3/4 */
template <class V> ADFUN_INLINE V adfun_erf_near(V t) {
  V r = V{} - 0x1.053d7eeb62144p-30;
  r = r * t + 0x1.ef449b94d938ep-27;
  r = r * t - 0x1.5ec11c4bd4b1ep-23;
  r = r * t + 0x1.b9daea0067d04p-20;
  r = r * t - 0x1.f4d1d67ccb9f9p-17;
  r = r * t + 0x1.f9a3230a0e357p-14;
  r = r * t - 0x1.c02db3ecb387bp-11;
  r = r * t + 0x1.565bcd0e2cb38p-8;
  r = r * t - 0x1.b82ce31287cfbp-6;
  r = r * t + 0x1.ce2f21a042bc6p-4;
  r = r * t - 0x1.812746b0379e7p-2;
  r = r * t + 0x1.20dd750429b6dp+0;
  return r;
}

/* (x + 3.75) erfcx(x), t = (x - 3.75) / (x + 3.75), x >= 0 */
template <class V> ADFUN_INLINE V adfun_erfcx_ratio(V t) {
  V r = V{} + 0x1.c6d346b5d8963p-35;
  r = r * t + 0x1.e44c9877fcdcfp-32;
  r = r * t - 0x1.28f461e2068cfp-31;
  r = r * t - 0x1.70f12e0dbca96p-28;
  r = r * t + 0x1.ed4d27b4b5715p-29;
  r = r * t + 0x1.59620d6eee845p-25;
  r = r * t - 0x1.d272ebcdea1fbp-26;
  r = r * t - 0x1.1acbf7c687e5dp-22;
  r = r * t + 0x1.2c7782d3a1c2fp-22;
  r = r * t + 0x1.bc6aee44affd3p-20;
  r = r * t - 0x1.b97bebf658001p-19;
  r = r * t - 0x1.2ac192436371dp-17;
  r = r * t + 0x1.3a55b2ac07a47p-15;
  r = r * t + 0x1.63789f48d18afp-17;
  r = r * t - 0x1.6d952b8adc0a6p-12;
  r = r * t + 0x1.a0b75abc44d89p-11;
  r = r * t + 0x1.0290071b2ea1cp-10;
  r = r * t - 0x1.9ac69568edf24p-7;
  r = r * t + 0x1.92618b78c12abp-5;
  r = r * t - 0x1.0e3ea224ba9a9p-3;
  r = r * t + 0x1.1dc271189e814p-2;
  r = r * t - 0x1.f63dd8119622ep-2;
  r = r * t + 0x1.78fecb4e81afcp-1;
  r = r * t - 0x1.eae02d0a1456ap-1;
  r = r * t + 0x1.178842825349dp+0;
  return r;
}
