// A Bundle's text cut into its entries without parsing them, so that one bad entry costs only itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/json/scan.h"
#include "agent/json/value.h"

namespace trialflag::fhir {

struct Link {
  std::string relation, url;
};

/// Bundle.entry. `resource` is a part of the Bundle's text, everything else is a copy.
struct Entry {
  std::string full_url;
  std::string_view resource;  ///< empty when the entry has none
  std::string method, url;    ///< request: "DELETE", "Condition/c1"
  std::string search_mode;    ///< "match", "include", "outcome" or empty
  bool whole = true;          ///< false: the text ends within this entry; `resource` may be a fragment
  bool readable = true;       ///< false: the entry is no object, or what is beside the resource cannot be read
};

/// Looks through the text of a Bundle once when constructed; the text must outlive it. Members other than the entries are read, entries on
/// demand. What comes before a cut or a flaw is still given.
class BundleText {
 public:
  explicit BundleText(std::string_view text);

  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] const std::string& type() const { return type_; }  ///< "searchset", "history", "document", …
  [[nodiscard]] const std::vector<Link>& links() const { return links_; }
  /// The URL of the link of that relation, empty when there is none.
  [[nodiscard]] std::string_view link(std::string_view relation) const;
  [[nodiscard]] std::optional<double> total() const { return total_; }

  /// The next entry into `entry`, whose memory is used again. False at the end of the entries: then state() tells how the Bundle ended.
  bool next(Entry& entry);

  /// finished: every entry was given and the Bundle ends as it should. cut_off, malformed: entries may be missing. Meaningful after next()
  /// answered false.
  [[nodiscard]] json::Walk state() const;

 private:
  json::Document document_;  // for the small members
  json::Elements entries_{"[]"};
  json::Walk outer_ = json::Walk::going;
  std::string id_, type_;
  std::vector<Link> links_;
  std::optional<double> total_;
};

/// The resourceType of a resource's text as far as it can be told without parsing it; empty when it cannot.
std::string_view resource_type_of(std::string_view resource);

}  // namespace trialflag::fhir
