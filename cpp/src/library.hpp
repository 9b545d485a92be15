// A generated module in memory: loaded from the very bytes that were hashed, never from a path.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace adfun {

class Library {
 public:
  // An image that is not complete is refused: the system's loader would crash.  Where the kernel has no memfd, or forbids to execute one, a private copy is made in the first of
  // `directories` that can be executed from.  Throws std::runtime_error.
  Library(std::string_view image, const std::vector<std::string> &directories);
  ~Library();
  Library(const Library &) = delete;
  Library &operator=(const Library &) = delete;

  // The address of an exported symbol, or null.
  void *symbol(const std::string &name) const;

  // What the module computes of known numbers; empty when it has no self-test.
  std::vector<double> selftest() const;

 private:
  void *handle_ = nullptr;
};

}  // namespace adfun
