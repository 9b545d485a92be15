#define NPY_NO_DEPRECATED_API NPY_1_22_API_VERSION
#define NPY_TARGET_VERSION NPY_1_22_API_VERSION
#include "callable.hpp"

#include <numpy/arrayobject.h>
#include <pybind11/stl.h>
#include <structmember.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace py = pybind11;

namespace adfun {

bool Target::at(const double *other) const {
  const size_t n = static_cast<size_t>(gradient->parameters());
  return x.size() == n && (n == 0 || std::memcmp(x.data(), other, n * sizeof(double)) == 0);
}

bool Target::loaded() try {
  auto [bound, places] = load().cast<std::pair<std::shared_ptr<Bound>, std::vector<size_t>>>();
  if (!gradient) {  // else another thread was faster, and may be at work on it
    columns = std::move(places);
    gradient = std::move(bound);
  }
  return true;
} catch (py::error_already_set &error) {
  error.restore();
  return false;
} catch (const py::cast_error &error) {
  PyErr_SetString(PyExc_SystemError, error.what());
  return false;
}

namespace {

struct Callable {
  PyObject_HEAD
  vectorcallfunc vectorcall;
  std::shared_ptr<Target> *target;
  const char *name;
};

using Arguments = PyObject *const *;

// -- arguments ----------------------------------------------------------------------------------

PyArrayObject *as_array(PyObject *object) { return reinterpret_cast<PyArrayObject *>(object); }
double *doubles(PyObject *array) { return static_cast<double *>(PyArray_DATA(as_array(array))); }

// Whether it is a contiguous float64 array (n,), or (n, n) where the rank is 2.
bool is_plain(PyObject *object, npy_intp n, int rank = 1) {
  if (!PyArray_CheckExact(object)) return false;
  PyArrayObject *array = as_array(object);
  return PyArray_NDIM(array) == rank && PyArray_DIM(array, 0) == n && PyArray_DIM(array, rank - 1) == n &&
         PyArray_TYPE(array) == NPY_DOUBLE && PyArray_ISCARRAY_RO(array);
}

// One argument as n doubles: the array itself where it can be read as it is, else a converted copy.
class Vector {
 public:
  bool read(const Target &target, PyObject *given, const char *name, npy_intp n) {
    if (!given || given == Py_None) given = target.par.ptr();
    if (is_plain(given, n)) {
      data_ = doubles(given);
      return true;
    }
    copy_ = py::reinterpret_steal<py::object>(PyObject_CallFunction(target.convert.ptr(), "Os", given, name));
    if (!copy_) return false;
    if (!is_plain(copy_.ptr(), n)) {
      PyErr_Format(PyExc_SystemError, "the converter of %s gave no float64 array of length %zd", name, n);
      return false;
    }
    data_ = doubles(copy_.ptr());
    return true;
  }
  const double *data() const { return data_; }

 private:
  const double *data_ = nullptr;
  py::object copy_;
};

// Positional and keyword arguments by name; what is not given stays null.
bool parse(const Callable *self, Arguments args, size_t nargsf, PyObject *keywords, const char *const *names,
           Py_ssize_t count, PyObject **found) {
  const Py_ssize_t given = PyVectorcall_NARGS(nargsf);
  if (given > count) {
    PyErr_Format(PyExc_TypeError, "%s() takes at most %zd argument%s, got %zd", self->name, count,
                 count == 1 ? "" : "s", given);
    return false;
  }
  for (Py_ssize_t k = 0; k < given; ++k) found[k] = args[k];
  const Py_ssize_t named = keywords ? PyTuple_GET_SIZE(keywords) : 0;
  for (Py_ssize_t k = 0; k < named; ++k) {
    PyObject *keyword = PyTuple_GET_ITEM(keywords, k);
    Py_ssize_t place = 0;
    while (place < count && PyUnicode_CompareWithASCIIString(keyword, names[place]) != 0) ++place;
    if (place == count || found[place]) {
      PyErr_Format(PyExc_TypeError, "%s() got %s argument '%U'", self->name,
                   place == count ? "an unknown" : "a second", keyword);
      return false;
    }
    found[place] = args[given + k];
  }
  return true;
}

const char *const argument_names[] = {"x", "v"};

// The one argument of fn, gr, fn_gr: null when it is not given.
inline bool parse_x(const Callable *self, Arguments args, size_t nargsf, PyObject *keywords, PyObject **x) {
  if (PyVectorcall_NARGS(nargsf) == 1 && !keywords) {
    *x = args[0];
    return true;
  }
  return parse(self, args, nargsf, keywords, argument_names, 1, x);
}

// -- arrays that are filled again -----------------------------------------------------------------

constexpr npy_intp most_spared = 1 << 20;  // doubles: longer ones are worth less than their memory

// Whether an array that nobody else has is like a fresh one, and nobody can tell that it is not.
bool is_unused(PyObject *object, npy_intp n, int rank) {
  if (!is_plain(object, n, rank)) return false;
  PyArrayObject *array = as_array(object);
  const Py_ssize_t weak = Py_TYPE(object)->tp_weaklistoffset;
  const bool watched = weak > 0 && *reinterpret_cast<PyObject **>(reinterpret_cast<char *>(object) + weak);
  return !watched && PyArray_CHKFLAGS(array, NPY_ARRAY_OWNDATA | NPY_ARRAY_WRITEABLE);
}

// An array (n,) or (n, n) for a result.
PyObject *result_array(Target &target, npy_intp n, int rank = 1) {
  for (py::object &spare : target.spares) {
    if (!spare || Py_REFCNT(spare.ptr()) > 1) continue;
    if (is_unused(spare.ptr(), n, rank)) return spare.release().ptr();
    spare = py::object();
  }
  npy_intp shape[] = {n, n};
  return PyArray_SimpleNew(rank, shape, NPY_DOUBLE);
}

void keep_spare(Target &target, PyObject *result) {
  if (PyArray_SIZE(as_array(result)) > most_spared) return;
  auto place = std::find_if(target.spares.begin(), target.spares.end(), [](const py::object &x) { return !x; });
  if (place == target.spares.end()) {
    place = target.spares.begin() + target.oldest;
    target.oldest = (target.oldest + 1) % target.spares.size();
  }
  *place = py::reinterpret_borrow<py::object>(result);
}

// -- fn, gr, fn_gr ------------------------------------------------------------------------------

// Runs value and gradient; a new reference to the gradient, or null with an exception set.
PyObject *both(Target &target, const double *x, double *value, std::vector<double> &used) {
  Bound &bound = *target.gradient;
  const npy_intp n = bound.parameters();
  PyObject *gradient = result_array(target, n);
  if (!gradient) return nullptr;
  if (!bound.run(x, value, doubles(gradient), used)) Py_CLEAR(gradient);
  else keep_spare(target, gradient);
  return gradient;
}

PyObject *call_value(Target &target, const double *x) {
  double value;
  if (target.has_value && target.at(x)) {
    target.has_value = false;
    return PyFloat_FromDouble(target.known_value);
  }
  if (target.from_fn) target.followed = 0;  // the last fn was not followed by gr
  if (target.expects_gradient()) {
    PyObject *gradient = both(target, x, &value, target.x);
    if (!gradient) return nullptr;
    target.known_gradient = py::reinterpret_steal<py::object>(gradient);
  } else {
    if (!target.value->run(x, &value, nullptr, target.x)) return nullptr;
    target.known_gradient = py::object();
  }
  target.has_value = false;
  target.from_fn = true;
  return PyFloat_FromDouble(value);
}

PyObject *call_gradient(Target &target, const double *x) {
  if (target.from_fn && target.at(x)) {
    target.from_fn = false;
    if (target.followed < 2) ++target.followed;
    if (target.known_gradient) return target.known_gradient.release().ptr();
  }
  double value;
  PyObject *gradient = both(target, x, &value, target.x);
  if (!gradient) return nullptr;
  target.known_gradient = py::object();
  target.known_value = value;
  target.has_value = true;
  target.from_fn = false;
  return gradient;
}

PyObject *call_pair(Target &target, const double *x) {
  double value;
  std::vector<double> used;
  PyObject *gradient = both(target, x, &value, used);
  if (!gradient) return nullptr;
  return Py_BuildValue("dN", value, gradient);
}

template <PyObject *function(Target &, const double *)>
PyObject *at_x(PyObject *object, Arguments args, size_t nargsf, PyObject *keywords) try {
  const auto *self = reinterpret_cast<Callable *>(object);
  Target &target = **self->target;
  if (!target.ready()) return nullptr;
  PyObject *given = nullptr;
  Vector x;
  if (!parse_x(self, args, nargsf, keywords, &given)) return nullptr;
  if (!x.read(target, given, "x", target.gradient->parameters())) return nullptr;
  return function(target, x.data());
} catch (const std::bad_alloc &) {
  return PyErr_NoMemory();
}

// -- second derivatives -------------------------------------------------------------------------

// One call with seed directions in `workspace.seed`; the derivative of the gradient along them.
const double *second_order(const Bound &bound, Workspace &workspace, adfun_i32 *status) {
  const auto n = static_cast<size_t>(bound.parameters());
  const Outputs &outputs = bound.outputs();
  const auto values = static_cast<size_t>(outputs.values);
  workspace.out.resize(values + n * static_cast<size_t>(outputs.gradients));
  double *out = workspace.out.data();
  *status = bound.invoke(workspace.x.data(), workspace.seed.data(), workspace, out, out + values);
  return out + values + n * static_cast<size_t>(outputs.gradients - outputs.last);
}

PyObject *product(Target &target, const double *x, const double *v) {
  Bound &bound = *target.gradient;
  const auto n = static_cast<size_t>(bound.parameters());
  const auto lanes = static_cast<size_t>(bound.outputs().last);
  PyObject *result = result_array(target, static_cast<npy_intp>(n));
  if (!result) return nullptr;
  const std::vector<double> direction(v, v + n);
  auto each = [&](adfun_i64, Workspace &workspace) {
    adfun_i32 status;
    workspace.seed.assign(n * lanes, 0.0);
    for (size_t i = 0; i < n; ++i) workspace.seed[i * lanes] = direction[i];
    const double *along = second_order(bound, workspace, &status);
    for (size_t i = 0; i < n; ++i) doubles(result)[i] = along[i * lanes];
    return status;
  };
  if (!bound.sweep(x, 1, each, [](Workspace &) { return true; })) Py_CLEAR(result);
  else keep_spare(target, result);
  return result;
}

// A block of unit directions at a time; of each the rows from the diagonal on, which may be all that there are.
PyObject *call_hessian(Target &target, const double *x) {
  Bound &bound = *target.gradient;
  const auto n = static_cast<size_t>(bound.parameters());
  const auto lanes = static_cast<size_t>(bound.outputs().last);
  PyObject *result = result_array(target, static_cast<npy_intp>(n), 2);
  if (!result) return nullptr;
  double *h = doubles(result);
  const auto place = [&](size_t k) { return target.columns.empty() ? k : target.columns[k]; };
  auto each = [&](adfun_i64 block, Workspace &workspace) {
    adfun_i32 status;
    const size_t first = static_cast<size_t>(block) * lanes;
    const size_t width = std::min(lanes, n - first);
    workspace.block[0] = static_cast<adfun_i64>(first);
    workspace.block[1] = static_cast<adfun_i64>(first + width);
    workspace.seed.assign(n * lanes, 0.0);
    for (size_t k = 0; k < width; ++k) workspace.seed[place(first + k) * lanes + k] = 1.0;
    const double *along = second_order(bound, workspace, &status);
    for (size_t k = 0; k < width; ++k) {
      const size_t column = place(first + k);
      for (size_t m = first + k; m < n; ++m) {
        const size_t row = place(m);
        h[row * n + column] = h[column * n + row] = along[row * lanes + k];
      }
    }
    return status;
  };
  const auto blocks = static_cast<adfun_i64>(lanes ? (n + lanes - 1) / lanes : 0);
  if (!bound.sweep(x, blocks, each, [](Workspace &) { return true; })) Py_CLEAR(result);
  else keep_spare(target, result);
  return result;
}

PyObject *call_product(PyObject *object, Arguments args, size_t nargsf, PyObject *keywords) try {
  const auto *self = reinterpret_cast<Callable *>(object);
  Target &target = **self->target;
  if (!target.ready()) return nullptr;
  const npy_intp n = target.gradient->parameters();
  PyObject *given[2] = {nullptr, nullptr};
  Vector x, v;
  if (!parse(self, args, nargsf, keywords, argument_names, 2, given)) return nullptr;
  if (!given[1]) {
    PyErr_Format(PyExc_TypeError, "%s() needs a direction: %s(x, v)", self->name, self->name);
    return nullptr;
  }
  if (!x.read(target, given[0], "x", n) || !v.read(target, given[1], "v", n)) return nullptr;
  return product(target, x.data(), v.data());
} catch (const std::bad_alloc &) {
  return PyErr_NoMemory();
}

// -- report -------------------------------------------------------------------------------------

PyObject *reported_array(const Reported &reported) {
  static const int types[] = {NPY_DOUBLE, NPY_INT64, NPY_BOOL};
  std::vector<npy_intp> shape(reported.shape.begin(), reported.shape.end());
  PyObject *array = PyArray_SimpleNew(static_cast<int>(shape.size()), shape.data(), types[reported.elem]);
  if (array && !reported.bytes.empty())
    std::memcpy(PyArray_DATA(as_array(array)), reported.bytes.data(), reported.bytes.size());
  return array;
}

// A list of (number of the name, array), in the order in which they were reported.
PyObject *call_report(Target &target, const double *x) {
  Bound &bound = *target.gradient;
  PyObject *list = PyList_New(0);
  if (!list) return nullptr;
  auto each = [&](adfun_i64, Workspace &workspace) {
    adfun_i32 status;
    second_order(bound, workspace, &status);
    return status;
  };
  auto after = [&](Workspace &workspace) {
    for (const Reported &reported : workspace.reports) {
      PyObject *array = reported_array(reported);
      PyObject *item = array ? Py_BuildValue("iN", reported.name, array) : nullptr;
      if (!item || PyList_Append(list, item) != 0) {
        Py_XDECREF(item);
        return false;
      }
      Py_DECREF(item);
    }
    return true;
  };
  if (!bound.sweep(x, 1, each, after)) Py_CLEAR(list);
  return list;
}

// -- the type -----------------------------------------------------------------------------------

void deallocate(PyObject *object) {
  auto *self = reinterpret_cast<Callable *>(object);
  delete self->target;
  Py_TYPE(object)->tp_free(object);
}

PyObject *represent(PyObject *object) {
  return PyUnicode_FromFormat("<adfun %s>", reinterpret_cast<Callable *>(object)->name);
}

PyObject *reduced(PyObject *object, PyObject *) {
  const auto *self = reinterpret_cast<Callable *>(object);
  return PyObject_CallFunction((*self->target)->reduce.ptr(), "s", self->name);
}

PyMethodDef methods[] = {
    {"__reduce__", reduced, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyMemberDef members[] = {
    {"__name__", T_STRING, offsetof(Callable, name), READONLY, nullptr},
    {"__qualname__", T_STRING, offsetof(Callable, name), READONLY, nullptr},
    {nullptr, 0, 0, 0, nullptr},
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
PyTypeObject callable_type = {PyVarObject_HEAD_INIT(nullptr, 0)};  // the rest is set by ready_callables
#pragma GCC diagnostic pop

struct Row {
  const char *name;
  vectorcallfunc call;
};

Row row_of(Kind kind) {
  switch (kind) {
    case Kind::value: return {"fn", at_x<call_value>};
    case Kind::gradient: return {"gr", at_x<call_gradient>};
    case Kind::pair: return {"fn_gr", at_x<call_pair>};
    case Kind::product: return {"hvp", call_product};
    case Kind::hessian: return {"he", at_x<call_hessian>};
    case Kind::report: return {"report", at_x<call_report>};
  }
  return {nullptr, nullptr};
}

}  // namespace

bool ready_callables() {
  if (_import_array() < 0) return false;
  callable_type.tp_name = "adfun._core.Callable";
  callable_type.tp_doc = PyDoc_STR("A compiled function of the parameters.");
  callable_type.tp_basicsize = sizeof(Callable);
  callable_type.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL;
  callable_type.tp_vectorcall_offset = offsetof(Callable, vectorcall);
  callable_type.tp_call = PyVectorcall_Call;
  callable_type.tp_dealloc = deallocate;
  callable_type.tp_repr = represent;
  callable_type.tp_methods = methods;
  callable_type.tp_members = members;
  return PyType_Ready(&callable_type) == 0;
}

PyObject *make_callable(Kind kind, std::shared_ptr<Target> target) {
  auto *self = PyObject_New(Callable, &callable_type);
  if (!self) return nullptr;
  const Row row = row_of(kind);
  self->vectorcall = row.call;
  self->name = row.name;
  self->target = new std::shared_ptr<Target>(std::move(target));
  return reinterpret_cast<PyObject *>(self);
}

}  // namespace adfun
