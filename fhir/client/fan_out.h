// Searches that some servers answer in parts only: what to add when they refuse the whole with issue code `required`.
#pragma once

#include <string_view>
#include <vector>

#include "fhir/client/client.h"

namespace trialflag::fhir {

struct Part {
  Parameter parameter;
  bool may_lack = false;  ///< a refusal of this part alone loses nothing: servers that have no such category refuse it
};

/// The parts that together are the search, or none when it cannot be divided or is divided already. Epic refuses a search of Observation
/// without category or code; FHIR's observation-category has nine codes, of which Epic lacks three.
std::vector<Part> parts_of(std::string_view type, const std::vector<Parameter>& parameters);

}  // namespace trialflag::fhir
