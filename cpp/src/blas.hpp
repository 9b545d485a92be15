// One thread in BLAS while compiled objectives call it: its own threads make medium matrices slower,
// a busy machine's very much so, and results depend on their number.
#pragma once

namespace adfun {

// Lets the BLAS that `routine` leads to run on one thread while an instance lives; null: does nothing.
// What was set before is set again when the last instance of the process goes.
class OneBlasThread {
 public:
  explicit OneBlasThread(void *routine);
  ~OneBlasThread();
  OneBlasThread(const OneBlasThread &) = delete;
  OneBlasThread &operator=(const OneBlasThread &) = delete;

 private:
  bool active_;
};

}  // namespace adfun
