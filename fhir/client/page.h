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
  std::string_view resource;  ///< empty when there is none (a deletion); of an entry that is damaged before it, all there is
  std::string full_url;
  std::string type, id;  ///< of the resource; empty when they cannot be told without parsing it
  std::string mode;      ///< search.mode
  std::string method;    ///< request.method (history)
  std::string address;   ///< request.url (history)
};

struct Page {
  std::string kind;  ///< Bundle.type
  std::optional<double> total;
  std::string next;                 ///< link[next], as written
  std::optional<std::string> self;  ///< link[self], as written
  std::string_view list;            ///< Bundle.entry, as written; empty when there is none
  std::vector<Entry> entries;       ///< what cut_entries() makes of it
};

/// A page without its entries, which takes a fraction of the time: what tells how to go on. unavailable when the text is cut off,
/// malformed_data when it is no Bundle.
Result<Page> outline_page(std::string_view text);

/// Errors as outline_page().
Result<void> cut_entries(Page& page);

/// Both.
Result<Page> cut_page(std::string_view text);

}  // namespace trialflag::fhir
