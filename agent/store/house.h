// What the state holds beside patients: counts for metrics, what is amiss, and the site's files as they last were sound.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "agent/base/time.h"
#include "fhir/record.h"

namespace trialflag::store {

class Database;

/// Counts that are had without looking at all patients.
struct Gauges {
  struct Flags {
    std::string trial, status;
    std::int64_t count = 0;
  };
  std::vector<Flags> flags;
  std::map<fhir::ResourceType, std::int64_t> unread;
  std::int64_t pending_patients = 0;
  std::int64_t waiting = 0, stuck = 0, held = 0, retrying = 0;  ///< notices; held and retrying ones are among the waiting
};

struct TroubleView {
  std::string subject;
  Instant since;
  std::string state, error;
};

struct KeptFile {
  std::string place;  ///< the folder or file as it is configured
  std::string name;   ///< of a file in that folder; empty for the place itself
  std::string content;

  friend bool operator==(const KeptFile&, const KeptFile&) = default;
};

/// Ordered by place and name. Throws Failure.
std::vector<KeptFile> read_kept_files(Database& database);

}  // namespace trialflag::store
