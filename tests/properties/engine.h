// The program's own way from files to verdicts, as the properties use it: read, decoded, charted, screened.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/eligibility/verdict.h"
#include "agent/screening/chart.h"
#include "mappings/tables.h"

namespace trialflag::properties {

using Verdicts = std::map<std::string, eligibility::PatientVerdict>;  ///< by patient reference

/// The shipped tables.
const mappings::Tables& tables();

/// Screens files, given as their NDJSON, for NCT07230171 in Asia/Shanghai.
Verdicts screen(const std::vector<std::string>& files, Instant as_of, const screening::TypeSet& incomplete = {});

/// The verdict as the program prints it.
std::string printed(const eligibility::PatientVerdict& verdict);

}  // namespace trialflag::properties
