// A stored record (criteria.md section 4) back from its JSON, so that it can be told in words.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/base/time.h"
#include "agent/eligibility/verdict.h"

namespace trialflag::app {

/// nullopt when the text is no record that record_json() wrote.
std::optional<eligibility::PatientVerdict> read_record(std::string_view json);

/// The text of the record's member `criteria`, an array; "[]" when there is none.
std::string criteria_of(std::string_view record);

}  // namespace trialflag::app
