// A verdict told to a person: as one line of a table, and as a note of 80 columns.
#pragma once

#include <string>

#include "agent/base/time.h"
#include "agent/eligibility/trial.h"
#include "agent/eligibility/verdict.h"

namespace trialflag::app {

/// What decides the status, for the table: "E6.pregabalin: pregabalin since 2019 (and 2 more)".
std::string deciding_words(const eligibility::PatientVerdict& verdict, const eligibility::Trial& trial);

/// The whole note: the verdict, what decides it, what to ask, then every other criterion with its evidence. Ends with a line end.
std::string explain_text(const eligibility::PatientVerdict& verdict, const eligibility::Trial& trial, const Zone& zone);

}  // namespace trialflag::app
