#include "fhir/client/fan_out.h"

#include <algorithm>

namespace trialflag::fhir {

std::vector<Part> parts_of(std::string_view type, const std::vector<Parameter>& parameters) {
  const bool divided = std::any_of(parameters.begin(), parameters.end(), [](const Parameter& parameter) {
    return parameter.name == "category" || parameter.name == "code" || parameter.name == "_id";
  });
  if (type != "Observation" || divided) return {};
  std::vector<Part> parts;
  for (const char* category : {"laboratory", "vital-signs", "social-history", "survey", "exam", "imaging"})
    parts.push_back({{"category", category}, false});
  for (const char* category : {"procedure", "therapy", "activity"}) parts.push_back({{"category", category}, true});
  return parts;
}

}  // namespace trialflag::fhir
