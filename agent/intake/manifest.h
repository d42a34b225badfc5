// A Bulk Data manifest beside its files: does the folder hold what it promises? (criteria.md 2.2)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/intake/index.h"
#include "agent/intake/report.h"

namespace trialflag::intake {

struct ManifestFile {
  fhir::ResourceType type = fhir::ResourceType::other;
  std::string file_name;  ///< the last segment of its url
  std::optional<std::uint64_t> count;
};

struct Manifest {
  std::string name;    ///< of the manifest, as a person knows it
  std::string folder;  ///< it speaks of the files below this one
  std::vector<ManifestFile> output, error;
};

/// nullopt when the text is no manifest (an object with `output` and `transactionTime`).
std::optional<Manifest> parse_manifest(std::string_view text);

/// The types that every patient may lack records of: a file is missing or short, or an error is listed whose file is not there to tell
/// more.
screening::TypeSet missing_types(const Manifest& manifest, const Index& index, Report& report);

}  // namespace trialflag::intake
