// What was written into the EHR about flags, and what people there did to it since.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/screening/clinical.h"
#include "agent/store/sqlite.h"

namespace trialflag::store {

/// A resource of the EHR that is about a flag.
struct WrittenBack {
  std::string id;      ///< at the EHR
  std::string seen;    ///< the status that somebody gave it there, as last read back; empty: none
  int seen_event = 0;  ///< the flag's last event then
};

/// Somebody has given it another status in the EHR.
struct EhrMove {
  std::string flag, type, status;
  std::optional<screening::FlagState> means;  ///< none: nothing for the flag
  std::string why;                            ///< as it was given; may be empty
  bool undone = false;                        ///< it is again as we wrote it last
};

/// Of a trial's screening list: a ResearchSubject's id, or the patient's where there is none.
struct OnList {
  std::string flag, subject, patient;
};

/// A state of the EHR's that contradicts what a person has set here.
struct Conflict {
  std::string type, status, means;
};

/// A flag's state was set: what the EHR was told of the flag is to say so. Settled by the next cycle, and no flood.
void tell_ehr(Database& database, const std::string& flag, int event, Instant now);
std::vector<Conflict> conflicts_of(Database& database, const std::string& flag);
int count_conflicts(Database& database);

}  // namespace trialflag::store
