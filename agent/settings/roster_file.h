// patients.txt: whom to screen, a patient a line ("Patient/x" or "x"); what follows # is a comment, empty lines say nothing.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"
#include "agent/base/time.h"

namespace trialflag::settings {

struct RosterFile {
  std::vector<std::string> ids;  ///< each once, in the file's order
  std::vector<int> flaws;        ///< numbers of the lines that name no Patient
};

/// Whether it is an id as FHIR allows them.
bool is_patient_id(std::string_view text);

/// As settled_file.h; without `now` as it lies.
Result<RosterFile> read_roster_file(const std::filesystem::path& path, Instant now = {});

}  // namespace trialflag::settings
