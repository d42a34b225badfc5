// The lines of a bulk export's file: NDJSON, packed by gzip or not. A line at a time; never a file in memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "fhir/client/endpoint.h"

namespace trialflag::fhir {

/// Gives each line that is not blank, without its end; a byte-order mark is skipped, CR LF taken as an end. The view ends with the call.
/// malformed_data when the file or a line is too large, the packing damaged, or the last line cut off; storage when the file cannot be
/// read; else what `take` fails with.
Result<void> read_lines(const std::filesystem::path& file, const Endpoint::BulkLimits& limits,
                        const std::function<Result<void>(std::string_view)>& take);

/// What a file must hold.
struct Promised {
  std::string type;
  std::optional<std::uint64_t> count;
  bool organised = false;  ///< lines of type Parameters are headers
};

/// Whether the file holds what the manifest says: how many records it has. A line that is no JSON is counted: one bad record does not make
/// the others worthless. malformed_data when it does not, with the reason.
Result<std::uint64_t> check_file(const std::filesystem::path& file, const Promised& promised, const Endpoint::BulkLimits& limits);

/// "Condition" of {"resourceType":"Condition",…}; empty when it cannot be told.
std::string_view type_of_line(std::string_view line);

}  // namespace trialflag::fhir
