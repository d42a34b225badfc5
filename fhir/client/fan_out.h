// Searches that some servers answer in parts only: what to add when they refuse the whole with issue code `required`. One table: a type,
// the parameter that servers demand of it, and its values.
#pragma once

#include <string_view>
#include <vector>

#include "fhir/client/client.h"

namespace trialflag::fhir {

struct Part {
  Parameter parameter;
  bool may_lack = false;  ///< a refusal of this part alone loses nothing: servers that have no such value refuse it
};

struct Parts {
  std::vector<Part> list;   ///< empty: the search cannot be divided, or is divided already
  bool exhaustive = false;  ///< every record belongs to one of them
};

/// The parts that together are the search. Epic refuses one of Observation without category or code, others one of MedicationRequest
/// without intent.
Parts parts_of(std::string_view type, const std::vector<Parameter>& parameters);

}  // namespace trialflag::fhir
