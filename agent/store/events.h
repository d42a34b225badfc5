// The events of flags: the one place that writes them.
//
// An event is two rows. `flag_events` holds what must stay for ever: which flag, the number, when, which kind, the status and the versions;
// and a digest of the other row. `event_payloads` holds what may name a person: who, why, the record, the snapshot, with a salt. When a
// patient is forgotten the payloads go; the digest, which without the salt tells nothing, stays, so that what covers the events still
// holds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/base/time.h"
#include "agent/store/sqlite.h"

namespace trialflag::store {

struct EventRow {
  std::string flag;
  int number = 0;
  Instant at;
  std::string kind, status;
  std::string trial_version, tables_version, engine_version;
  // Of the engine's events, what else the verdict was reached under, so that it can be reached again.
  std::string trial_file = {};  ///< SHA-256 of the trial's file
  std::string zone = {};
  std::int64_t blind = 0;  ///< types whose lack counted against every patient, as bits
  bool declined = false;   ///< the flag's state was that
};

struct EventPayload {
  std::string who, why, record;
  std::optional<std::string> snapshot;
};

/// 32 bytes; an absent snapshot counts as an empty one.
std::string payload_digest(std::string_view salt, const EventPayload& payload);

/// Within the caller's transaction; the event becomes the last link of the chain (chain.h). Throws Failure.
void append_event(Database& database, const EventRow& event, const EventPayload& payload);

/// Gives SQL the function payload_digest(salt, who, why, record, snapshot), which a migration needs.
void offer_payload_digest(Database& database);

}  // namespace trialflag::store
