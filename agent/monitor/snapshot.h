// What others may see of the running agent, as of the end of its last cycle. Plain data, no patient in it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/time.h"

namespace trialflag::monitor {

struct TypeView {
  std::string name;   ///< "Observation"
  std::string state;  ///< ok, incomplete, not_granted, unsupported, never_read
  std::optional<Instant> watermark, whole_at;
  std::uint64_t touched = 0;  ///< records new or changed since the start
  std::int64_t unread = 0;    ///< records that charts miss because they cannot be read
  std::string mode = {};      ///< by which plan it was last read whole, as `status` names it; empty: never
};

struct FlagCount {
  std::string trial, status;
  std::int64_t count = 0;
};

/// Of the conversation with the EHR since the start.
struct ExchangeView {
  std::uint64_t requests = 0, retries = 0, bytes = 0, pages = 0, paced_ms = 0;
  std::uint64_t answers_2xx = 0, answers_3xx = 0, answers_4xx = 0, answers_429 = 0, answers_5xx = 0, failed = 0;
  int open_breakers = 0;
  std::optional<Instant> token_expires;
  std::optional<std::int64_t> ahead_ms;  ///< the server's clock, against ours
};

struct Snapshot {
  std::string version, engine, tables;
  Instant started;  ///< the process

  // Cycles. The totals are since the start.
  std::uint64_t cycles = 0, early_cycles = 0, hints = 0;
  std::optional<Instant> cycle_ended;
  double cycle_seconds = 0;
  bool unreachable = false;  ///< in the last cycle nobody answered, or the EHR refused us altogether
  std::uint64_t patients_read = 0, patients_screened = 0, patients_failed = 0;
  std::int64_t patients_pending = 0;
  std::vector<TypeView> types;
  std::vector<FlagCount> flags;

  std::int64_t notices_waiting = 0, notices_stuck = 0, notices_held = 0, notices_retrying = 0;
  std::uint64_t notices_sent = 0, notices_refused = 0;

  bool tables_kept_old = false;    ///< the files in place have flaws: those before them are in use
  std::int64_t troubles = 0;       ///< that stand
  std::optional<bool> subscribed;  ///< nullopt: it is not asked for
  std::int64_t state_bytes = 0;
  ExchangeView exchange;

  std::chrono::seconds stale_after{86400};  ///< ehr.stale_after
  std::chrono::seconds lag_allowed{900};    ///< the oldest that a type's last whole reading may be
};

}  // namespace trialflag::monitor
