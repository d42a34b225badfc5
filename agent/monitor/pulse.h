// Whether the agent's loop still moves: it beats whenever something is done, and others look how long ago that was.
#pragma once

#include <atomic>
#include <chrono>

namespace trialflag::monitor {

/// Thread-safe. By a clock that nobody sets.
class Pulse {
 public:
  void beat() { last_ = now(); }
  [[nodiscard]] std::chrono::milliseconds age() const { return std::chrono::milliseconds(now() - last_); }

 private:
  static std::int64_t now() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
  }
  std::atomic<std::int64_t> last_ = now();
};

}  // namespace trialflag::monitor
