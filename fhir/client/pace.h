// How many requests a minute are made: a bucket of tokens, from which each request takes one and for which it waits.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace trialflag::fhir {

/// Thread-safe. Whoever comes first goes first. A tenth of the budget may be used at once, after a rest; in no minute more than all of it.
class Pace {
 public:
  using Millis = std::chrono::milliseconds;
  using Moment = std::chrono::steady_clock::time_point;

  /// 0: as fast as one likes.
  explicit Pace(int requests_per_minute);

  /// Takes the next token; how long it is until it may be used.
  Millis take(Moment now);
  /// Takes the next token and waits for it. False: stopped meanwhile.
  bool wait(const std::stop_token& stop);

  /// All waits of the calling thread so far.
  static Millis of_this_thread();

 private:
  std::chrono::microseconds each_{0}, at_once_{0};
  std::mutex mutex_;
  Moment next_{};  ///< guarded by mutex_: when the bucket is full again
};

}  // namespace trialflag::fhir
