/* Polynomials of the modified Bessel functions I0 and I1.  Made by cpp/fits/special.py. */
#pragma once
#include "adfun/special/lanes.h"

/* I0(x), t = x^2 / 4, |x| <= 8 */
template <class V> ADFUN_INLINE V adfun_i0_near(V t) {
  V r = V{} + 0x1.8e189760fbc74p-168;
  r = r * t + 0x1.e5f504c9e358cp-159;
  r = r * t + 0x1.1159d2b18fe1fp-149;
  r = r * t + 0x1.1a6d4e307528fp-140;
  r = r * t + 0x1.0afb53e9cec0bp-131;
  r = r * t + 0x1.cbeaf38dc529fp-123;
  r = r * t + 0x1.674f8e46c208cp-114;
  r = r * t + 0x1.faaf2fa1c79e5p-106;
  r = r * t + 0x1.40a2dc2460523p-97;
  r = r * t + 0x1.69f7da8510bcdp-89;
  r = r * t + 0x1.69f7da8510bcdp-81;
  r = r * t + 0x1.3e22d70ef3b5fp-73;
  r = r * t + 0x1.e725594ee52e9p-66;
  r = r * t + 0x1.4197a7f5154bcp-58;
  r = r * t + 0x1.69ca9cf3b7f54p-51;
  r = r * t + 0x1.5601885e63e5dp-44;
  r = r * t + 0x1.0b313289be0b9p-37;
  r = r * t + 0x1.522a43f65486ap-31;
  r = r * t + 0x1.522a43f65486ap-25;
  r = r * t + 0x1.02e85c0898b71p-19;
  r = r * t + 0x1.23456789abcdfp-14;
  r = r * t + 0x1.c71c71c71c71cp-10;
  r = r * t + 0x1.c71c71c71c71cp-6;
  r = r * t + 0x1.0000000000000p-2;
  r = r * t + 0x1.0000000000000p+0;
  r = r * t + 0x1.0000000000000p+0;
  return r;
}

/* sqrt(x) exp(-x) I0(x), t = 16 / x - 1, x >= 8 */
template <class V> ADFUN_INLINE V adfun_i0_far(V t) {
  V r = V{} + 0x1.604db61ad3debp-35;
  r = r * t + 0x1.24d48c789b293p-36;
  r = r * t - 0x1.60f60148f6515p-32;
  r = r * t - 0x1.1153c28a5c5a9p-33;
  r = r * t + 0x1.4b8dc5e843814p-30;
  r = r * t + 0x1.e28f74bf3433bp-32;
  r = r * t - 0x1.8ab4cd3d4020ep-29;
  r = r * t - 0x1.1a39fc6f3bf77p-30;
  r = r * t + 0x1.56f1d3b1b3a43p-28;
  r = r * t + 0x1.10973e09f287fp-29;
  r = r * t - 0x1.dcd81d0c61ce6p-28;
  r = r * t - 0x1.0693a8366885bp-28;
  r = r * t + 0x1.103d02e6bfeafp-27;
  r = r * t + 0x1.087d59e67c7aep-27;
  r = r * t - 0x1.7eff15504675ap-28;
  r = r * t - 0x1.ce4513f876844p-27;
  r = r * t - 0x1.cd0a7f75b5268p-28;
  r = r * t + 0x1.03e3a46a554fap-27;
  r = r * t + 0x1.7219c8ee56ad4p-26;
  r = r * t + 0x1.51cbf2b8d32b7p-25;
  r = r * t + 0x1.7d0fa25980c1ap-24;
  r = r * t + 0x1.3f49ad6d6f0a1p-22;
  r = r * t + 0x1.8e513a0ac9181p-20;
  r = r * t + 0x1.75e5ee702007ep-17;
  r = r * t + 0x1.1daa72b5e65fcp-13;
  r = r * t + 0x1.b87969bb93bc0p-9;
  r = r * t + 0x1.9bd428ad249a5p-2;
  return r;
}

/* I1(x) / (x / 2), t = x^2 / 4, |x| <= 8 */
template <class V> ADFUN_INLINE V adfun_i1_near(V t) {
  V r = V{} + 0x1.e9f6e1b270f54p-173;
  r = r * t + 0x1.37033643c4b3bp-163;
  r = r * t + 0x1.6c77c3976a829p-154;
  r = r * t + 0x1.88f11edf3ed4cp-145;
  r = r * t + 0x1.84564b82a1184p-136;
  r = r * t + 0x1.5e69de22df5cep-127;
  r = r * t + 0x1.1f72d8389b3a3p-118;
  r = r * t + 0x1.aaae78f4066a6p-110;
  r = r * t + 0x1.1d028acb00491p-101;
  r = r * t + 0x1.54ad09e6a6575p-93;
  r = r * t + 0x1.69f7da8510bcdp-85;
  r = r * t + 0x1.53585cdcbfb10p-77;
  r = r * t + 0x1.165e7c2d153f3p-69;
  r = r * t + 0x1.8bce58901a35ep-62;
  r = r * t + 0x1.e2637bef9ff1ap-55;
  r = r * t + 0x1.f17697cf1cf13p-48;
  r = r * t + 0x1.ab81ea75fcdf4p-41;
  r = r * t + 0x1.2c9758daf5cd0p-34;
  r = r * t + 0x1.522a43f65486ap-28;
  r = r * t + 0x1.27e4fb7789f5cp-22;
  r = r * t + 0x1.845c8a0ce5129p-17;
  r = r * t + 0x1.6c16c16c16c17p-12;
  r = r * t + 0x1.c71c71c71c71cp-8;
  r = r * t + 0x1.5555555555555p-4;
  r = r * t + 0x1.0000000000000p-1;
  r = r * t + 0x1.0000000000000p+0;
  return r;
}

/* sqrt(x) exp(-x) I1(x), t = 16 / x - 1, x >= 8 */
template <class V> ADFUN_INLINE V adfun_i1_far(V t) {
  V r = V{} - 0x1.6ea1785f94461p-35;
  r = r * t - 0x1.12e7f21d2c006p-36;
  r = r * t + 0x1.6f38e89af41c8p-32;
  r = r * t + 0x1.fef895f7b3a5dp-34;
  r = r * t - 0x1.58ea81b215aecp-30;
  r = r * t - 0x1.c15e6112d1143p-32;
  r = r * t + 0x1.9ac4c401343a2p-29;
  r = r * t + 0x1.07047fc5cbf7ap-30;
  r = r * t - 0x1.657e73fb0c472p-28;
  r = r * t - 0x1.0183064563578p-29;
  r = r * t + 0x1.f378468033ef8p-28;
  r = r * t + 0x1.ff8b852ecf6dbp-29;
  r = r * t - 0x1.20a8e052b5bb9p-27;
  r = r * t - 0x1.0b4539bc94915p-27;
  r = r * t + 0x1.a69d58942c511p-28;
  r = r * t + 0x1.e3a948c415f47p-27;
  r = r * t + 0x1.cc06c41e1855cp-28;
  r = r * t - 0x1.21de6538102d1p-27;
  r = r * t - 0x1.91759fab32ad6p-26;
  r = r * t - 0x1.7277b8802ae6ap-25;
  r = r * t - 0x1.ad8de57f3f4ffp-24;
  r = r * t - 0x1.761384ba8ebf9p-22;
  r = r * t - 0x1.ec8e1003fce04p-20;
  r = r * t - 0x1.f89c2304b860ep-17;
  r = r * t - 0x1.cbc54df1ecf62p-13;
  r = r * t - 0x1.3f796198ee63ap-7;
  r = r * t + 0x1.8ebe783a84030p-2;
  return r;
}
