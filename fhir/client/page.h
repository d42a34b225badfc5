// One page of a search or a history: a Bundle cut into its entries without parsing the resources.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"

namespace trialflag::fhir {

/// Views point into the page's text, strings are unescaped.
struct Entry {
  std::string_view resource;  ///< empty when there is none (a deletion)
  std::string full_url;
  std::string type, id;  ///< of the resource; empty when they cannot be told without parsing it
  std::string mode;      ///< search.mode
  std::string method;    ///< request.method (history)
  std::string address;   ///< request.url (history)
};

struct Page {
  std::string kind;  ///< Bundle.type
  std::optional<double> total;
  std::string next;  ///< link[next], as written
  std::vector<Entry> entries;
};

/// unavailable when the text is cut off, malformed_data when it is no Bundle.
Result<Page> cut_page(std::string_view text);

/// What an OperationOutcome among the entries says of the page.
enum class Judgement { fine, records_missing, failed };

/// failed: an issue of severity error or fatal. records_missing: a warning with code incomplete or suppressed, or Epic's 4119.
/// One that cannot be read is failed: it may say anything.
Judgement judge_outcome(std::string_view resource);

}  // namespace trialflag::fhir
