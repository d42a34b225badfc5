// patients.txt: whom to screen, a patient a line ("Patient/x" or "x"); what follows # is a comment, empty lines say nothing.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "agent/base/result.h"

namespace trialflag::settings {

struct RosterFile {
  std::vector<std::string> ids;  ///< each once, in the file's order
  std::vector<int> flaws;        ///< numbers of the lines that name no Patient
};

/// not_found when it cannot be read.
Result<RosterFile> read_roster_file(const std::filesystem::path& path);

}  // namespace trialflag::settings
