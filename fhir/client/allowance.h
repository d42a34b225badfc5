// How long a server may keep us waiting for the records of one resource type in one pass over all types, whatever is asked for them.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <stop_token>
#include <utility>

namespace trialflag::fhir {

/// Each answer but an empty page that names a next one earns more time, so that no type is given up that has much to tell and tells it, but
/// one that is silent or too slow is. Only time in which the server was waited for counts. For one thread at a time.
class Allowance {
 public:
  using Millis = std::chrono::milliseconds;
  static constexpr Millis kEarned{10000};  ///< by an answer

  explicit Allowance(Millis at_first) : at_first_(at_first) {}

  /// Zero: the type's turn is over.
  [[nodiscard]] Millis left() const { return std::max(Millis(0), at_first_ + earned() - waited_); }
  void waited(Millis time) { waited_ += time; }
  /// Any answer, a refusal too, that is not to be asked for again.
  void answered() { ++answers_; }
  /// The last answer was an empty page among others: it earned nothing.
  void brought_nothing() { ++barren_; }

  /// Whoever asks gives up when it is requested, also while a request is under way; without one, when the client's own is.
  void stop_with(std::stop_token stop) { stop_ = std::move(stop); }
  [[nodiscard]] const std::stop_token& stop() const { return stop_; }

  [[nodiscard]] std::size_t answers() const { return answers_; }
  /// It took longer than its answers earn.
  [[nodiscard]] bool is_slow() const { return waited_ > earned(); }

 private:
  [[nodiscard]] Millis earned() const { return kEarned * static_cast<Millis::rep>(answers_ - barren_); }

  Millis at_first_, waited_{0};
  std::size_t answers_ = 0, barren_ = 0;
  std::stop_token stop_;
};

}  // namespace trialflag::fhir
