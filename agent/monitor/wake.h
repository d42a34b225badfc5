// When the next cycle begins: when it is due, or early upon a hint. A hint is never more than that, so nothing is lost with one.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>

namespace trialflag::monitor {

/// Thread-safe; one thread waits.
class Wake {
 public:
  using Millis = std::chrono::milliseconds;
  enum class Why : std::uint8_t { due, hint, stop };

  /// Early cycles begin at most once in `at_most_every`, however many hints come.
  explicit Wake(Millis at_most_every) : at_most_every_(at_most_every) {}

  /// Something may have changed. One that comes during a cycle is heeded after it, for the cycle may have looked already.
  void hint();
  /// Waits for `every`, or for less when a hint may be heeded.
  Why wait(Millis every, const std::stop_token& stop);

  struct Counts {
    std::uint64_t hints = 0, early = 0;
  };
  [[nodiscard]] Counts counts() const;

 private:
  using Steady = std::chrono::steady_clock;
  const Millis at_most_every_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  bool hinted_ = false;
  Steady::time_point early_from_{};  ///< no early cycle before
  Counts counts_;
};

}  // namespace trialflag::monitor
