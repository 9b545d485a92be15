// A generated module in memory: loaded from the very bytes that were hashed, never from a path.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace adfun {

class Library {
 public:
  // Where the kernel has no memfd, or forbids to execute one, a private copy is made in the first of
  // `directories` that can be executed from.  Throws std::runtime_error.
  Library(std::string_view image, const std::vector<std::string> &directories);
  ~Library();
  Library(const Library &) = delete;
  Library &operator=(const Library &) = delete;

  // The address of an exported symbol, or null.
  void *symbol(const std::string &name) const;

 private:
  void *handle_ = nullptr;
};

}  // namespace adfun
