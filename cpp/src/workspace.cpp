#include "workspace.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "pool.hpp"

namespace adfun {
namespace {

constexpr adfun_i64 alignment = 64;  // a cache line, and the widest vector
constexpr adfun_i64 smallest = 16 * 1024;
constexpr adfun_i64 largest = adfun_i64{1} << 46;  // beyond any memory: a size that went wrong

adfun_i64 round_up(adfun_i64 bytes) { return (bytes + alignment - 1) / alignment * alignment; }

char *allocate(adfun_i64 bytes) {
  if (bytes < 0 || bytes > largest) return nullptr;
  const size_t size = static_cast<size_t>(round_up(std::max<adfun_i64>(bytes, 1)));
  return static_cast<char *>(std::aligned_alloc(alignment, size));
}

}  // namespace

void Free::operator()(void *memory) const { std::free(memory); }

Workspace::Workspace(int growable, int threads)
    : adfun_workspace{}, growables_(static_cast<size_t>(growable)), threads_(threads) {
  chunk = on_chunk;
  grow = on_grow;
  report = on_report;
  if (threads > 1) parallel = on_parallel;
  if (!enter_chunk(0)) throw std::bad_alloc();  // so that an empty buffer has an address
  top = 0;
  mark();
}

void Workspace::recycle() {
  if (chunks_.size() > 1) {
    adfun_i64 total = 0;
    for (const Chunk &c : chunks_) total += c.capacity;
    chunks_.resize(1);
    if (char *merged = allocate(total)) chunks_[0] = {Memory(merged), total};
  }
  mark_ = {chunks_[0].memory.get(), chunks_[0].capacity, 0};
  rewind();
  reports.clear();
}

void Workspace::rewind() {
  base = mark_.base;
  capacity = mark_.capacity;
  top = mark_.top;
}

// Chunks are a stack: the caller restores (base, capacity, top), so all after the current one are free.
void *Workspace::enter_chunk(adfun_i64 bytes) {
  size_t next = chunks_.size();
  while (next > 0 && chunks_[next - 1].memory.get() != base) --next;
  if (next < chunks_.size() && chunks_[next].capacity < bytes) chunks_.resize(next);
  if (next == chunks_.size()) {
    const adfun_i64 room = std::max({bytes, smallest, next ? 2 * chunks_[next - 1].capacity : 0});
    char *fresh = allocate(room);
    adfun_i64 got = room;
    if (!fresh) fresh = allocate(got = bytes);
    if (!fresh) return nullptr;
    chunks_.push_back({Memory(fresh), got});
  }
  base = chunks_[next].memory.get();
  capacity = chunks_[next].capacity;
  top = round_up(bytes);
  return base;
}

void *Workspace::enlarge(adfun_i32 slot, adfun_i64 bytes) {
  Growable &g = growables_.at(static_cast<size_t>(slot));
  if (bytes <= g.capacity && g.memory) return g.memory.get();
  adfun_i64 room = std::max({bytes, smallest, 2 * g.capacity});
  char *fresh = allocate(room);
  if (!fresh) fresh = allocate(room = bytes);
  if (!fresh) return nullptr;
  if (g.memory) std::memcpy(fresh, g.memory.get(), static_cast<size_t>(g.capacity));
  g.memory.reset(fresh);
  g.capacity = room;
  return fresh;
}

void *Workspace::on_chunk(adfun_workspace *self, adfun_i64 bytes) try {
  return static_cast<Workspace *>(self)->enter_chunk(bytes);
} catch (const std::bad_alloc &) {
  return nullptr;
}

void *Workspace::on_grow(adfun_workspace *self, adfun_i32 slot, adfun_i64 bytes) try {
  return static_cast<Workspace *>(self)->enlarge(slot, bytes);
} catch (const std::exception &) {
  return nullptr;
}

void Workspace::on_report(adfun_workspace *self, adfun_i32 name, adfun_i32 elem, adfun_i32 rank, const adfun_i64 *shape,
                          const void *data) try {
  size_t bytes = elem == 2 ? 1 : sizeof(double);
  for (adfun_i32 k = 0; k < rank; ++k) bytes *= static_cast<size_t>(shape[k]);
  const char *first = static_cast<const char *>(data);
  static_cast<Workspace *>(self)->reports.push_back({name, elem, {shape, shape + rank}, {first, first + bytes}});
} catch (const std::bad_alloc &) {
  // Reported values are extras: the call goes on without this one.
}

adfun_i32 Workspace::on_parallel(adfun_workspace *self, adfun_chunk *chunk, void *arguments, adfun_i64 count) {
  return run_chunks(*self, static_cast<Workspace *>(self)->threads_, chunk, arguments, count);
}

}  // namespace adfun
