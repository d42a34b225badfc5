// Erasing a patient: charts, verdicts, what events say, quarantined records, of the patient and of those merged into them. What stays:
// flags and events without a person, under ids that are hashes, with the digests of what is gone; notices, which never named anybody; and a
// keyed hash of the id, so that the next poll does not bring the patient back.
#pragma once

#include <set>
#include <string>

#include "agent/screening/ports.h"
#include "agent/store/sqlite.h"

namespace trialflag::store {

struct Forgotten {
  int records = 0;  ///< patients' records that were known: the patient's own, and those merged
  int flags = 0;
  int told = 0;  ///< people who will get a retraction
  bool already = false;
};

/// The ids that are one human to us: merged into one another, in either direction. Throws Failure.
std::set<std::string> one_human(Database& database, const std::string& patient);

/// Within the caller's transaction. Throws Failure. Nothing is changed, and `records` and `flags` are 0, when nobody of that id is known.
Forgotten forget(Database& database, const std::string& patient, const std::string& who, Instant now);

/// Takes the forgetting back: the patient may be found again. False: was not forgotten.
bool remember(Database& database, const std::string& patient);

/// The ids of all patients that the state names anywhere.
std::set<std::string> named_patients(Database& database);

/// Whether anybody was forgotten.
bool is_any_forgotten(Database& database);
/// Whether that patient was; quick while nobody was.
bool is_forgotten(Database& database, const std::string& patient);

}  // namespace trialflag::store
