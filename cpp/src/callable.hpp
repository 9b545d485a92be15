// What the user calls: fn, gr, fn_gr, hvp, he, report.  Hand-written CPython types, because a call from
// Python must cost little more than the arrays it makes.
#pragma once
#include <pybind11/pybind11.h>

#include <array>
#include <memory>
#include <vector>

#include "bound.hpp"

namespace adfun {

// What callables of one objective share.
struct Target {
  std::shared_ptr<Bound> value, gradient;
  pybind11::object load;     // () -> (Bound, columns), asked at the first call where there is no `gradient` yet
  pybind11::object par;      // where to evaluate when no x is given
  pybind11::object convert;  // (argument, its name) -> float64 array of the right length, or an exception
  pybind11::object reduce;   // name -> what pickle makes the callable of that name from

  // Of a Hessian whose directions are the parameters in an order of their own: where each stands in x.
  std::vector<size_t> columns;

  // The last x, and what was computed there and not asked for yet; guarded by the GIL.
  //
  // A result is handed out once: asking again computes again.  Optimisers ask for fn(x), then gr(x); once
  // they have done so twice in a row, fn computes both and keeps the gradient for gr.
  std::vector<double> x;
  double known_value = 0.0;
  pybind11::object known_gradient;
  bool has_value = false, from_fn = false;
  int followed = 0;

  // The last gradients, products and Hessians handed out: filled again once nobody else has them, as making an
  // array takes longer than a small objective, and memory fresh from the system longer than a large one.
  // Optimisers have two or three at a time.  Guarded by the GIL.
  std::array<pybind11::object, 4> spares;
  size_t oldest = 0;

  // With the GIL held: has `gradient` loaded if it must be; false with a Python exception set.
  bool ready() { return gradient || loaded(); }
  bool at(const double *other) const;
  bool expects_gradient() const { return followed >= 2; }

 private:
  bool loaded();
};

enum class Kind { value, gradient, pair, product, hessian, report };

// Must run once before the others; false with a Python exception set.
bool ready_callables();
// A new callable; null with a Python exception set.
PyObject *make_callable(Kind kind, std::shared_ptr<Target> target);

}  // namespace adfun
