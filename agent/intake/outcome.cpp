#include "agent/intake/outcome.h"

#include <algorithm>
#include <string_view>

namespace trialflag::intake {
namespace {

constexpr std::string_view kEpicPartialResult = "4119";

bool tells_of_a_gap(const json::Value& issue) {
  const std::string_view severity = issue["severity"].string();
  if (severity == "error" || severity == "fatal") return true;
  if (severity != "warning") return false;
  const std::string_view code = issue["code"].string();
  if (code == "incomplete" || code == "suppressed") return true;
  const auto codings = issue["details"]["coding"].array();
  return std::any_of(codings.begin(), codings.end(),
                     [](const json::Value& coding) { return coding["code"].string() == kEpicPartialResult; });
}

}  // namespace

bool may_lack_records(const json::Value& operation_outcome) {
  const auto issues = operation_outcome["issue"].array();
  return std::any_of(issues.begin(), issues.end(), tells_of_a_gap);
}

}  // namespace trialflag::intake
