// The manifest of a bulk export: which files there are, and as of when.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"
#include "agent/base/time.h"
#include "agent/base/url.h"
#include "fhir/client/links.h"

namespace trialflag::fhir {

struct BulkFile {
  enum class Kind : std::uint8_t { output, deleted, error };
  Kind kind = Kind::output;
  std::string type;  ///< of its lines
  std::string url;   ///< absolute
  std::optional<std::uint64_t> count = std::nullopt;
};

struct BulkManifest {
  std::optional<Instant> as_of;  ///< transactionTime; nullopt: it cannot be read, and nothing may stand in for it
  bool requires_token = false;   ///< the files want our sign-in
  bool organised = false;        ///< files may begin with lines that are no records
  std::vector<BulkFile> files;
};

/// One page of a manifest.
struct BulkPage {
  BulkManifest manifest;
  std::string next;  ///< absolute; empty: the last
};

/// `page` is where it was read. malformed_data when it is no manifest, or a file lacks its type or a usable address; invalid_config when a
/// link would carry our sign-in to others.
Result<BulkPage> read_manifest(std::string_view text, const Url& page, const Links& links);

/// Adds a later page. A file that is known (by its address) is not added again.
void add_page(BulkManifest& manifest, const BulkManifest& page);

}  // namespace trialflag::fhir
