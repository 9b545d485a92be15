/* Polynomials of the normal quantile.  Made by cpp/fits/special.py. */
#pragma once
#include "adfun/special/lanes.h"

/* ndtri(p) / q, q = p - 1/2, t = q^2, |q| <= 0.35 */
template <class V> ADFUN_INLINE V adfun_ndtri_near_fit(V t) {
  V r = V{} + 0x1.8643ed9a46bcep+41;
  r = r * t - 0x1.7a33a7cc385eap+41;
  r = r * t + 0x1.5cfa159c29474p+40;
  r = r * t - 0x1.8efb6499df45cp+38;
  r = r * t + 0x1.3b92d3c8cd2edp+36;
  r = r * t - 0x1.6af9e8cce30f2p+33;
  r = r * t + 0x1.3b8d26480dad8p+30;
  r = r * t - 0x1.9d140245b9bb2p+26;
  r = r * t + 0x1.ba039e3240908p+22;
  r = r * t - 0x1.0728043f0a23bp+18;
  r = r * t + 0x1.07cd283efe40dp+15;
  r = r * t + 0x1.57ac04473ba74p+12;
  r = r * t + 0x1.a87cfaff21835p+10;
  r = r * t + 0x1.f02584a8f5292p+8;
  r = r * t + 0x1.2ba992c3ef8abp+7;
  r = r * t + 0x1.78494590ec589p+5;
  r = r * t + 0x1.f55d0d9197d96p+3;
  r = r * t + 0x1.71713082bbe70p+2;
  r = r * t + 0x1.4ffddeaa22eacp+1;
  r = r * t + 0x1.40d931ff62706p+1;
  return r;
}

/* -(x + r), r = sqrt(-2 log p), t = 1 / (r + 3) - 0x1.2c0c568078da0p-3 */
template <class V> ADFUN_INLINE V adfun_ndtri_tail_fit(V t) {
  V r = V{} + 0x1.e70407e21338ap+37;
  r = r * t - 0x1.ddeb42e7238edp+37;
  r = r * t - 0x1.22c5325ccf4d8p+32;
  r = r * t - 0x1.18f6bbac70223p+32;
  r = r * t - 0x1.159ea2f64a7a4p+28;
  r = r * t - 0x1.770ed03d9d35cp+27;
  r = r * t - 0x1.ff4fee3aaec10p+23;
  r = r * t - 0x1.c6660b8539201p+22;
  r = r * t - 0x1.9be812bf36c91p+19;
  r = r * t - 0x1.297b96ffd66eap+18;
  r = r * t - 0x1.44e95f88ee15cp+15;
  r = r * t - 0x1.a6f226b4e430dp+13;
  r = r * t - 0x1.092dae13283e7p+11;
  r = r * t - 0x1.4d894d8d25259p+9;
  r = r * t - 0x1.e017c14001d9ap+6;
  r = r * t - 0x1.5490e257dfb90p+5;
  r = r * t - 0x1.29e149d74364dp+3;
  r = r * t - 0x1.29220acdeaaabp+2;
  r = r * t - 0x1.3b347a1a5ff71p-1;
  return r;
}

/* -(x + r), r = sqrt(-2 log p), t = 1 / (r + 12) - 0x1.1d1d1d1d1d1d2p-5 */
template <class V> ADFUN_INLINE V adfun_ndtri_far_fit(V t) {
  V r = V{} - 0x1.6e13bcb8d0236p+80;
  r = r * t + 0x1.df976666de68bp+73;
  r = r * t - 0x1.d7acc2f06fc01p+69;
  r = r * t - 0x1.5c7c9e30d878cp+64;
  r = r * t - 0x1.9d9fc2f6083e7p+61;
  r = r * t - 0x1.0d317c593e70ep+56;
  r = r * t - 0x1.e248cb5c92df3p+52;
  r = r * t - 0x1.f4cfecc5c72c0p+47;
  r = r * t - 0x1.40dd5e42bae3ep+44;
  r = r * t - 0x1.997e221045524p+39;
  r = r * t - 0x1.c4fa01c312b9ep+35;
  r = r * t - 0x1.47580d7b8198dp+31;
  r = r * t - 0x1.513fe290982bcp+27;
  r = r * t - 0x1.071335967233dp+23;
  r = r * t - 0x1.09321a4bd1331p+19;
  r = r * t - 0x1.b4c82de964f9bp+14;
  r = r * t - 0x1.c6ed833ecfaa6p+10;
  r = r * t - 0x1.8c8f8e0fe7ed8p+6;
  r = r * t - 0x1.059ac023d2b0ep+3;
  r = r * t - 0x1.cb2e7d5c49a6dp-3;
  return r;
}
