#include "pool.hpp"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <cfenv>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

#include "workspace.hpp"

namespace adfun {
namespace {

// The chunks of one loop.  They are handed out in order, so that all before a failing one are run as well.
class Job {
 public:
  Job(adfun_chunk *chunk, void *arguments, adfun_i64 count, void *const *lapack)
      : chunk_(chunk), arguments_(arguments), count_(count), lapack_(lapack), failed_(count) {
    std::fegetenv(&environment_);
  }

  void run(adfun_workspace &workspace) {
    for (adfun_i64 k = next_++; k < count_; k = next_++) {
      const adfun_i32 status = chunk_(arguments_, &workspace, k);
      if (status != 0) fail(k, status, workspace);
    }
  }

  // The same in a thread that may round differently.
  void help(Workspace &workspace) {
    std::fesetenv(&environment_);
    workspace.lapack = lapack_;
    run(workspace);
    workspace.recycle();
  }

  adfun_i32 result(adfun_workspace &caller) const {
    if (status_ != 0) std::memcpy(caller.error, error_, sizeof error_);
    return status_;
  }

 private:
  adfun_chunk *chunk_;
  void *arguments_;
  adfun_i64 count_;
  void *const *lapack_;
  std::fenv_t environment_;
  std::atomic<adfun_i64> next_{0};
  std::mutex mutex_;
  adfun_i64 failed_;
  adfun_i32 status_ = 0;
  adfun_slot error_[ADFUN_ERROR_ARGS];

  void fail(adfun_i64 k, adfun_i32 status, const adfun_workspace &workspace) {
    next_ = count_;
    const std::lock_guard<std::mutex> lock(mutex_);
    if (k > failed_) return;
    failed_ = k;
    status_ = status;
    std::memcpy(error_, workspace.error, sizeof error_);
  }
};

// Waits a little for what is likely to come soon: to be woken takes as long as some calls.
template <class Condition>
void watch(Condition come) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(50);
  do {
    for (int k = 0; k < 64; ++k) {
      if (come()) return;
#if defined(__x86_64__) || defined(__i386__)
      __builtin_ia32_pause();
#endif
    }
  } while (std::chrono::steady_clock::now() < end);
}

class Pool {
 public:
  // False when another call has the helpers.
  bool run(Job &job, int helpers, adfun_workspace &caller) {
    const std::unique_lock<std::mutex> mine(busy_, std::try_to_lock);
    if (!mine) return false;
    start(helpers);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      job_ = &job;
      wanted_ = std::min(helpers, started_.load());
    }
    wake_.notify_all();
    job.run(caller);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      wanted_ = 0;  // who has not begun by now need not
    }
    watch([this] { return working_ == 0; });
    std::unique_lock<std::mutex> lock(mutex_);
    done_.wait(lock, [this] { return working_ == 0; });
    job_ = nullptr;
    return true;
  }

  int started() const { return started_; }

 private:
  std::mutex busy_;   // held by the call that has the helpers
  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_, done_;
  Job *job_ = nullptr;
  std::atomic<int> wanted_{0};   // helpers that may still begin
  std::atomic<int> working_{0};  // helpers that have begun
  std::atomic<int> started_{0};

  void start(int helpers) {
    if (started_ >= helpers) return;
    sigset_t all, before;  // signals are for the threads that Python knows
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
      while (started_ < helpers) {
        std::thread([this, workspace = std::make_unique<Workspace>(0)] { serve(*workspace); }).detach();
        ++started_;
      }
    } catch (const std::exception &) {
      // No more threads or memory: those that there are will do.
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  void serve(Workspace &workspace) {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return wanted_ > 0; });
      --wanted_;
      ++working_;
      Job *job = job_;
      lock.unlock();
      job->help(workspace);
      lock.lock();
      if (--working_ == 0) done_.notify_one();
      lock.unlock();
      watch([this] { return wanted_ > 0; });
      lock.lock();
    }
  }
};

// Never destroyed: its threads wait in it until the process ends.
std::atomic<Pool *> the_pool{nullptr};

// A forked child has none of the threads, and locks in whatever state they were: it starts anew.
void forget_pool() { the_pool = nullptr; }
const bool forgets = pthread_atfork(nullptr, nullptr, forget_pool) == 0;

Pool *pool() {
  if (!forgets) return nullptr;
  Pool *found = the_pool;
  if (found) return found;
  auto fresh = std::make_unique<Pool>();
  return the_pool.compare_exchange_strong(found, fresh.get()) ? fresh.release() : found;
}

// Fewer chunks are done before a helper is awake.
constexpr adfun_i64 fewest = 4;

}  // namespace

adfun_i32 run_chunks(adfun_workspace &caller, int threads, adfun_chunk *chunk, void *arguments, adfun_i64 count) {
  Job job(chunk, arguments, count, caller.lapack);
  const auto helpers = count < fewest ? 0 : static_cast<int>(std::min<adfun_i64>(threads, count)) - 1;
  Pool *shared = helpers > 0 ? pool() : nullptr;
  if (!shared || !shared->run(job, helpers, caller)) job.run(caller);
  return job.result(caller);
}

int helpers() {
  const Pool *shared = the_pool;
  return shared ? shared->started() : 0;
}

}  // namespace adfun
