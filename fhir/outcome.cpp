#include "fhir/outcome.h"

#include <algorithm>
#include <string_view>

namespace trialflag::fhir {
namespace {

constexpr std::string_view kEpicPartialResult = "4119";

bool is_of_word(char sign) {
  const auto c = static_cast<unsigned char>(sign);
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c >= 0x80 ||
         std::string_view("_-/.,#|=").find(sign) != std::string_view::npos;
}

/// Alone, not within an id, an address or another number. What ends a sentence may follow.
bool names_partial_result(std::string_view text) {
  for (std::size_t at = text.find(kEpicPartialResult); at != std::string_view::npos; at = text.find(kEpicPartialResult, at + 1)) {
    const std::string_view after = text.substr(at + kEpicPartialResult.size());
    const bool ends =
        after.empty() || !is_of_word(after[0]) || ((after[0] == '.' || after[0] == ',') && (after.size() == 1 || !is_of_word(after[1])));
    if (ends && (at == 0 || !is_of_word(text[at - 1]))) return true;
  }
  return false;
}

Judgement judge_issue(const json::Value& issue) {
  const std::string_view severity = issue["severity"].string();
  if (severity == "error" || severity == "fatal" || !issue.is(json::Value::Type::object)) return Judgement::failed;
  const std::string_view code = issue["code"].string();
  if (code == "incomplete" || code == "suppressed") return Judgement::records_missing;
  const auto codings = issue["details"]["coding"].array();
  const bool partial =
      std::any_of(codings.begin(), codings.end(), [](const json::Value& coding) { return coding["code"].string() == kEpicPartialResult; });
  const bool in_words = names_partial_result(issue["diagnostics"].string()) || names_partial_result(issue["details"]["text"].string());
  return partial || in_words ? Judgement::records_missing : Judgement::fine;
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
