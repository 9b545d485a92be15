// The memory of one running call: an arena, growable buffers, and what the call reported.
#pragma once
#include <adfun/abi.h>

#include <memory>
#include <vector>

namespace adfun {

struct Free {
  void operator()(void *memory) const;
};
using Memory = std::unique_ptr<char, Free>;

// One array handed to `report`.
struct Reported {
  int name, elem;
  std::vector<adfun_i64> shape;
  std::vector<char> bytes;
};

// Used by one call at a time, and again by the next: in the long run a call allocates nothing.
class Workspace : public adfun_workspace {
 public:
  // `threads`: how many may work on the chunks of a call.
  explicit Workspace(int growable, int threads = 1);
  Workspace(const Workspace &) = delete;
  Workspace &operator=(const Workspace &) = delete;

  // Makes it ready for the next call: one chunk as large as all the last call needed.
  void recycle();
  // Gives back what was taken since the mark, which is the beginning if there is none.
  void rewind();
  void mark() { mark_ = {base, capacity, top}; }

  std::vector<Reported> reports;
  std::vector<double> x;     // a private copy of the parameters, while the GIL is released
  std::vector<double> seed;  // directions
  adfun_i64 block[2] = {};   // the first parameter that directions are, and the end
  std::vector<double> out;   // outputs that are not handed to Python as they are
  std::vector<adfun_slot> state;  // of a call in several blocks: what is known of x, too

 private:
  struct Chunk {
    Memory memory;
    adfun_i64 capacity;
  };
  struct Mark {
    char *base;
    adfun_i64 capacity, top;
  };
  struct Growable {
    Memory memory;
    adfun_i64 capacity = 0;
  };
  std::vector<Chunk> chunks_;
  std::vector<Growable> growables_;
  Mark mark_{};
  int threads_;

  void *enter_chunk(adfun_i64 bytes);
  void *enlarge(adfun_i32 slot, adfun_i64 bytes);
  static void *on_chunk(adfun_workspace *self, adfun_i64 bytes);
  static void *on_grow(adfun_workspace *self, adfun_i32 slot, adfun_i64 bytes);
  static void on_report(adfun_workspace *self, adfun_i32 name, adfun_i32 elem, adfun_i32 rank,
                        const adfun_i64 *shape, const void *data);
  static adfun_i32 on_parallel(adfun_workspace *self, adfun_chunk *chunk, void *arguments, adfun_i64 count);
};

}  // namespace adfun
