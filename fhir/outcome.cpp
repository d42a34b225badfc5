#include "fhir/outcome.h"

#include <algorithm>

namespace trialflag::fhir {
namespace {

OutcomeSeverity severity_of(std::string_view text) {
  if (text == "fatal") return OutcomeSeverity::fatal;
  if (text == "error") return OutcomeSeverity::error;
  if (text == "warning") return OutcomeSeverity::warning;
  if (text == "information") return OutcomeSeverity::information;
  return OutcomeSeverity::unknown;
}

OutcomeIssue issue_of(const json::Value& value) {
  OutcomeIssue issue;
  issue.severity = severity_of(value["severity"].string());
  issue.code = value["code"].string();
  const json::Value& details = value["details"];
  for (const json::Value& coding : details["coding"].array()) issue.codes.emplace_back(coding["code"].string());
  const std::string_view text = details["text"].string();
  issue.text = text.empty() ? value["diagnostics"].string() : text;
  return issue;
}

}  // namespace

bool OutcomeIssue::warns_of_missing_records() const {
  return code == "incomplete" || code == "suppressed" || std::find(codes.begin(), codes.end(), "4119") != codes.end();
}

bool Outcome::failed() const {
  return std::any_of(issues.begin(), issues.end(), [](const OutcomeIssue& issue) { return issue.severity >= OutcomeSeverity::error; });
}

bool Outcome::incomplete() const {
  return failed() || std::any_of(issues.begin(), issues.end(), [](const OutcomeIssue& issue) { return issue.warns_of_missing_records(); });
}

Outcome decode_outcome(const json::Value& resource) {
  Outcome outcome;
  if (resource["resourceType"].string() != "OperationOutcome") return outcome;
  for (const json::Value& issue : resource["issue"].array()) outcome.issues.push_back(issue_of(issue));
  return outcome;
}

}  // namespace trialflag::fhir
