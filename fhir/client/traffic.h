// What passed between us and the EHR, counted: for metrics and for whoever asks whether anything moves.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

#include "agent/base/time.h"

namespace trialflag::fhir {

/// How a request ended. `failed`: no whole answer came. 429 is not among `status_4xx`.
enum class AnswerClass : std::uint8_t { status_2xx, status_3xx, status_4xx, status_429, status_5xx, failed };
inline constexpr std::size_t kAnswerClasses = 6;

/// The sums since the client was made.
struct TrafficCounts {
  std::uint64_t requests = 0;
  std::array<std::uint64_t, kAnswerClasses> answers{};  ///< by AnswerClass
  std::uint64_t retries = 0;
  std::uint64_t bytes = 0;  ///< of bodies, as they came over the wire
  std::uint64_t pages = 0;
  std::uint64_t paced_ms = 0;            ///< that requests have waited for the budget a minute, all together
  std::optional<std::int64_t> ahead_ms;  ///< by how much the server's clock was ahead of ours when it last told it
  int open_breakers = 0;                 ///< origins that are left alone for now
  std::optional<Instant> token_expires;  ///< of the access token of SMART Backend Services, while there is one
};

/// Thread-safe.
class Traffic {
 public:
  void began() { ++requests_; }
  void ended(int status, std::uint64_t bytes);  ///< status 0: failed
  void retried() { ++retries_; }
  void page() { ++pages_; }
  void paced(std::chrono::milliseconds waited) { paced_ms_ += static_cast<std::uint64_t>(waited.count()); }
  /// The Date of an answer that arrived at `now`. A Date tells whole seconds.
  void dated(Instant date, Instant now) { ahead_ms_ = date.ms + 500 - now.ms; }

  [[nodiscard]] std::uint64_t requests() const { return requests_; }
  /// Without open_breakers and token_expires, which others know.
  [[nodiscard]] TrafficCounts counts() const;

 private:
  static constexpr std::int64_t kUnknown = INT64_MIN;
  std::atomic<std::uint64_t> requests_{0}, retries_{0}, bytes_{0}, pages_{0}, paced_ms_{0};
  std::array<std::atomic<std::uint64_t>, kAnswerClasses> answers_{};
  std::atomic<std::int64_t> ahead_ms_{kUnknown};
};

}  // namespace trialflag::fhir
