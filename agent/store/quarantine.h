// Resources that were given and could not be read: kept with the reason and their text until they can be read, or are gone. The newest ten
// thousand are; how many more there were is told.
#pragma once

#include <string>
#include <vector>

#include "agent/screening/ports.h"
#include "agent/store/sqlite.h"

namespace trialflag::store {

/// Within the caller's transaction. Throws Failure.
void keep_quarantine(Database& database, const screening::PageStep& step);

/// By type: how many there are, and since when the oldest is.
struct QuarantineCount {
  std::string type;
  int count = 0;
  Instant oldest;
};
std::vector<QuarantineCount> quarantine_counts(Database& database);

struct Quarantined {
  std::string type, id, reason, raw;
  Instant first_at, last_at;
  int times = 0;
};
/// Oldest first.
std::vector<Quarantined> quarantined(Database& database);
/// How many were let go, for there were too many.
int quarantine_dropped(Database& database);

}  // namespace trialflag::store
