#include "fhir/client/fan_out.h"

#include <algorithm>
#include <array>

namespace trialflag::fhir {
namespace {

struct Row {
  std::string_view type;
  const char* parameter;
  bool exhaustive;
  std::vector<const char*> values, may_lack;
  std::vector<std::string_view> divided_by = {};  ///< a search that bears one of these is narrow enough already
};

const std::vector<Row>& table() {
  static const std::vector<Row> kTable = {
      // Of FHIR's observation-category, Epic lacks the last three; a hospital may have others.
      {"Observation",
       "category",
       false,
       {"laboratory", "vital-signs", "social-history", "survey", "exam", "imaging"},
       {"procedure", "therapy", "activity"},
       {"code"}},
      // MedicationRequest.intent must be there, and be one of these.
      {"MedicationRequest",
       "intent",
       true,
       {"proposal", "plan", "order", "original-order", "reflex-order", "filler-order", "instance-order", "option"},
       {}},
  };
  return kTable;
}

bool is_divided(const Row& row, const std::vector<Parameter>& parameters) {
  return std::any_of(parameters.begin(), parameters.end(), [&](const Parameter& parameter) {
    return parameter.name == row.parameter || parameter.name == "_id" ||
           std::find(row.divided_by.begin(), row.divided_by.end(), parameter.name) != row.divided_by.end();
  });
}

}  // namespace

Parts parts_of(std::string_view type, const std::vector<Parameter>& parameters) {
  const auto row = std::find_if(table().begin(), table().end(), [&](const Row& one) { return one.type == type; });
  if (row == table().end() || is_divided(*row, parameters)) return {};
  Parts parts{{}, row->exhaustive};
  for (const char* value : row->values) parts.list.push_back({{row->parameter, value}, false});
  for (const char* value : row->may_lack) parts.list.push_back({{row->parameter, value}, true});
  return parts;
}

}  // namespace trialflag::fhir
