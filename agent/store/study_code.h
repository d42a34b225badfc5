// The study code under which the screening log names a patient of a trial: a keyed hash, so that nobody without the state can tell whose it
// is, not even by trying all ids that there may be.
#pragma once

#include <string>
#include <string_view>

#include "agent/store/sqlite.h"

namespace trialflag::store {

/// The log's own key; made once, by whoever needs it first, and kept in the state. Throws Failure.
std::string log_key(Database& database);

/// Ten signs. Of a patient whom forget_in_log() has taken out the code that stands in their place.
std::string study_code(std::string_view key, std::string_view trial, std::string_view patient);
/// Whether it is such a code in place of an id.
bool is_forgotten_in_log(std::string_view patient);

/// Gives SQL the function study_code(key, trial, patient).
void offer_study_code(Database& database);

/// Takes the patient's id out of the screening log and the sample; their lines stay, under the study code alone. Throws Failure.
void forget_in_log(Database& database, const std::string& patient);
/// Gives the lines that forget_in_log() left of this patient their id back. Throws Failure.
void remember_in_log(Database& database, const std::string& patient);

}  // namespace trialflag::store
