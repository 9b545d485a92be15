#include "library.hpp"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "adfun/abi.h"

namespace adfun {
namespace {

// Whether all is there that the tables of an ELF file speak of; the table of sections stands at its end.
bool is_complete(std::string_view image) {
  const auto within = [&](uint64_t start, uint64_t count, uint64_t size) {
    uint64_t bytes, end;
    return !__builtin_mul_overflow(count, size, &bytes) && !__builtin_add_overflow(start, bytes, &end) &&
           end <= image.size();
  };
  Elf64_Ehdr head;
  if (image.size() < sizeof head) return false;
  std::memcpy(&head, image.data(), sizeof head);
  if (std::memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_ident[EI_CLASS] != ELFCLASS64 ||
      head.e_type != ET_DYN || head.e_phentsize != sizeof(Elf64_Phdr) ||
      !within(head.e_phoff, head.e_phnum, head.e_phentsize) || !within(head.e_shoff, head.e_shnum, head.e_shentsize))
    return false;
  for (unsigned k = 0; k < head.e_phnum; ++k) {
    Elf64_Phdr part;
    std::memcpy(&part, image.data() + head.e_phoff + k * sizeof part, sizeof part);
    if (part.p_type == PT_LOAD && !within(part.p_offset, part.p_filesz, 1)) return false;
  }
  return true;
}

bool write_all(int fd, std::string_view image) {
  while (!image.empty()) {
    const ssize_t count = ::write(fd, image.data(), image.size());
    if (count <= 0) return false;
    image.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

void *open_path(const std::string &path, std::string &why) {
  void *handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char *message = ::dlerror();
    why = message ? message : "dlopen failed";
  }
  return handle;
}

#ifdef __linux__
// The loader takes two equal paths for the same library, and descriptor numbers are used again:
// every module gets a spelling of its path of its own.
std::string unique_path(int fd) {
  static std::atomic<unsigned> counter{0};
  std::string path = "/proc/self/fd/";
  for (unsigned rest = ++counter; rest; rest >>= 1) path += (rest & 1) ? "./" : "/";
  return path + std::to_string(fd);
}

int memory_file() {
  constexpr unsigned executable = 0x10;  // MFD_EXEC, known to newer kernels only
  const int fd = ::memfd_create("adfun", MFD_CLOEXEC | MFD_ALLOW_SEALING | executable);
  return fd >= 0 ? fd : ::memfd_create("adfun", MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

void *open_in_memory(std::string_view image, std::string &why) {
  const int fd = memory_file();
  if (fd < 0) {
    why = "memfd_create failed";
    return nullptr;
  }
  void *handle = nullptr;
  if (write_all(fd, image)) {
    ::fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
    handle = open_path(unique_path(fd), why);
  } else {
    why = "no memory for the module";
  }
  ::close(fd);
  return handle;
}
#else
void *open_in_memory(std::string_view, std::string &why) {
  why = "no memfd on this platform";
  return nullptr;
}
#endif

void *open_copy(std::string_view image, const std::string &directory, std::string &why) {
  std::string path = directory + "/adfun-XXXXXX";
  const int fd = ::mkstemp(path.data());
  if (fd < 0) {
    why = "cannot write to " + directory;
    return nullptr;
  }
  const bool written = write_all(fd, image);
  ::close(fd);
  void *handle = nullptr;
  if (written)
    handle = open_path(path, why);
  else
    why = "no space in " + directory;
  ::unlink(path.c_str());
  return handle;
}

}  // namespace

Library::Library(std::string_view image, const std::vector<std::string> &directories) {
  if (!is_complete(image)) throw std::runtime_error("a compiled module is not complete");
  std::string why, reasons;
  handle_ = open_in_memory(image, why);
  for (size_t i = 0; !handle_ && i < directories.size(); ++i) {
    reasons += why + "; ";
    handle_ = open_copy(image, directories[i], why);
  }
  if (!handle_) throw std::runtime_error("a compiled module cannot be loaded: " + reasons + why);
}

Library::~Library() {
  if (handle_) ::dlclose(handle_);
}

void *Library::symbol(const std::string &name) const { return ::dlsym(handle_, name.c_str()); }

std::vector<double> Library::selftest() const {
  const auto function = reinterpret_cast<adfun_i32 (*)(double *)>(symbol("adfun_selftest"));
  std::vector<double> results(function ? ADFUN_SELFTEST : 0);
  if (function) function(results.data());
  return results;
}

}  // namespace adfun
