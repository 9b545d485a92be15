// The Python face of the core: one line for each thing that adfun/_core.pyi lists.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "blas.hpp"
#include "bound.hpp"
#include "callable.hpp"
#include "library.hpp"
#include "pool.hpp"

namespace py = pybind11;
using namespace adfun;

namespace {

std::shared_ptr<Library> load(const py::bytes &image, const std::vector<std::string> &directories) {
  return std::make_shared<Library>(std::string_view(image), directories);
}

// Buffers must be C-contiguous; they are kept alive, and must not be changed or resized afterwards.
std::shared_ptr<Inputs> make_inputs(const std::vector<py::buffer> &data, std::vector<adfun_i64> ints,
                                    std::vector<double> reals, std::vector<adfun_i64> offsets,
                                    const std::vector<py::capsule> &lapack) {
  auto inputs = std::make_shared<Inputs>();
  inputs->ints = std::move(ints);
  inputs->reals = std::move(reals);
  inputs->offsets = std::move(offsets);
  for (const py::buffer &buffer : data) {
    inputs->data.push_back(buffer.request().ptr);
    inputs->owners.push_back(buffer);
  }
  for (const py::capsule &routine : lapack) {
    inputs->lapack.push_back(PyCapsule_GetPointer(routine.ptr(), routine.name()));
    inputs->owners.push_back(routine);
  }
  return inputs;
}

std::shared_ptr<Bound> bind(std::shared_ptr<Library> library, const std::string &name, std::shared_ptr<Inputs> inputs,
                            int values, int gradients, int last, int slots, int growable, py::object fail,
                            int threads) {
  return std::make_shared<Bound>(std::move(library), name, std::move(inputs),
                                 Outputs{values, gradients, last, slots, growable}, threads, std::move(fail));
}

py::object callable(Kind kind, const std::shared_ptr<Target> &target) {
  auto made = py::reinterpret_steal<py::object>(make_callable(kind, target));
  if (!made) throw py::error_already_set();
  return made;
}

std::shared_ptr<Target> make_target(py::object par, py::object convert, py::object reduce) {
  auto target = std::make_shared<Target>();
  target->par = std::move(par);
  target->convert = std::move(convert);
  target->reduce = std::move(reduce);
  return target;
}

py::tuple first_order(std::shared_ptr<Bound> value, std::shared_ptr<Bound> gradient, py::object par,
                      py::object convert, py::object reduce) {
  const auto target = make_target(std::move(par), std::move(convert), std::move(reduce));
  target->value = std::move(value);
  target->gradient = std::move(gradient);
  return py::make_tuple(callable(Kind::value, target), callable(Kind::gradient, target), callable(Kind::pair, target));
}

template <Kind kind>
py::object later(py::object load, py::object par, py::object convert, py::object reduce) {
  const auto target = make_target(std::move(par), std::move(convert), std::move(reduce));
  target->load = std::move(load);
  return callable(kind, target);
}

}  // namespace

PYBIND11_MODULE(_core, module) {
  module.doc() = "Loads compiled modules and calls them.";
  if (!ready_callables()) throw py::error_already_set();

  module.attr("ABI") = ADFUN_ABI;
  // Local: precompiled extensions carry a core of their own into the same process.
  py::class_<Library, std::shared_ptr<Library>>(module, "Library", py::module_local())
      .def("__contains__",
           [](const Library &library, const std::string &name) { return library.symbol(name) != nullptr; })
      .def("selftest", &Library::selftest);
  py::class_<Inputs, std::shared_ptr<Inputs>>(module, "Inputs", py::module_local())
      .def(py::init(&make_inputs), py::arg("data"), py::arg("ints"), py::arg("reals"), py::arg("offsets"),
           py::arg("lapack"));
  py::class_<Bound, std::shared_ptr<Bound>>(module, "Bound", py::module_local())
      .def(py::init(&bind), py::arg("library"), py::arg("name"), py::arg("inputs"), py::kw_only(), py::arg("values"),
           py::arg("gradients"), py::arg("last"), py::arg("slots"), py::arg("growable"), py::arg("fail"),
           py::arg("threads") = 1);

  py::class_<OneBlasThread>(module, "OneBlasThread", py::module_local())
      .def(py::init([](const py::capsule &routine) { return std::make_unique<OneBlasThread>(routine.get_pointer()); }),
           py::arg("routine"));

  module.def("load", &load, py::arg("image"), py::arg("directories"));
  module.def("helpers", &helpers);
  module.def("first_order", &first_order, py::arg("value"), py::arg("gradient"), py::arg("par"), py::arg("convert"),
             py::arg("reduce"));
  const auto loaded_later = [&module](const char *name, auto make) {
    module.def(name, make, py::arg("load"), py::arg("par"), py::arg("convert"), py::arg("reduce"));
  };
  loaded_later("product", &later<Kind::product>);
  loaded_later("hessian", &later<Kind::hessian>);
  loaded_later("report", &later<Kind::report>);
}
