// The local list of people whom nobody may approach: do_not_contact.csv with the columns patient, reason, until.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/base/time.h"

namespace trialflag::settings {

struct DoNotContact {
  std::set<std::string> patients;  ///< logical ids: those whose `until` has not passed, and those whose `until` cannot be read
  std::vector<std::string> flaws;  ///< "FILE:LINE: problem; remedy", without anybody's id
  bool whole = true;               ///< false: of a line it is not known whom it names
};

/// CSV or TSV, in any encoding that site mappings may have. `until` is the last day, in `zone`; empty: for ever. nullopt when the file as a
/// whole cannot be read; the flaw says why.
std::optional<DoNotContact> read_do_not_contact(const std::filesystem::path& file, const Zone& zone, Instant now,
                                                std::vector<std::string>& flaws);

}  // namespace trialflag::settings
