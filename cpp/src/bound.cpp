#include "bound.hpp"

#include <stdexcept>

#include "blas.hpp"

namespace py = pybind11;

namespace adfun {
namespace {

constexpr size_t most_kept = 64;  // idle workspaces


template <class Function>
Function *exported(const Library &library, const std::string &name) {
  void *address = library.symbol(name);
  if (!address) throw std::runtime_error("the compiled module does not export " + name);
  return reinterpret_cast<Function *>(address);
}

}  // namespace

Bound::Bound(std::shared_ptr<Library> library, const std::string &name, std::shared_ptr<Inputs> inputs,
             Outputs outputs, int threads, py::object fail)
    : library_(std::move(library)),
      inputs_(std::move(inputs)),
      outputs_(outputs),
      threads_(threads),
      parameters_(inputs_->parameters()),
      fail_(std::move(fail)),
      state_(static_cast<size_t>(outputs.slots) + 1),
      state_memory_(std::make_unique<Workspace>(outputs.growable)) {
  call_ = exported<Call>(*library_, "adfun_call_" + name);
  auto *prepare = exported<Prepare>(*library_, "adfun_prepare_" + name);
  point_ = reinterpret_cast<Prepare *>(library_->symbol("adfun_point_" + name));
  template_ = {nullptr,
               nullptr,
               inputs_->data.data(),
               inputs_->ints.data(),
               inputs_->reals.data(),
               inputs_->offsets.data(),
               nullptr};
  state_memory_->lapack = inputs_->lapack.data();
  adfun_i32 status;
  {
    py::gil_scoped_release released;
    const OneBlasThread one(inputs_->blas());
    status = prepare(&template_, state_memory_.get(), state_.data());
  }
  if (status != 0) {
    failed(status, *state_memory_);
    throw py::error_already_set();
  }
}

std::unique_ptr<Workspace> Bound::take_workspace() {
  if (free_.empty()) {
    auto fresh = std::make_unique<Workspace>(outputs_.growable, threads_);
    fresh->lapack = inputs_->lapack.data();
    return fresh;
  }
  auto workspace = std::move(free_.back());
  free_.pop_back();
  return workspace;
}

void Bound::give_back(std::unique_ptr<Workspace> workspace) {
  workspace->recycle();
  if (free_.size() < most_kept) free_.push_back(std::move(workspace));
}

adfun_i32 Bound::invoke(const double *x, const double *seed, Workspace &workspace, double *value,
                        double *gradient) const {
  adfun_inputs inputs = template_;
  inputs.x = x;
  inputs.seed = seed;
  inputs.block = workspace.block;
  const OneBlasThread one(inputs_->blas());
  const adfun_slot *state = point_ ? workspace.state.data() : state_.data();
  return call_(&inputs, &workspace, state, value, gradient);
}

adfun_i32 Bound::share(Workspace &workspace) const {
  adfun_inputs inputs = template_;
  inputs.x = workspace.x.data();
  workspace.state = state_;
  const OneBlasThread one(inputs_->blas());
  const adfun_i32 status = point_(&inputs, &workspace, workspace.state.data());
  workspace.mark();
  return status;
}

bool Bound::run(const double *x, double *value, double *gradient, std::vector<double> &used) {
  auto workspace = take_workspace();
  workspace->x.assign(x, x + parameters_);  // the caller's array may change or go away meanwhile
  const adfun_i32 status =
      unlocked([&] { return invoke(workspace->x.data(), nullptr, *workspace, value, gradient); });
  const bool good = status == 0 || failed(status, *workspace);
  if (good) used.swap(workspace->x);
  give_back(std::move(workspace));
  return good;
}

bool Bound::failed(adfun_i32 status, const Workspace &workspace) const {
  if (PyErr_Occurred()) return false;
  if (status == ADFUN_NO_MEMORY) {
    PyErr_SetString(PyExc_MemoryError, "the compiled objective ran out of memory");
    return false;
  }
  PyObject *result =
      PyObject_CallFunction(fail_.ptr(), "i(LLLL)", static_cast<int>(status),
                            static_cast<long long>(workspace.error[0].integer),
                            static_cast<long long>(workspace.error[1].integer),
                            static_cast<long long>(workspace.error[2].integer),
                            static_cast<long long>(workspace.error[3].integer));
  if (result) {
    Py_DECREF(result);
    PyErr_Format(PyExc_SystemError, "check %d failed, and nothing was raised", static_cast<int>(status));
  }
  return false;
}

}  // namespace adfun
