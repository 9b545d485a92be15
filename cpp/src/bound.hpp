// A compiled function with its data: prepared once, then called from any thread.
#pragma once
#include <adfun/abi.h>
#include <pybind11/pybind11.h>

#include <cstdint>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "library.hpp"
#include "workspace.hpp"

namespace adfun {

// What `adfun_inputs` points to, kept alive.  One serves every function of a module.
struct Inputs {
  std::vector<void *> data;
  std::vector<adfun_i64> ints;
  std::vector<double> reals;
  std::vector<adfun_i64> offsets;
  std::vector<void *> lapack;
  std::vector<pybind11::object> owners;

  adfun_i64 parameters() const { return offsets.empty() ? 0 : offsets.back(); }
  void *blas() const { return lapack.empty() ? nullptr : lapack.front(); }
};

// How many doubles a function writes.
struct Outputs {
  int values;     // in all
  int gradients;  // doubles per parameter, in all
  int last;       // doubles per parameter of the last gradient array
  int slots, growable;
};

using Prepare = adfun_i32(const adfun_inputs *, adfun_workspace *, adfun_slot *);
using Call = adfun_i32(const adfun_inputs *, adfun_workspace *, const adfun_slot *, double *, double *);

class Bound {
 public:
  // `threads`: how many may work on one call.
  Bound(std::shared_ptr<Library> library, const std::string &name, std::shared_ptr<Inputs> inputs, Outputs outputs,
        int threads, pybind11::object fail);

  // With the GIL held: runs once, and releases the GIL meanwhile when calls take long.  Returns false with
  // a Python exception set.  `used` becomes the x that was used.
  bool run(const double *x, double *value, double *gradient, std::vector<double> &used);

  // With the GIL held: takes a workspace that holds a copy of x, and lets `each(k, workspace)` -> status
  // make `count` calls with the GIL released; `after(workspace)` sees the last one's reports.  What all
  // calls share is done before them.
  template <class Each, class After>
  bool sweep(const double *x, adfun_i64 count, Each each, After after);

  adfun_i32 invoke(const double *x, const double *seed, Workspace &workspace, double *value, double *gradient) const;

  adfun_i64 parameters() const { return parameters_; }
  const Outputs &outputs() const { return outputs_; }

 private:
  std::shared_ptr<Library> library_;
  std::shared_ptr<Inputs> inputs_;
  Outputs outputs_;
  int threads_;
  adfun_i64 parameters_;
  adfun_inputs template_{};
  Call *call_ = nullptr;
  Prepare *point_ = nullptr;  // what only depends on x, if that is apart
  pybind11::object fail_;
  std::vector<adfun_slot> state_;
  std::unique_ptr<Workspace> state_memory_;
  std::vector<std::unique_ptr<Workspace>> free_;  // guarded by the GIL

  // Whether calls take long enough to be worth releasing the GIL for, which costs some 50 ns.
  bool long_ = true;
  unsigned calls_ = 0;

  std::unique_ptr<Workspace> take_workspace();
  void give_back(std::unique_ptr<Workspace> workspace);
  adfun_i32 share(Workspace &workspace) const;
  bool failed(adfun_i32 status, const Workspace &workspace) const;  // sets the exception, returns false
  template <class Action>
  adfun_i32 unlocked(Action action);
};

// Runs an action without the GIL, if the last one that was timed took long enough.
template <class Action>
adfun_i32 Bound::unlocked(Action action) {
  constexpr std::chrono::microseconds worth_releasing{10};
  constexpr unsigned sampled = 64;  // of short actions, one in so many is timed
  using Clock = std::chrono::steady_clock;
  if (!long_ && ++calls_ % sampled != 0) return action();
  adfun_i32 status;
  Clock::duration taken;
  const auto timed = [&] {
    const auto start = Clock::now();
    status = action();
    taken = Clock::now() - start;
  };
  if (long_) {
    pybind11::gil_scoped_release released;
    timed();
  } else {
    timed();
  }
  long_ = taken > worth_releasing;
  return status;
}

template <class Each, class After>
bool Bound::sweep(const double *x, adfun_i64 count, Each each, After after) {
  auto workspace = take_workspace();
  workspace->x.assign(x, x + parameters_);
  const adfun_i32 status = unlocked([&] {
    adfun_i32 status = point_ ? share(*workspace) : 0;
    for (adfun_i64 k = 0; k < count && status == 0; ++k) {
      workspace->rewind();
      status = each(k, *workspace);
    }
    return status;
  });
  const bool good = status == 0 ? after(*workspace) : failed(status, *workspace);
  give_back(std::move(workspace));
  return good;
}

}  // namespace adfun
