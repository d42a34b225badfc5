// Small files that people edit while the agent runs: a list that is half written must not be taken for the whole.
#pragma once

#include <filesystem>
#include <string>

#include "agent/base/result.h"
#include "agent/base/time.h"

namespace trialflag::settings {

/// The file's bytes. One that was changed in the last two seconds is read only once it has lain still for half a second. not_found: it
/// cannot be read; unavailable: it is being written for longer than anybody can wait here. Blocks for some seconds at most.
Result<std::string> read_settled(const std::filesystem::path& file, Instant now);

}  // namespace trialflag::settings
