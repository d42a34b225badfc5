// OperationOutcome: what a server, or the file it wrote, says of an answer beside or instead of data.
#pragma once

#include <string_view>

#include "agent/json/value.h"

namespace trialflag::fhir {

/// What an OperationOutcome says of the records it came with (criteria.md 2.2), in rising order.
enum class Judgement { fine, records_missing, failed };

/// failed: an issue of severity error or fatal. records_missing: an issue of any other severity with code incomplete or suppressed, or with
/// Epic's 4119 among its details' codes, or as a number of its own in details.text or diagnostics. A resource that is no OperationOutcome,
/// or has no readable list of issues, is failed: it may say anything.
Judgement judge_outcome(const json::Value& resource);
/// The same of its text; one that cannot be parsed may say anything: failed.
Judgement judge_outcome(std::string_view text);

}  // namespace trialflag::fhir
