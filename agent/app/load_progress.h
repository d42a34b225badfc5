// How far a long cycle has come: a line in the log each minute or tenth, and a note in the state, from which `status` tells it.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "agent/base/clock.h"
#include "agent/base/result.h"
#include "agent/screening/cycle.h"

namespace trialflag::app {

/// What is noted. The text is for people: what, how much of it, the rate and the time left.
struct ProgressNote {
  Instant at;
  std::string what, text;

  [[nodiscard]] std::string to_text() const;
  /// nullopt: nothing is under way; also for a note that nobody has renewed for two minutes, whoever wrote it is gone.
  static std::optional<ProgressNote> from_text(const std::string& text, Instant now);
};

/// Silent for the first ten seconds. Not thread-safe. Rates are by the steady clock.
class LoadProgress {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  /// Keeps the note; "" forgets it.
  using Keep = std::function<Result<void>(const std::string&)>;

  LoadProgress(const Clock& clock, Keep keep) : clock_(clock), keep_(std::move(keep)) {}

  void cycle_begins(Moment now);
  void show(const screening::CycleProgress& progress, Moment now);
  void cycle_ended();

 private:
  const Clock& clock_;
  const Keep keep_;
  Moment began_{}, stage_began_{}, logged_{}, noted_{};
  std::string stage_;
  std::size_t begun_with_ = 0, tenths_ = 0;
  bool shown_ = false;
};

}  // namespace trialflag::app
