// Threads that help calls with the chunks of their long loops.
#pragma once
#include <adfun/abi.h>

namespace adfun {

// Runs chunks 0 .. count - 1 in this thread and at most `threads` - 1 others, which are started when they
// are first needed and then wait for the next call.  One call at a time has their help: another that comes
// meanwhile runs its chunks alone.  Returns as `adfun_workspace::parallel` does.
adfun_i32 run_chunks(adfun_workspace &caller, int threads, adfun_chunk *chunk, void *arguments, adfun_i64 count);

// How many helpers this process has started.
int helpers();

}  // namespace adfun
