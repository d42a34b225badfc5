// OperationOutcome: what a server says of an answer, beside or instead of data.
#pragma once

#include <string>
#include <vector>

#include "agent/json/value.h"

namespace trialflag::fhir {

/// R4's issue severities, in rising order; `unknown` for anything else.
enum class OutcomeSeverity { unknown, information, warning, error, fatal };

/// One issue. Text may quote patient data: not for logs.
struct OutcomeIssue {
  OutcomeSeverity severity = OutcomeSeverity::unknown;
  std::string code;                ///< IssueType: "incomplete", "suppressed", "required", …
  std::vector<std::string> codes;  ///< codes of details.coding: Epic's "4119" stands here
  std::string text;                ///< details.text, else diagnostics
  /// Records may be missing from the answer (criteria.md 2.2): code incomplete or suppressed, or Epic's 4119.
  [[nodiscard]] bool warns_of_missing_records() const;
};

struct Outcome {
  std::vector<OutcomeIssue> issues;
  /// An issue of severity error or fatal.
  [[nodiscard]] bool failed() const;
  /// failed(), or any issue that warns of missing records.
  [[nodiscard]] bool incomplete() const;
};

/// Reads an OperationOutcome; anything else has no issues. An issue whose severity cannot be read stays, as unknown.
Outcome decode_outcome(const json::Value& resource);

}  // namespace trialflag::fhir
