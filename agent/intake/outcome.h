// What an OperationOutcome means for completeness (criteria.md 2.2).
#pragma once

#include "agent/json/value.h"

namespace trialflag::intake {

/// True when an issue is an error, or a warning that records may be missing (codes incomplete and suppressed, Epic's 4119).
bool may_lack_records(const json::Value& operation_outcome);

}  // namespace trialflag::intake
