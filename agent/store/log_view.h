// What the screening log and its sample show of the state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/screening/ledger.h"
#include "agent/screening/log_line.h"

namespace trialflag::store {

/// A line of the screening log. No patient in it.
struct LogView {
  std::string code;  ///< the study code
  std::string trial;
  screening::LogLine line;                    ///< `status` may be withdrawn as well
  std::optional<screening::FlagState> state;  ///< of the flag, if there is one
  bool suppressed = false;                    ///< would be listed, but nobody is to be told
  bool here = true;                           ///< false: the record is gone, merged or forgotten
};

/// Patients of whom a trial's log knows nothing.
struct Unlogged {
  std::int64_t looked_at = 0, pending = 0;
};

/// A flag that people have come to a conclusion about, and what the engine had said.
struct DecidedView {
  std::string trial;
  screening::FlagState state = screening::FlagState::fresh;
  std::string criterion;  ///< of screen_failed
  std::string record;     ///< the verdict before people decided; empty when it was forgotten
};

/// A not-listed patient who was drawn for a person to check.
struct DrawnView {
  std::string code;
  std::string patient;  ///< for a person at the hospital alone; empty when forgotten
  std::string trial, outcome, failed;
  std::string drawn_by, result, result_by;  ///< result: hit, miss, or empty while nobody has looked
  Instant drawn_at;
  std::optional<Instant> result_at;
  std::string seed;
};

}  // namespace trialflag::store
