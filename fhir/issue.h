// A flaw in a resource: told by element path, never by a patient's value.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace trialflag::fhir {

enum class Severity { warning, error };

/// error: an element that screening reads cannot be trusted, so the resource is quarantined (criteria.md 2.2); warning: said and read on.
struct Issue {
  Severity severity = Severity::warning;
  std::string path;  ///< "Condition.code.coding[2].system"
  std::string text;  ///< the problem; no value of the record
};

using Issues = std::vector<Issue>;

inline bool has_error(const Issues& issues) {
  for (const Issue& issue : issues)
    if (issue.severity == Severity::error) return true;
  return false;
}

}  // namespace trialflag::fhir
