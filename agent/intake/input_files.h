// From the INPUT arguments to the files that are read, in a fixed order.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "agent/intake/report.h"

namespace trialflag::intake {

/// How a file is cut into resources. `sniffed`: told by its first line.
enum class Format : std::uint8_t { json, ndjson, manifest, sniffed };

struct InputFile {
  std::string name;            ///< as a person knows it: the argument, and the path below it
  std::string below;           ///< the path below the input folder; of a file input its file name (criteria.md 2.1)
  std::filesystem::path path;  ///< empty: standard input
  Format format = Format::sniffed;
};

/// Files are taken as given; of a folder every .json, .ndjson and .jsonl below it, plain or .gz, sorted by path; "-" is standard input.
/// What cannot be opened is quarantined in `report`, what is left aside is counted there.
std::vector<InputFile> find_input_files(const std::vector<std::string>& inputs, Report& report);

}  // namespace trialflag::intake
