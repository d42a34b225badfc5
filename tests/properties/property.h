// How a property is checked: on many made-up charts, the same in every run, and the smallest chart it does not hold of is kept as NDJSON.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "agent/eligibility/verdict.h"
#include "tests/properties/charts.h"
#include "tests/properties/engine.h"

namespace trialflag::properties {

/// What is wrong, empty when nothing is.
using Property = std::function<std::string(const Case&)>;

/// Fails the Catch2 test case when the property does not hold of a case; prints it, and writes it to kept/NAME.ndjson of the build.
/// RC_PARAMS="max_success=N seed=S" chooses how many and which; else both are fixed.
void check(const std::string& name, const rc::Gen<Case>& gen, const Property& property);

/// The charts of a case, one file each.
std::vector<std::string> files_of(const Case& made, const Writing& writing = {});

/// The first verdict that differs, as both print it, or who is missing in one of them; empty when there is no difference.
std::string difference(const Verdicts& expected, const Verdicts& got);

/// "E6.pregabalin: fail before, pass after", and the printed records.
std::string told(const eligibility::Verdict& before, const eligibility::Verdict& after);

}  // namespace trialflag::properties
