#include "blas.hpp"

#include <dlfcn.h>
#include <pthread.h>

#include <mutex>
#include <new>

namespace adfun {
namespace {

struct Control {
  int (*get)() = nullptr;
  void (*set)(int) = nullptr;
};

std::mutex guard;
int users = 0, before = 1;

// Threads that were in a call do not exist in a forked child.
void start_anew() {
  new (&guard) std::mutex;
  users = 0;
}

// OpenBLAS by the names that SciPy's wheels and the systems' packages give its functions.
Control control_of(void *routine) {
  constexpr const char *names[][2] = {
      {"scipy_openblas_get_num_threads", "scipy_openblas_set_num_threads"},
      {"scipy_openblas_get_num_threads64_", "scipy_openblas_set_num_threads64_"},
      {"openblas_get_num_threads", "openblas_set_num_threads"},
      {"openblas_get_num_threads64_", "openblas_set_num_threads64_"},
  };
  Dl_info info;
  if (!dladdr(routine, &info) || !info.dli_fname) return {};
  void *handle = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);  // it looks into what SciPy links to, too
  if (!handle) return {};
  Control found;
  for (const auto &pair : names) {
    found.get = reinterpret_cast<int (*)()>(dlsym(handle, pair[0]));
    found.set = reinterpret_cast<void (*)(int)>(dlsym(handle, pair[1]));
    if (found.get && found.set) break;
    found = {};
  }
  dlclose(handle);
  pthread_atfork(nullptr, nullptr, start_anew);
  return found;
}

const Control &control(void *routine) {
  static const Control found = control_of(routine);
  return found;
}

}  // namespace

OneBlasThread::OneBlasThread(void *routine) : active_(routine && control(routine).set) {
  if (!active_) return;
  const std::lock_guard<std::mutex> held(guard);
  if (users++ > 0) return;
  before = control(routine).get();
  if (before > 1) control(routine).set(1);
}

OneBlasThread::~OneBlasThread() {
  if (!active_) return;
  const std::lock_guard<std::mutex> held(guard);
  if (--users == 0 && before > 1) control(nullptr).set(before);
}

}  // namespace adfun
