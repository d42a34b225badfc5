// The entry criterion alone: whether some records could make their patient a candidate.
#pragma once

#include "agent/screening/screener.h"

namespace trialflag::screening {

/// The types whose records could make their patient a candidate.
TypeSet entry_types(const Screener& screener);

/// The trial's id.
std::string trial_id(const Screener& screener);
/// The id of its entry criterion.
std::string entry_criterion(const Screener& screener);
/// Whether the verdict fails for a refusal to take part in research.
bool refuses_research(const Screener& screener, const eligibility::PatientVerdict& verdict);

}  // namespace trialflag::screening
