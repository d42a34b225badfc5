#include "fhir/outcome.h"

#include <algorithm>
#include <string_view>

namespace trialflag::fhir {
namespace {

constexpr std::string_view kEpicPartialResult = "4119";

Judgement judge_issue(const json::Value& issue) {
  const std::string_view severity = issue["severity"].string();
  if (severity == "error" || severity == "fatal" || !issue.is(json::Value::Type::object)) return Judgement::failed;
  const std::string_view code = issue["code"].string();
  if (code == "incomplete" || code == "suppressed") return Judgement::records_missing;
  const auto codings = issue["details"]["coding"].array();
  const bool partial =
      std::any_of(codings.begin(), codings.end(), [](const json::Value& coding) { return coding["code"].string() == kEpicPartialResult; });
  return partial ? Judgement::records_missing : Judgement::fine;
}

}  // namespace

Judgement judge_outcome(const json::Value& resource) {
  const json::Value& issues = resource["issue"];
  if (resource["resourceType"].string() != "OperationOutcome" || !issues.is(json::Value::Type::array)) return Judgement::failed;
  Judgement worst = Judgement::fine;
  for (const json::Value& issue : issues.array()) worst = std::max(worst, judge_issue(issue));
  return worst;
}

Judgement judge_outcome(std::string_view text) {
  json::Document document;
  return document.parse(text) ? judge_outcome(document.root()) : Judgement::failed;
}

}  // namespace trialflag::fhir
