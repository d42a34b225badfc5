// From what was read to who is on file: one version of each resource, its patient, merged patients, and how complete each one is.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/intake/index.h"
#include "agent/intake/manifest.h"
#include "agent/intake/report.h"

namespace trialflag::intake {

/// A patient who has a chart.
struct Enrolled {
  std::string reference;             ///< criteria.md 2.1: "Patient/p1", a fullUrl, or with "#path" when the Bundle stands alone
  std::uint32_t item = 0;            ///< the Patient resource
  std::size_t first = 0, count = 0;  ///< of Catalogue::records: item numbers in the order of the input
  screening::TypeSet incomplete;
  bool leads_somewhere = false;  ///< a record that it names as its survivor is on file; both may name each other
};

struct Catalogue {
  std::vector<Enrolled> patients;  ///< in byte order of their references
  std::vector<std::uint32_t> records;
  std::unordered_map<Key, std::uint32_t, KeyHash> medications;  ///< scoped key → item
  std::vector<std::pair<std::string, std::string>> replaced;    ///< former reference → survivor's
};

/// The Bundle within which ids mean something, kNone for the hospital as a whole.
std::uint32_t scope_of(const Index& index, const Item& item);
/// The key of an item within its scope.
Key scoped(Key key, std::uint32_t scope);

/// Decides everything that criteria.md 2.1 and 2.2 say of the input as a whole. Marks the Bundles of `index` that stand alone.
Catalogue make_catalogue(Index& index, const std::vector<Manifest>& manifests, Report& report);

}  // namespace trialflag::intake
