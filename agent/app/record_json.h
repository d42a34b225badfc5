// The record of one patient as JSON, one line: the stable contract of criteria.md section 4.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/base/time.h"
#include "agent/eligibility/verdict.h"

namespace trialflag::app {

/// Appends `text` as a JSON string with its quotes. Bytes that are no UTF-8 become U+FFFD.
void append_json_string(std::string& json, std::string_view text);

/// The array of criteria alone, as a flag shows it too. Times are told with `zone`'s offset.
std::string criteria_json(const std::vector<eligibility::Verdict>& criteria, const Zone& zone);

/// The whole record without a line end; beside the members of criteria.md it names the versions of "engine" and "tables".
std::string record_json(const eligibility::PatientVerdict& verdict, const Zone& zone);

/// The same with a last member `said`, from which the summaries can be told again in another language.
std::string record_json_to_keep(const eligibility::PatientVerdict& verdict, const Zone& zone);

}  // namespace trialflag::app
