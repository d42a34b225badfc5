// A decision put into words: summary, evidence and questions of one criterion.
#pragma once

#include "agent/eligibility/evaluate.h"

namespace trialflag::eligibility {

/// The verdict of one criterion, without revisit_at.
Verdict describe(const Trial& trial, const Criterion& criterion, const Facts& facts, const Decision& decision, const Findings& findings);

/// The summary of a verdict in the trial's language, from what the verdict says and its evidence.
std::string summary_of(const Trial& trial, const Criterion& criterion, const Verdict& verdict);

/// All asks of the verdicts, no repeats, those that can exclude first (criteria.md 1.6).
std::vector<std::string> questions(const std::vector<Verdict>& verdicts);

}  // namespace trialflag::eligibility
