/* Polynomials of lgamma, digamma and trigamma.  Made by cpp/fits/special.py. */
#pragma once
#include "adfun/special/lanes.h"

/* lgamma(y) / ((y - 1) (y - 2)), t = y - 1.75, y in [1.25, 2.25] */
template <class V> ADFUN_INLINE V adfun_lgamma_near(V t) {
  V r = V{} - 0x1.c1b91a709aa8dp-21;
  r = r * t + 0x1.942a84b092c86p-20;
  r = r * t - 0x1.cd2f9cbcb93b6p-20;
  r = r * t + 0x1.ae731d4cf75adp-19;
  r = r * t - 0x1.b3eb9a7acbbc6p-18;
  r = r * t + 0x1.93fc3fe21db02p-17;
  r = r * t - 0x1.75a07bc8c4c39p-16;
  r = r * t + 0x1.5db69d11782e2p-15;
  r = r * t - 0x1.49192f553b679p-14;
  r = r * t + 0x1.3777505a566b3p-13;
  r = r * t - 0x1.28f25fe5bcf2ep-12;
  r = r * t + 0x1.1daed1c201ba7p-11;
  r = r * t - 0x1.160562858c29dp-10;
  r = r * t + 0x1.12aa730163452p-9;
  r = r * t - 0x1.14f7c58e8b8f0p-8;
  r = r * t + 0x1.1f9587fa11635p-7;
  r = r * t - 0x1.382e176f60ca1p-6;
  r = r * t + 0x1.6cb6251711962p-5;
  r = r * t - 0x1.e96586307946dp-4;
  r = r * t + 0x1.ccf151e09cde8p-2;
  return r;
}

/* x (lgamma(x) - Stirling's leading terms), t = 1 / x^2, x >= 4.25 */
template <class V> ADFUN_INLINE V adfun_lgamma_far(V t) {
  V r = V{} - 0x1.53b8f36c87734p-7;
  r = r * t + 0x1.4ec9178a7d817p-8;
  r = r * t - 0x1.e8c18dabe0e30p-10;
  r = r * t + 0x1.b8a74d0c174cbp-11;
  r = r * t - 0x1.381138c6cddecp-11;
  r = r * t + 0x1.a019fdb90e56cp-11;
  r = r * t - 0x1.6c16c16b7289fp-9;
  r = r * t + 0x1.555555555554cp-4;
  return r;
}

/* digamma(y) / (y - root), t = y - 1.75, y in [1.25, 2.25] */
template <class V> ADFUN_INLINE V adfun_digamma_near(V t) {
  V r = V{} + 0x1.1f744fe2d002cp-17;
  r = r * t - 0x1.ec91fb0740437p-17;
  r = r * t + 0x1.e4bd9fc024dd7p-17;
  r = r * t - 0x1.aebb346c6ff3fp-16;
  r = r * t + 0x1.adfcb4192968ap-15;
  r = r * t - 0x1.776d43c74f965p-14;
  r = r * t + 0x1.44673e215dac7p-13;
  r = r * t - 0x1.1c0724a5a0f79p-12;
  r = r * t + 0x1.f1c23cdfd89f3p-12;
  r = r * t - 0x1.b3f5531ba8308p-11;
  r = r * t + 0x1.7e0aa6d490174p-10;
  r = r * t - 0x1.4f1c17d54c97bp-9;
  r = r * t + 0x1.266021590aed1p-8;
  r = r * t - 0x1.0335d28d6c6b6p-7;
  r = r * t + 0x1.ca494720c8afcp-7;
  r = r * t - 0x1.97cc6e0fbb11ep-6;
  r = r * t + 0x1.6effaf57e7afep-5;
  r = r * t - 0x1.510ab0e5492fep-4;
  r = r * t + 0x1.41c830a3206d9p-3;
  r = r * t - 0x1.4e15b17372db1p-2;
  r = r * t + 0x1.b763ca67112a0p-1;
  return r;
}

/* x^2 (log x - 1 / 2x - digamma(x)), t = 1 / x^2, x >= 4.25 */
template <class V> ADFUN_INLINE V adfun_digamma_far(V t) {
  V r = V{} - 0x1.b19e29d888b5bp+1;
  r = r * t + 0x1.797c32aecfdc8p+0;
  r = r * t - 0x1.75ec96aa469b1p-2;
  r = r * t + 0x1.4a959d4c2b254p-4;
  r = r * t - 0x1.58a302e3dea56p-6;
  r = r * t + 0x1.f06eae1580427p-8;
  r = r * t - 0x1.1110f529ee1c3p-8;
  r = r * t + 0x1.041040e649d16p-8;
  r = r * t - 0x1.111111110ada9p-7;
  r = r * t + 0x1.5555555555554p-4;
  return r;
}

/* trigamma(y), t = y - 1.75, y in [1.25, 2.25] */
template <class V> ADFUN_INLINE V adfun_trigamma_near(V t) {
  V r = V{} + 0x1.eb8a5eb1ccd64p-15;
  r = r * t - 0x1.92dc80285484bp-14;
  r = r * t + 0x1.41125fe8ba39bp-14;
  r = r * t - 0x1.116a1cdfb1a9ap-13;
  r = r * t + 0x1.1a027be25da7ap-12;
  r = r * t - 0x1.d1d8d9c3acdfap-12;
  r = r * t + 0x1.77521e156be7ap-11;
  r = r * t - 0x1.3548a6ad5243fp-10;
  r = r * t + 0x1.fca12de4c8a01p-10;
  r = r * t - 0x1.9f8a3ceec83d2p-9;
  r = r * t + 0x1.51cf8e318c88ap-8;
  r = r * t - 0x1.11221e0fd6e42p-7;
  r = r * t + 0x1.b6e16fcc97770p-7;
  r = r * t - 0x1.5e083934a4f1ep-6;
  r = r * t + 0x1.14d0b621cf892p-5;
  r = r * t - 0x1.b188345fca64dp-5;
  r = r * t + 0x1.4f989698d6ef8p-4;
  r = r * t - 0x1.004a70c3a8e52p-3;
  r = r * t + 0x1.81403f3f521e0p-3;
  r = r * t - 0x1.1c205e39b352ep-2;
  r = r * t + 0x1.99c76b4940005p-2;
  r = r * t - 0x1.1fb05edd1d43fp-1;
  r = r * t + 0x1.87385c3c034c4p-1;
  return r;
}

/* x^3 (trigamma(x) - 1 / x - 1 / 2x^2), t = 1 / x^2, x >= 4.25 */
template <class V> ADFUN_INLINE V adfun_trigamma_far(V t) {
  V r = V{} + 0x1.7c5701df7bfb7p+8;
  r = r * t - 0x1.4522e738ba7c1p+7;
  r = r * t + 0x1.23b86062714f5p+5;
  r = r * t - 0x1.9a27a01408826p+2;
  r = r * t + 0x1.26283d45d7729p+0;
  r = r * t - 0x1.02e03802856fep-2;
  r = r * t + 0x1.364a06ec3e41fp-4;
  r = r * t - 0x1.1111051b79f6fp-5;
  r = r * t + 0x1.86186171307e3p-6;
  r = r * t - 0x1.111111110d79ap-5;
  r = r * t + 0x1.5555555555555p-3;
  return r;
}

/* sin(pi r) / r, t = r^2, |r| <= 1/2 */
template <class V> ADFUN_INLINE V adfun_sinpi(V t) {
  V r = V{} - 0x1.7ed4fa941f7b3p-26;
  r = r * t + 0x1.aabbe517968f8p-21;
  r = r * t - 0x1.6fad488e45cd0p-16;
  r = r * t + 0x1.e8f4338e1bb83p-12;
  r = r * t - 0x1.e3074fdc52475p-8;
  r = r * t + 0x1.50783487ec19fp-4;
  r = r * t - 0x1.32d2cce62bd57p-1;
  r = r * t + 0x1.466bc6775aae2p+1;
  r = r * t - 0x1.4abbce625be53p+2;
  r = r * t + 0x1.921fb54442d18p+1;
  return r;
}
